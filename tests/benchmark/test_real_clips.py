"""Real clips with real image weights (slow): Something-Something v2 frames of ../shared/data, a ViT-Tiny of ../shared/weights."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch

from benchmark import stats
from benchmark.job import build_runner
from benchmark.options import ROOT, fragments
from benchmark.plan import fragment
from benchmark.store import Store
from d2st.data.datasets import episode_collate
from d2st.experiment import assemble

pytestmark = pytest.mark.slow
TRUNK = "vit_tiny_patch16_224"
SPLITS = ("train", "val", "test")


@pytest.fixture
def weights(shared: Path) -> str:
    return str(shared / "weights" / f"{TRUNK}.safetensors")


@pytest.fixture
def clips(shared: Path) -> Path:
    return shared / "data" / "ssv2_mini"


def config(data: Path, weights: str, method: str, head: str, **schedule: Any) -> dict[str, Any]:
    return assemble(
        {
            "trunk": fragment("trunk", "vit") | {"name": TRUNK, "weights": weights},
            "method": fragment("method", method),
            "head": fragment("head", head),
            "data": fragment("data", "ssv2") | {"name": str(data)},
            "schedule": fragment("schedule", "quick") | {"test_orders": [], **schedule},
        },
        announce=False,
    )


@pytest.mark.parametrize("head", ["protonet", "bimhm"])
def test_the_frozen_trunk_is_above_chance(clips: Path, weights: str, head: str, tmp_path: Path):
    """By more than the interval over classes, on all 15 classes: five test classes say too little (4 degrees of freedom)."""
    together = tmp_path / "all"
    for split in SPLITS:
        (together / split).mkdir(parents=True)
        for folder in [entry for part in SPLITS for entry in (clips / part).iterdir()]:
            (together / split / folder.name).symlink_to(folder)
    asked = config(together, weights, "frozen", head, test_episodes=10000)
    runner = build_runner(
        asked, "test", head, work_dir=str(tmp_path), load_from="untrained", log_level="WARNING"
    )
    runner.test()
    for name, table in runner.test_loop.tables.items():
        found = stats.by_class(table["correct"], table["episode"], table["class"])
        assert found.units == 15
        assert found.mean - found.half > 0.2, (head, name, found)


def test_a_short_training_of_d2st_lowers_the_loss(clips: Path, weights: str, tmp_path: Path):
    asked = config(clips, weights, "d2st", "bimhm", episodes=8, checkpoint_interval=8)
    runner = build_runner(asked, "train", "short", work_dir=str(tmp_path), log_level="WARNING")
    episode = episode_collate([runner.build_dataloader(asked["train_dataloader"]).dataset[0]])

    def losses() -> dict[str, float]:
        """Of training episode 0, with the same frames, crops and flips every time."""
        with torch.no_grad():
            model = runner.model.train()
            data = model.data_preprocessor(episode, training=True)
            found = model(**data, mode="loss")
        return {name: float(value) for name, value in found.items() if name.startswith("loss")}

    before = losses()
    runner.train()
    after = losses()
    assert sum(after.values()) < 0.9 * sum(before.values()), (before, after)
    assert after["loss_base"] < before["loss_base"]


def test_every_method_runs_through_to_the_table(clips: Path, weights: str, tmp_path: Path):
    few = tmp_path / "few"
    for split in SPLITS:
        for folder in sorted((clips / split).iterdir()):
            (few / split / folder.name).mkdir(parents=True)
            for video in sorted(folder.iterdir())[:2]:
                (few / split / folder.name / video.name).symlink_to(video)
    output = tmp_path / "run"
    command = [
        sys.executable,
        "benchmark/run_all.py",
        "--datasets",
        str(few),
        "--methods",
        "all",
        "--trunk",
        TRUNK,
    ]
    command += [
        "--weights",
        weights,
        "--train-episodes",
        "1",
        "--episodes",
        "20",
        "--shots",
        "1",
        "--device",
        "cpu",
    ]
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [*command, "--output", str(output)], cwd=ROOT, capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stdout + done.stderr
    records = list(Store(output).records())
    assert {record["asked"]["method"] for record in records} == set(fragments("method"))
    assert {record["happened"]["status"] for record in records} == {"ok"}
    assert not any(record["where"]["embedded"] for record in records)
    assert len(pd.read_csv(output / "table.csv")) == len(records)
