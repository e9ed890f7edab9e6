"""How the cases here are measured: alone on the machine, in turns with a reference kernel (``make speed`` runs them).

A case's ratio is the median over rounds of its time by the mean of the reference's just before and just after it, so that it
hardly depends on the machine or on what else it does. pytest-benchmark keeps the seconds; ratio and memory are its extra info.
"""

import ctypes
import gc
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional as F

from benchmark import turn
from benchmark.cost_memory import UNIT

Case = Callable[..., None]


@pytest.fixture(scope="session", autouse=True)
def alone() -> Iterator[None]:
    """The machine for itself, with all its cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    with turn.alone():
        yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def reference() -> Callable[[], float]:
    """Seconds of a fixed piece of work in equal parts of multiplying, exponentials and copying; some 50 ms."""
    generator = torch.Generator().manual_seed(0)
    left, right = (torch.randn(768, 768, generator=generator) for _ in range(2))
    wide = torch.randn(512, 4096, generator=generator)

    def work() -> float:
        begun = time.perf_counter()
        for _ in range(4):
            left @ right
            F.softmax(wide, dim=-1)
            wide.mT.contiguous()
        return time.perf_counter() - begun

    for _ in range(5):
        work()
    return work


@pytest.fixture
def measure(benchmark: Any, reference: Callable[[], float]) -> Case:
    """``measure(kernel, rounds, warm_up)``: time it in turns with the reference."""

    def run(kernel: Callable[[], Any], rounds: int, warm_up: int = 1) -> None:
        between: list[float] = []
        memory, each = (
            _Peak(),
            1 if rounds > 1 else 9,
        )  # a single round leans on few references: let them be exact

        def refer() -> None:
            between.append(statistics.median(reference() for _ in range(each)))

        benchmark.pedantic(kernel, setup=refer, rounds=rounds, warmup_rounds=warm_up)
        peak = memory.bytes()
        refer()
        taken = benchmark.stats.stats.data
        around = [
            (one + other) / 2 for one, other in zip(between[warm_up:], between[warm_up + 1 :], strict=False)
        ]
        ratios = torch.tensor([own / other for own, other in zip(taken, around, strict=True)])
        benchmark.extra_info.update(
            ratio=ratios.quantile(0.5).item(),
            low=ratios.quantile(0.25).item(),
            high=ratios.quantile(0.75).item(),
            reference_seconds=sorted(between)[len(between) // 2],
            threads=torch.get_num_threads(),
            peak_bytes=peak,
        )

    return run


class _Peak:
    """Peak resident memory of this process from here on, all of Python and its packages included; Linux only."""

    def __init__(self) -> None:
        gc.collect()
        if (
            sys.platform == "linux"
        ):  # what earlier cases gave back to the allocator, not to the kernel, would count
            getattr(ctypes.CDLL(None), "malloc_trim", lambda _: 0)(0)
        try:
            Path("/proc/self/clear_refs").write_text("5")  # the kernel forgets the peak so far
            self.known = True
        except OSError:
            self.known = False

    def bytes(self) -> int | None:
        """None where the kernel does not tell."""
        if not self.known:
            return None
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(UNIT * int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
