"""Processes that end with the work: whatever breaks it off, Ctrl-C included, none of them goes on."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any


@contextmanager
def processes(workers: int, begin: Callable[..., None], *told: Any) -> Iterator[ProcessPoolExecutor]:
    """A pool of ``workers`` fresh processes that each call ``begin(*told)`` first; on any exception they are killed."""
    pool = ProcessPoolExecutor(workers, get_context("spawn"), begin, told)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in list((pool._processes or {}).values()):
            process.kill()
        raise
    pool.shutdown()
