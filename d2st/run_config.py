"""What the parts of a run share, its model, and how it is measured, as MMEngine's runner is told them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from d2st import recipes
from d2st.data import clip_pipeline
from d2st.data.sources import Source, known_datasets
from d2st.trunks import TrunkInfo, sized


@dataclass(frozen=True)
class Setting:
    """What the parts of the config share; ``root`` is the data root in use, the dicts are fragments, ``switches`` the settled
    values of the protocol's."""

    source: Source
    info: TrunkInfo
    root: str | None
    frames: int
    data: dict[str, Any]
    schedule: dict[str, Any]
    switches: dict[str, Any]

    @property
    def branch(self) -> recipes.Branch | None:
        """How the official code takes frames of these data (embedded ones as SSv2's), where the protocol wants them so."""
        return recipes.branch(self.source.name) if self.switches["frames"] == "official" else None

    @property
    def views(self) -> int:
        """How often a video is read at test: once where its frames are not random, as in the official code on Kinetics."""
        return 1 if self.branch == "interval" else self.switches["views"]

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
        kept = self.data["directional"] and not self.switches["flip_directional"]
        return clip_pipeline(
            self.source.kind,
            self.frames,
            self.info.image_size,
            train,
            query,
            flip=0.0 if kept else self.data["flip"],
            jitter=self.data["jitter"],
            official=self.branch,
            views=1 if train else self.views,
        )

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
        "head": head_config(head, info),
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


def head_config(head: dict[str, Any], info: TrunkInfo) -> dict[str, Any]:
    """What :func:`d2st.heads.build_head` takes, of a fragment's head and the trunk."""
    return {"type": head["name"], **sized(head["arguments"], info)}


def measuring(setting: Setting, split: str) -> dict[str, Any]:
    """Data loader, loop and (empty) evaluator of the ``val`` or ``test`` stage."""
    schedule = setting.schedule
    protocol = {
        **setting.episode("way", "queries", "group_disjoint"),
        "episodes": schedule[f"{split}_episodes"],
        "seed": schedule["test_seed"],
    }
    further = (
        {"orders": schedule["test_orders"], "order_seed": schedule["test_seed"]} if split == "test" else {}
    )
    return {
        f"{split}_dataloader": {
            **setting.loader(),
            "batch_size": setting.data["encode_batch"],
            "sampler": {"type": "ClipSampler"},
            "dataset": {
                "type": "ClipDataset",
                **setting.videos(setting.switches["validate_on"] if split == "val" else split),
                "pipeline": setting.pipeline(train=False, query=False),
                "views": setting.views,
            },
        },
        f"{split}_evaluator": [],
        f"{split}_cfg": {
            "type": "FewShotLoop",
            "stage": split,
            "protocols": [{**protocol, "shot": int(shot)} for shot in schedule[f"{split}_shots"]],
            **further,
        },
    }
