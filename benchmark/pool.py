"""Processes that end with the work: whatever breaks it off, Ctrl-C included, none of them goes on."""

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any


@contextmanager
def processes(workers: int, begin: Callable[..., None], *told: Any) -> Iterator[ProcessPoolExecutor]:
    """A pool of ``workers`` fresh processes that each call ``begin(*told)`` first; on any exception they are killed."""
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _start, (begin, *told))
    try:
        yield pool
    except BaseException:
        started = list((pool._processes or {}).values())  # which shutdown forgets
        pool.shutdown(wait=False, cancel_futures=True)
        for process in started:
            process.kill()
        raise
    pool.shutdown()


def _start(begin: Callable[..., None], *told: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which ends this process
    begin(*told)
