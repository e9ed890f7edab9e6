"""Every method on both miniature trunks, and every head, really trained and tested by ``run_all.py`` (slow)."""

import subprocess
import sys
from pathlib import Path

import pytest

import baselines  # noqa: F401
import d2st
from benchmark.options import ROOT
from benchmark.store import Store
from d2st.adaptation import kinds_of
from d2st.heads import heads

pytestmark = pytest.mark.slow
SIZE = [
    "--datasets",
    "ssv2",
    "--train-episodes",
    "4",
    "--episodes",
    "40",
    "--device",
    "cpu",
    "--weights",
    "random",
]


def compared(output: Path, *more: str) -> tuple[list[dict], str]:
    """The stored results of the grid, and what the command said."""
    command = [sys.executable, "benchmark/run_all.py", *SIZE, *more, "--output", str(output)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=3600)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return list(Store(output).records()), done.stdout


def trained(record: dict) -> bool:
    happened = record["happened"]
    return happened["status"] == "ok" and happened["curve"].get("episode", [0])[-1] == 4


@pytest.mark.parametrize(("trunk", "kind"), [("vit_mini", "vit"), ("resnet_mini", "resnet")])
def test_every_method(trunk: str, kind: str, tmp_path: Path, embedded_cache: dict[str, Path]) -> None:
    options = ["--methods", "all", "--heads", "bimhm", "--trunks", trunk, "--shots", "1"]
    records, told = compared(tmp_path / "run", *options)
    known = {method for method in d2st.methods() if kind in kinds_of(method)}
    assert {record["asked"]["method"] for record in records} == known
    assert {record["asked"]["method"] for record in records if not trained(record)} == {"frozen"}
    for method in set(d2st.methods()) - known:
        assert method in told  # left out, and said so


def test_every_head(tmp_path: Path, embedded_cache: dict[str, Path]) -> None:
    options = ["--methods", "d2st", "--heads", "all", "--trunks", "vit_mini", "--shots", "1", "5"]
    records, _ = compared(tmp_path / "run", *options)
    found = {(record["asked"]["head"], record["asked"]["shot"]) for record in records}
    assert found == {(head, shot) for head in heads() for shot in (1, 5)}
    assert all(map(trained, records))
