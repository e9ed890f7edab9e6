"""Processes that end with the work."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmark.pool import processes
from benchmark.trial import prepare


def nothing() -> None:
    """Begins a process."""


def sleep(told: str) -> None:
    """Works for longer than any test, having said by whom."""
    Path(told).write_text(str(os.getpid()))
    time.sleep(600)


def seen() -> str:
    """The GPUs that this process may use."""
    return os.environ["CUDA_VISIBLE_DEVICES"]


def wait_for(said: Path) -> int:
    for _ in range(600):
        if said.exists() and said.read_text():
            return int(said.read_text())
        time.sleep(0.1)
    raise AssertionError("the process did not begin")


@pytest.mark.parametrize("broken_off_by", [KeyboardInterrupt, RuntimeError])
def test_a_process_at_work_ends_with_what_breaks_it_off(tmp_path: Path, broken_off_by: type) -> None:
    found = []

    def break_off() -> None:
        with processes(1, nothing) as pool:
            pool.submit(sleep, str(tmp_path / "said"))
            found.append(wait_for(tmp_path / "said"))
            raise broken_off_by

    with pytest.raises(broken_off_by):
        break_off()
    for _ in range(100):
        try:
            os.kill(found[0], 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    raise AssertionError("the process went on")


@pytest.mark.parametrize(("gpus", "expected"), [([], {""}), (["3", "5"], {"3", "5"})])
def test_each_process_of_a_search_sees_one_gpu(gpus: Sequence[str], expected: set[str]) -> None:
    with processes(2, prepare, os.getpid(), gpus) as pool:
        found = {future.result() for future in [pool.submit(seen) for _ in range(64)]}
    assert found <= expected and found
