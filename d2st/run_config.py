"""Model, data loaders and loops of a run, as MMEngine's runner is told them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from d2st.data import clip_pipeline
from d2st.data.sources import Source, known_datasets
from d2st.fragments import steps
from d2st.trunks import TrunkInfo

MINI = "vit_mini"
ENDLESS = 2**31 - 1  # training takes the first episodes of a list without end


@dataclass(frozen=True)
class Setting:
    """What the parts of the config share; ``root`` is the data root in use, the dicts are fragments."""

    source: Source
    info: TrunkInfo
    root: str | None
    frames: int
    data: dict[str, Any]
    schedule: dict[str, Any]

    def loader(self) -> dict[str, Any]:
        """What all data loaders share."""
        workers = self.data["workers"]
        return {"num_workers": workers, "persistent_workers": workers > 0}

    def videos(self, split: str) -> dict[str, Any]:
        """What the datasets are told, so that they find the same videos from any directory and environment."""
        if self.source.embedded:
            return {"source": self.source.name, "data_root": None, "split": split}
        asked = self.data["name"]
        own = asked not in known_datasets()
        return {
            "source": str(Path(asked).expanduser().resolve()) if own else asked,
            "data_root": self.root,
            "split": split,
        }

    def pipeline(self, train: bool, query: bool) -> list[dict[str, Any]]:
        """From a video to a packed clip."""
        look = {key: self.data[key] for key in ("flip", "jitter")}
        return clip_pipeline(self.source.kind, self.frames, self.info.image_size, train, query, **look)

    def episode(self, *keys: str) -> dict[str, int]:
        """Some of the protocol's fields."""
        return {key: self.schedule[key] for key in keys}


def model(setting: Setting, weights: str, method: dict[str, Any], head: dict[str, Any]) -> dict[str, Any]:
    """The recogniser."""
    info, base = setting.info, head["base_loss_weight"]
    return {
        "type": "FewShotRecognizer",
        "backbone": {
            "type": "ClipEncoder",
            "trunk": info.name,
            "weights": weights,
            "frames": setting.frames,
            "adaptation": {"type": method["name"], **sized(method["arguments"], info)},
        },
        "head": {"type": head["name"], **head["arguments"]},
        "protocol": setting.episode("way", "shot", "queries"),
        "base_classes": len({video.label for video in setting.source.videos("train")}),
        "base_loss_weight": setting.data["base_loss_weight"] if base is None else base,
        "data_preprocessor": {
            "type": "ActionDataPreprocessor",
            "mean": [255 * value for value in info.mean],
            "std": [255 * value for value in info.std],
            "format_shape": "NCTHW",
        },
    }


def training(setting: Setting, method: dict[str, Any], seed: int) -> dict[str, Any]:
    """Data loader, loop, optimiser and the learning rate's course."""
    schedule, info = setting.schedule, setting.info
    iterations = steps(schedule)
    return {
        "train_dataloader": {
            **setting.loader(),
            "batch_size": schedule["episodes_per_step"],
            "sampler": {"type": "EpisodeSampler"},
            "collate_fn": {"type": "episode_collate"},
            "dataset": {
                "type": "EpisodeDataset",
                **setting.videos("train"),
                "protocol": {**setting.episode("way", "shot", "queries"), "episodes": ENDLESS, "seed": seed},
                "support_pipeline": setting.pipeline(train=True, query=False),
                "query_pipeline": setting.pipeline(train=True, query=True),
            },
        },
        "train_cfg": {
            "type": "EpisodeTrainLoop",
            "max_iters": iterations,
            "val_interval": schedule["val_interval"] or iterations,
        },
        "param_scheduler": {"type": "WarmupCosineLR", "warmup": schedule["warmup"], "by_epoch": False},
        "optim_wrapper": {
            "type": "OptimWrapper",
            "constructor": "TunedOptimizer",
            "optimizer": {
                "type": "AdamW",
                "lr": sized(method["lr"], info),
                "weight_decay": sized(method["weight_decay"], info),
            },
            "accumulative_counts": schedule["accumulate"],
        },
    }


def measuring(setting: Setting, split: str) -> dict[str, Any]:
    """Data loader, loop and (empty) evaluator of the ``val`` or ``test`` split."""
    schedule = setting.schedule
    protocol = {
        **setting.episode("way", "queries"),
        "episodes": schedule[f"{split}_episodes"],
        "seed": schedule["test_seed"],
    }
    return {
        f"{split}_dataloader": {
            **setting.loader(),
            "batch_size": setting.data["encode_batch"],
            "sampler": {"type": "ClipSampler"},
            "dataset": {
                "type": "ClipDataset",
                **setting.videos(split),
                "pipeline": setting.pipeline(train=False, query=False),
            },
        },
        f"{split}_evaluator": [],
        f"{split}_cfg": {
            "type": "FewShotLoop",
            "stage": split,
            "protocols": [{**protocol, "shot": int(shot)} for shot in schedule[f"{split}_shots"]],
        },
    }


def sized(value: Any, info: TrunkInfo) -> Any:
    """The variant of a value that has one for ``vit_mini`` and one for real trunks; any other value as it is."""
    if isinstance(value, dict) and set(value) == {"embedded", "real"}:
        return value["embedded" if info.name == MINI else "real"]
    return value
