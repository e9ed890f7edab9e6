"""The real command on the embedded videos: interrupted, killed, resumed, with one worker and with two (slow)."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from benchmark.options import ROOT
from benchmark.store import Store
from tests.processes import wait

pytestmark = pytest.mark.slow
GRID = ["--datasets", "ssv2", "--methods", "st_adapter", "frozen", "--weights", "random", "--device", "cpu"]
SIZE = ["--train-episodes", "16", "--episodes", "60"]


def start(output: Path, *more: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "benchmark/run_all.py", *GRID, *SIZE, "--output", str(output), *more]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return subprocess.Popen(command, cwd=ROOT, text=True, start_new_session=True, **pipes)


def finish(process: "subprocess.Popen[str]", code: int = 0) -> str:
    told, _ = process.communicate(timeout=900)
    assert process.returncode == code, told
    return told


def workers(output: Path) -> list[int]:
    """Processes that work for ``output``."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = entry.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if "benchmark.worker" in command and any(str(output) in part for part in command):
            found.append(int(entry.parent.name))
    return found


def trained(output: Path, step: int) -> bool:
    return any(output.glob(f"work/st_adapter*/runner/iter_{step}.pth"))


def tables(output: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (output / "cells").glob("*.parquet")}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, embedded_cache: dict[str, Path]) -> Path:
    """An uninterrupted run with two workers."""
    output = tmp_path_factory.mktemp("whole") / "run"
    told = finish(start(output, "--workers", "2"))
    assert told.startswith("data: motion (embedded stand-in for ssv2")
    assert "ST-Adapter" in told and "Frozen" in told and "failed" not in told
    return output


def test_everything_is_stored(whole: Path) -> None:
    store = Store(whole)
    records = list(store.records())
    assert len(records) == 4 and {record["happened"]["status"] for record in records} == {"ok"}
    for record in records:
        rows = store.table(record["asked"]["cell"])
        assert len(rows) == 300 and 100 * rows.correct.mean() == pytest.approx(record["happened"]["accuracy"])
        assert (whole / record["happened"]["checkpoint"]).stat().st_size == record["happened"][
            "checkpoint_bytes"
        ]
        assert (whole / "manifests" / f"{record['where']['manifest']}.json").exists()
    trained = next(record for record in records if record["asked"]["method"] == "st_adapter")
    assert trained["happened"]["train_seconds"] > 0 and trained["happened"]["curve"]["episode"][-1] == 16
    assert (whole / "table.md").exists() and len(list((whole / "plots").glob("*.png"))) == 4
    assert not list((whole / "work").glob("*/runner"))
    assert len(pd.read_csv(whole / "table.csv")) == 4


def test_a_second_run_does_nothing(whole: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (whole / "cells").iterdir()}
    told = finish(start(whole))
    assert "4 cells, 4 done; 0 jobs to run" in told
    assert before == {path: path.stat().st_mtime_ns for path in (whole / "cells").iterdir()}
    assert "4 done" in finish(start(whole, "--list"))


def test_interrupted_and_killed_it_goes_on_to_the_same_bytes(whole: Path, tmp_path: Path) -> None:
    output = tmp_path / "run"
    process = start(output, "--workers", "1")
    wait(lambda: trained(output, 4))
    os.killpg(process.pid, signal.SIGINT)
    assert "the same command goes on" in finish(process, 130)
    assert not workers(output)

    process = start(output, "--workers", "1")
    wait(lambda: trained(output, 8))
    assert workers(output)
    process.kill()
    process.communicate()
    wait(lambda: not workers(output), 10)
    assert not list((output / "cells").glob("st_adapter*"))

    newest = next((output / "work").glob("st_adapter*/runner")) / "iter_8.pth"
    newest.write_bytes(newest.read_bytes()[:1000])  # as if killed while it was written
    finish(start(output, "--workers", "1"))
    assert tables(output) == tables(whole)
    log = next((output / "work").glob("st_adapter*/log.txt")).read_text()
    assert "resumed epoch: 0, iter: 4" in log


def test_two_at_once_share_the_work(tmp_path: Path, whole: Path) -> None:
    output = tmp_path / "run"
    both = [start(output, "--workers", "1") for _ in range(2)]
    told = [finish(process) for process in both]
    assert tables(output) == tables(whole)
    assert any("held by process" in text for text in told)


def test_wrong_input_leaves_nothing(tmp_path: Path) -> None:
    output = tmp_path / "run"
    for wrong, told in (
        (["--datasets", "foo"], "unknown dataset 'foo'"),
        (["--datasets", str(tmp_path)], "train"),
        (["--data-root", str(tmp_path)], "ssv2"),
        (["--shots", "1000"], "1000 shot"),
        (["--trunk", "vit_foo"], "vit_foo"),
    ):
        text = finish(start(output, *wrong), 2)
        assert text.startswith("error: ") and text.count("\n") == 1 and told in text, text
    assert not output.exists()
