"""Datasets in memory, with the interface of EpisodeDataset and ClipDataset, and a runner on them."""

import itertools
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from mmaction.registry import DATASETS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.registry import FUNCTIONS
from mmengine.runner import Runner
from torch.utils.data import Dataset

import baselines  # noqa: F401
import d2st.register  # noqa: F401
from d2st.data.video import Video

_number = itertools.count()
FRAMES, WAY, CLASSES, EACH = 2, 3, 4, 3


def clip(label: int, number: int) -> torch.Tensor:
    """A noisy clip (1 c t h w) of class ``label``: a bar that stands at a place of its own."""
    noise = np.random.Generator(np.random.PCG64([label, number])).normal(0, 40, (1, 3, FRAMES, 48, 48))
    noise[..., label * 8 : label * 8 + 8, :] += 120
    return torch.tensor(noise.clip(0, 255), dtype=torch.uint8)


def sample(label: int, **metainfo: Any) -> ActionDataSample:
    return ActionDataSample(metainfo=metainfo).set_gt_label(label)


@DATASETS.register_module()
class ToyEpisodes(Dataset):
    """Episode ``i`` as a function of ``i`` alone; ``decoded`` lists the episodes that were asked for."""

    def __init__(self, episodes: int = 100) -> None:
        self.episodes, self.decoded = episodes, []

    def __len__(self) -> int:
        return self.episodes

    def __getitem__(self, i: int) -> list[dict[str, Any]]:
        self.decoded.append(i)
        rng = np.random.Generator(np.random.PCG64([7, i]))
        classes = rng.permutation(CLASSES)[:WAY]
        return [
            {
                "inputs": clip(c, int(rng.integers(1000))),
                "data_samples": sample(int(c), episode=i, episode_label=place),
            }
            for _ in ("support", "query")
            for place, c in enumerate(classes)
        ]


@FUNCTIONS.register_module()
def toy_collate(episodes: list[list[dict[str, Any]]]) -> dict[str, Any]:
    clips = [one for episode in episodes for one in episode]
    return {key: [one[key] for one in clips] for key in ("inputs", "data_samples")}


@DATASETS.register_module()
class ToyClips(Dataset):
    """Every class' clips, in order of their ids."""

    def __init__(self, classes: int = CLASSES, views: int = 1) -> None:
        self.views, self.source = views, SimpleNamespace(name="toy", version="1")
        self.videos = [
            Video(f"c{c}/v{v}", f"c{c}/v{v}.mp4", c, f"c{c}") for c in range(classes) for v in range(EACH)
        ]

    def __len__(self) -> int:
        return len(self.videos) * self.views

    def __getitem__(self, i: int) -> dict[str, Any]:
        number, view = divmod(i, self.views)
        video = self.videos[number]
        packed = sample(video.label, clip_index=i, video_index=number, video_id=video.id)
        return {"inputs": clip(video.label, number % EACH + 100 * view), "data_samples": packed}


def config(work_dir: Path, method: str = "d2st", **options: Any) -> dict[str, Any]:
    """A runner's config; ``options`` replace or add top-level keys."""
    protocols = [{"way": WAY, "shot": shot, "episodes": 50} for shot in (1, 2)]
    measured = {}
    for split in ("val", "test"):
        measured[f"{split}_cfg"] = {"type": "FewShotLoop", "stage": split, "protocols": protocols}
        measured[f"{split}_evaluator"] = []
        measured[f"{split}_dataloader"] = {
            "batch_size": 3,
            "num_workers": 0,
            "sampler": {"type": "ClipSampler"},
            "dataset": {"type": "ToyClips"},
        }
    return {
        "default_scope": "mmaction",
        "work_dir": str(work_dir),
        "model": model(method),
        "train_dataloader": {
            "batch_size": 2,
            "num_workers": 0,
            "sampler": {"type": "EpisodeSampler"},
            "collate_fn": {"type": "toy_collate"},
            "dataset": {"type": "ToyEpisodes"},
        },
        "train_cfg": {"type": "EpisodeTrainLoop", "max_iters": 6, "val_interval": 4},
        "optim_wrapper": {
            "type": "OptimWrapper",
            "constructor": "TunedOptimizer",
            "optimizer": {"type": "AdamW", "lr": 0.002, "weight_decay": 0.01},
        },
        "param_scheduler": {"type": "WarmupCosineLR", "warmup": 0.4, "by_epoch": False},
        "default_hooks": {
            "checkpoint": {"type": "CheckpointHook", "by_epoch": False, "interval": 3},
            "logger": {"type": "LoggerHook", "interval": 2, "log_metric_by_epoch": False},
        },
        "log_processor": {"type": "LogProcessor", "by_epoch": False},
        "custom_hooks": [{"type": "FragmentGuard"}],
        "randomness": {"seed": 3},
        "log_level": "WARNING",
        **measured,
        **options,
    }


def model(method: str = "d2st", **arguments: Any) -> dict[str, Any]:
    """A recogniser's config on the miniature trunk with random weights."""
    return {
        "type": "FewShotRecognizer",
        "backbone": {
            "type": "ClipEncoder",
            "trunk": "vit_mini",
            "weights": "random",
            "frames": FRAMES,
            "adaptation": {"type": method, **arguments},
        },
        "head": "bimhm",
        "protocol": {"way": WAY, "shot": 1, "queries": 1},
        "base_classes": CLASSES,
        "base_loss_weight": 0.5,
        "data_preprocessor": {
            "type": "ActionDataPreprocessor",
            "mean": [127.5] * 3,
            "std": [127.5] * 3,
            "format_shape": "NCTHW",
        },
    }


def runner(work_dir: Path, method: str = "d2st", **options: Any) -> Runner:
    name = f"toy{next(_number)}"  # two runners of one second would share their message hub
    return Runner.from_cfg(Config(config(work_dir, method, experiment_name=name, **options)))
