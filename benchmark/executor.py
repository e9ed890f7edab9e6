"""Runs jobs in worker processes, at most so many at a time; one failing, dying or busy job does not stop the others.

One thread only: a worker asks the kernel to be killed when the thread that started it ends (see ``worker.py``).
"""

import subprocess
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from benchmark.grid import Job

BUSY = 75  # exit code of a worker whose job is held by another run_all
Kind = Literal["start", "tick", "end", "busy"]
Tell = Callable[[Kind, Job, int], None]


@dataclass
class _Running:
    job: Job
    slot: int
    process: subprocess.Popen[bytes]


def execute(
    jobs: Sequence[Job],
    start: Callable[[Job, int], subprocess.Popen[bytes]],
    finished: Callable[[Job], bool],
    tell: Tell,
    workers: int = 1,
    poll: float = 0.2,
    patience: float = 3.0,
) -> None:
    """Run ``jobs`` and return when each has ended once.

    ``start(job, slot)`` starts a worker, ``slot`` below ``workers``; ``finished(job)`` says that nothing is left to do for it
    (asked before each start, so that the work of another run_all on the same output counts); ``tell(kind, job, exit code)``
    hears of everything, "tick" about every ``poll`` seconds for each running job. A job held elsewhere is tried again every
    ``patience`` seconds.
    On any exception, Ctrl-C included, the workers are stopped before it goes on up.
    """
    waiting = deque((0.0, job) for job in jobs)
    running: list[_Running] = []
    try:
        while waiting or running:
            while len(running) < workers and (job := _next(waiting)) is not None:
                if finished(job):
                    tell("end", job, 0)
                    continue
                tell("start", job, 0)
                slot = min(set(range(workers)) - {item.slot for item in running})
                running.append(_Running(job, slot, start(job, slot)))
            time.sleep(poll)
            for item in list(running):
                code = item.process.poll()
                if code is None:
                    tell("tick", item.job, 0)
                    continue
                running.remove(item)
                if code == BUSY:
                    waiting.append((time.monotonic() + patience, item.job))
                tell("busy" if code == BUSY else "end", item.job, code)
    finally:
        _stop([item.process for item in running])


def _next(waiting: deque[tuple[float, Job]]) -> Job | None:
    """The first job whose time has come, taken out of the queue."""
    for index, (due, job) in enumerate(waiting):
        if due <= time.monotonic():
            del waiting[index]
            return job
    return None


def _stop(processes: Sequence[subprocess.Popen[bytes]], grace: float = 5.0) -> None:
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + grace
    for process in processes:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
