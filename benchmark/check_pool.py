"""Many videos through many processes of one thread; a file that kills its process, or holds it too long, is a result too."""

import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any

LONGEST = 300  # seconds for one file
Item = tuple[Any, ...]


def in_processes(
    work: Callable[..., Any],
    items: Sequence[Item],
    workers: int,
    dead: Callable[[Item], Any],
    longest: int = LONGEST,
) -> Iterator[Any]:
    """``work(*item)`` for all items, as they end; ``dead(item)`` for an item whose process died or took ``longest`` seconds.

    Where a process dies, all that were under way are done once more, each in a process of its own.
    """
    waiting, suspects = deque(items), deque[Item]()
    while waiting or suspects:
        alone = bool(suspects)
        source, width = (deque([suspects.popleft()]), 1) if alone else (waiting, workers)
        left: list[Item] = []
        yield from _round(work, source, width, longest, left)
        if alone:
            yield from map(dead, left)
        else:
            suspects.extend(left)


def _round(
    work: Callable[..., Any], source: deque[Item], workers: int, longest: int, left: list[Item]
) -> Iterator[Any]:
    """One pool's life; items that were under way when a process died are added to ``left``."""
    context = get_context("fork")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin)
    running: dict[Future[Any], Item] = {}
    try:
        while source or running:
            while source and len(running) < 2 * workers:
                running[pool.submit(_timed, work, longest, source[0])] = source[0]
                source.popleft()
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                result = future.result()
                del running[future]
                yield result
    except BrokenProcessPool:
        left.extend(running.values())
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _begin() -> None:
    """Ctrl-C is the parent's business; what decoders write about broken files is nobody's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # ends the process, also inside a library
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def _timed(work: Callable[..., Any], longest: int, item: Item) -> Any:
    signal.alarm(longest)
    try:
        return work(*item)
    finally:
        signal.alarm(0)
