"""What one case does now: parameters, FLOPs, the losses of its first steps, and the predictions of a stored checkpoint."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import torch

import baselines  # noqa: F401  (makes the methods known)
from benchmark.flops import flops
from benchmark.gate import cases
from benchmark.gate.cases import Case, config, runner
from benchmark.identity import file_sha256
from benchmark.store import write_atomically
from d2st.trunks import build_encoder, trunk_info

KEPT = ("episode", "query_video", "class", "predicted", "margin")


@dataclass(frozen=True)
class Measured:
    """``numbers`` are JSON values by name; ``tables`` per-query tables by protocol (``5way1shot``)."""

    numbers: dict[str, Any]
    tables: dict[str, pd.DataFrame]


def costs(case: Case) -> dict[str, int]:
    """Tunable and all parameters of the encoder, and the FLOPs of one clip; exact, so they have no tolerance."""
    backbone = dict(config(case, episodes=1)["model"]["backbone"])
    encoder = build_encoder(backbone["trunk"], backbone["adaptation"], "random", backbone["frames"]).eval()
    total = sum(parameter.numel() for parameter in encoder.parameters())
    size = trunk_info(case.trunk).image_size
    clip = torch.empty(1, 3, backbone["frames"], size, size, device="meta")
    tunable = encoder.tunable_count
    return {
        "tunable parameters": tunable,
        "parameters": total,
        "FLOPs a clip": flops(encoder.to("meta"), clip),
    }


def losses(case: Case) -> list[float]:
    """The loss of each training step from seed 0; empty for a method that trains nothing."""
    with tempfile.TemporaryDirectory() as folder:
        training = runner(case, "train", folder, cases.STEPS)
        if training.model.tunes_nothing:
            return []
        training.train()
        return [float(value) for value in training.message_hub.get_scalar("train/loss").data[0]]


def retrain(case: Case, episodes: int, target: Path) -> None:
    """Train a checkpoint to compare predictions of, and keep what is tuned in ``target``."""
    with tempfile.TemporaryDirectory() as folder:
        training = runner(case, "train", folder, episodes)
        model = training.model
        if not model.tunes_nothing:
            training.train()
        state = {k: v for k, v in model.state_dict().items() if not k.startswith(model.training_only)}
        kept = {"meta": {"case": case.name, "episodes": episodes}, "state_dict": state}
        write_atomically(target, lambda part: torch.save(kept, part))


def predictions(case: Case, checkpoint: Path) -> tuple[dict[str, pd.DataFrame], dict[str, str]]:
    """The per-query tables of a stored checkpoint, and what they rest on: hashes of the episodes, the data's version."""
    with tempfile.TemporaryDirectory() as folder:
        testing = runner(case, "test", folder, cases.STEPS, load_from=str(checkpoint))
        testing.test()
        loop = testing.test_loop
        source = loop.dataloader.dataset.source
        rests = {f"episodes {name}": manifest.hash for name, manifest in loop.manifests.items()}
        rests |= {"data": f"{source.name} {source.version}"}
        return {name: table[list(KEPT)] for name, table in loop.tables.items()}, rests


def measure(case: Case, checkpoint: Path) -> Measured:
    """All that is compared. Deterministic on one machine; across machines it differs by rounding."""
    tables, rests = predictions(case, checkpoint)
    weights = trunk_info(case.trunk).name
    numbers = {**costs(case), **rests, f"weights of {weights}": trunk_hash(case.trunk)}
    numbers["checkpoint"] = file_sha256(str(checkpoint))
    return Measured({"exact": numbers, "losses": losses(case)}, tables)


def trunk_hash(trunk: str) -> str:
    """sha256 of the miniature trunk's weights file."""
    import timm

    return file_sha256(str(timm.models.get_pretrained_cfg(trunk).file))
