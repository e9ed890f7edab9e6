"""Which checkpoint a job keeps: the best by validation where the schedule has one, else the last."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from benchmark import job
from benchmark.progress import Progress
from tests.d2st import toy

NAME = "backbone.temporal_embedding"


def train(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **hook: Any
) -> tuple[dict[str, Any], list[torch.Tensor]]:
    """What the job kept, and the weights after every of its four iterations; validation says 30, 50, 50 and 40 %."""
    hooks = {"checkpoint": {"type": "CheckpointHook", "by_epoch": False, "interval": 1, **hook}}
    cfg = {"type": "EpisodeTrainLoop", "max_iters": 4, "val_interval": 1}
    runner = toy.runner(tmp_path, "aim", default_hooks=hooks, train_cfg=cfg)
    said, seen = iter([30.0, 50.0, 50.0, 40.0]), []

    def validate() -> None:
        seen.append(runner.model.state_dict()[NAME].clone())
        runner.call_hook("after_val_epoch", metrics={"3way1shot/accuracy": next(said)})

    monkeypatch.setattr(type(runner.val_loop), "run", lambda self: validate())
    monkeypatch.setattr(job, "_runner", lambda *_, **__: runner)
    asked = SimpleNamespace(id="j", identity={}, config={"schedule": {"episodes_per_step": 2}})
    job.train(asked, tmp_path, tmp_path / "kept.pth", Progress(tmp_path / "progress.json"))  # type: ignore[arg-type]
    return torch.load(tmp_path / "kept.pth", weights_only=True), seen


def test_the_best_by_validation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    kept, seen = train(tmp_path, monkeypatch, save_best="3way1shot/accuracy", rule="greater")
    assert torch.equal(kept["state_dict"][NAME], seen[1]) and not torch.equal(seen[1], seen[3])
    assert kept["meta"]["chosen"].endswith("iter_2") and not list(kept["state_dict"])[-1].startswith(
        "classifier"
    )


def test_the_last_without_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    kept, seen = train(tmp_path, monkeypatch)
    assert torch.equal(kept["state_dict"][NAME], seen[3]) and "chosen" not in kept["meta"]
