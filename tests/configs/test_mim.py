"""MMAction2's own commands on our configs, from another directory."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

import d2st  # noqa: F401  (lets torch.load read MMEngine's checkpoints)

ROOT = Path(__file__).resolve().parents[2]
SMALL = ["model.backbone.weights=random"]
SHORT = [*SMALL, "train_cfg.max_iters=4", "default_hooks.checkpoint.interval=2"]


def mim(
    folder: Path, verb: str, config: str, *arguments: str, options: list[str]
) -> subprocess.CompletedProcess:
    command = [Path(sys.executable).parent / "mim", verb, "mmaction", ROOT / "configs" / f"{config}.py"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": ""}
    whole = [*map(str, command), *arguments, "--cfg-options", *options]
    return subprocess.run(whole, cwd=folder, env=env, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, embedded_cache: Any) -> Path:
    folder = tmp_path_factory.mktemp("elsewhere")
    done = mim(folder, "train", "aim_vit", options=SHORT)
    assert done.returncode == 0, done.stderr
    assert "data: motion (embedded stand-in for ssv2" in done.stdout
    assert "Iter(val)" not in done.stderr + done.stdout  # the quick schedule has no validation
    return folder


@pytest.mark.slow
def test_a_paper_config_trains_and_validates_once_at_the_end(tmp_path: Path, embedded_cache: Any):
    few = [f"val_cfg.protocols.{i}.episodes=20" for i in (0, 1)]
    short = [
        *SMALL,
        *few,
        "train_cfg.max_iters=8",
        "train_cfg.val_interval=8",
        "val_dataloader.dataset.views=2",
    ]
    done = mim(tmp_path, "train", "paper/kinetics_vit", options=short)
    told = done.stderr + done.stdout
    assert done.returncode == 0, told
    assert "trunk: vit_mini, 48 px, weights pretrained; protocol paper" in done.stdout
    assert len(re.findall(r"Iter\(val\) .*5way1shot/accuracy: [\d.]+ .*5way5shot/accuracy", told)) == 1
    assert (tmp_path / "work_dirs" / "kinetics_vit" / "iter_8.pth").is_file()


@pytest.mark.slow
def test_resume_reaches_the_same_weights(trained: Path):
    work = trained / "work_dirs" / "aim_vit"
    cut = trained / "cut"
    shutil.copytree(work, cut)
    (cut / "iter_4.pth").unlink()
    (cut / "last_checkpoint").write_text(str(cut / "iter_2.pth"))
    done = mim(trained, "train", "aim_vit", "--work-dir", "cut", "--resume", options=SHORT)
    assert done.returncode == 0, done.stderr
    assert "resumed epoch: 0, iter: 2" in done.stderr + done.stdout
    whole, resumed = (
        torch.load(folder / "iter_4.pth", weights_only=True)["state_dict"] for folder in (work, cut)
    )
    assert list(whole) == list(resumed)
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


@pytest.mark.slow
def test_test_prints_the_accuracy_of_both_shots(trained: Path):
    done = mim(trained, "test", "aim_vit", "--checkpoint", "work_dirs/aim_vit/iter_4.pth", options=SMALL[:1])
    assert done.returncode == 0, done.stderr
    assert re.search(
        r"5way1shot/accuracy: [\d.]+  5way1shot/ci95: [\d.]+  5way5shot/accuracy", done.stderr + done.stdout
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("verb", "config", "arguments", "sentence"),
    [
        (
            "test",
            "d2st_vit",
            ["--checkpoint", "work_dirs/aim_vit/iter_4.pth"],
            "trained with method 'aim', but",
        ),
        ("train", "frozen_vit", [], "method 'frozen' tunes nothing"),
    ],
)
def test_errors_are_one_sentence(trained: Path, verb: str, config: str, arguments: list[str], sentence: str):
    done = mim(trained, verb, config, *arguments, options=SMALL[:1])
    said = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(said) == 1 and sentence in said[0]
    assert "returned non-zero exit status 2" in done.stderr  # of the process that mim started
    assert done.returncode != 0


@pytest.mark.slow
def test_frozen_is_tested_untrained(trained: Path):
    done = mim(trained, "test", "frozen_vit", "--checkpoint", "untrained", options=SMALL[:1])
    assert done.returncode == 0, done.stderr
    assert "5way5shot/accuracy" in done.stderr + done.stdout
