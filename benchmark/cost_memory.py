"""Peak memory of every method, each in a child process of its own that does nothing else.

On a GPU: the most that torch's allocator held (weights, clips, activations, gradients, the optimizer's moments; not the CUDA
context). On a processor: the child's peak resident memory, Python and the imported packages included (``start`` says how much
that is), the smaller of two tries; nothing is subtracted.
"""

import multiprocessing
import os
import resource
import signal
import sys
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmark.cost_encoders import Asked

PASSES = ("inference", "training")
SPARE = 0.5  # of the free memory is what a larger batch may be expected to take
UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss


def peaks(asked: Asked, method: str, batch: int) -> dict[str, dict[str, int] | str | None]:
    """By pass: ``peak``, ``built`` (weights in place), ``start`` in bytes; None where nothing is trained; or what went wrong."""
    drawn = {
        **asked.encoders[method],
        "weights": "random",
    }  # read from a file they would for a moment be held twice
    alone = replace(asked, encoders={method: drawn})
    return {what: _least(alone, method, what, batch) for what in PASSES}


def _least(asked: Asked, method: str, what: str, batch: int) -> dict[str, int] | str | None:
    """Of the processor's memory the smaller of two peaks: now and then an allocator holds a tenth more than it needs."""
    tries = 1 if asked.device.startswith("cuda") else 2
    found = [_in_child(asked, method, what, batch) for _ in range(tries)]
    sound = [one for one in found if isinstance(one, dict)]
    return min(sound, key=lambda one: one["peak"]) if sound else found[-1]


def _in_child(asked: Asked, method: str, what: str, batch: int) -> dict[str, int] | str | None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["benchmark.cost_encoders"])  # imported once, for all children
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(theirs, asked, method, what, batch), daemon=True)
    child.start()
    theirs.close()
    try:
        found = ours.recv()
    except EOFError:
        child.join()
        return f"the process ended with exit code {child.exitcode}, perhaps for want of memory"
    finally:
        if child.is_alive():
            child.join(5.0)
            child.kill()
    if isinstance(found, Exception):
        raise found
    return found


def _child(answer: Connection, asked: Asked, method: str, what: str, batch: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which ends this process
    try:
        answer.send(_measure(asked, method, what, batch))
    except Exception as error:
        answer.send(error if type(error).__name__ == "UserError" else _told(error))


def _told(error: Exception) -> str | RuntimeError:
    import torch

    short = isinstance(error, MemoryError | torch.OutOfMemoryError) or "allocate memory" in str(error)
    return "out of memory" if short else RuntimeError(f"{type(error).__name__}: {error}")


def _measure(asked: Asked, method: str, what: str, batch: int) -> dict[str, int] | None:
    import torch

    from benchmark.cost_encoders import Runner

    torch.set_num_threads(asked.threads)
    cuda = asked.device.startswith("cuda")
    start = 0 if cuda else _resident()
    runner = Runner(asked, method)
    if what == "training" and runner.optimizer is None:
        return None
    built = torch.cuda.memory_allocated() if cuda else _resident()
    for _ in range(2):  # the optimizer's moments exist from the first step on
        if what == "inference":
            with torch.inference_mode():
                runner.forward(runner.clips(batch))
        else:
            runner.encoder.train()
            runner.backward(runner.loss(runner.clips(batch)))
            runner.step()
            runner.clear()
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT
    return {"peak": torch.cuda.max_memory_allocated() if cuda else own, "built": built, "start": start}


def _resident() -> int:
    """Bytes of this process in memory now (its peak so far where the system does not tell)."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT


def free() -> int | None:
    """Bytes that this machine, or this process's container, has left; None where that is not told."""
    told = []
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        told += [1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable")]
        group = Path("/sys/fs/cgroup")
        told.append(int((group / "memory.max").read_text()) - int((group / "memory.current").read_text()))
    except (OSError, ValueError):
        pass
    return min(told, default=None)


def fits(memory: dict[str, dict[str, Any]], batch: int) -> Any:
    """A rule for the sweep on a processor: whether a method's pass of so many clips is expected to leave memory free."""

    def rule(method: str, wanted: int) -> bool:
        found, left = memory[method]["inference"], free()
        if left is None or not isinstance(found, dict):
            return True
        return wanted * (found["peak"] - found["built"]) / batch <= SPARE * left

    return rule
