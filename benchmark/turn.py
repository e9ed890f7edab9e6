"""Whose turn it is on this machine: jobs work beside each other, a measurement of speed works alone.

Two advisory locks in the machine's folder of temporary files, given back by the kernel however their holder ends. Jobs hold
the second one together; a measurement holds both alone. It takes the first one at once, so that no new job begins while it
waits for the running ones to end.
"""

import fcntl
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmark import lease

POLL = 0.2
Say = Callable[[str], None]


def _print(text: str) -> None:
    print(text, flush=True)


def _path(name: str) -> Path:
    return Path(tempfile.gettempdir()) / f"d2st-bench-{name}"


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR)
    except FileNotFoundError:
        pass
    except PermissionError:
        return os.open(path, os.O_RDONLY)  # another user's: it can be locked all the same
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    os.chmod(path, 0o666)
    return handle


@contextmanager
def _held(path: Path, kind: int, waiting: Callable[[], None]) -> Iterator[int]:
    handle = _open(path)
    try:
        while True:
            try:
                fcntl.flock(handle, kind | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                waiting()
                time.sleep(POLL)
        yield handle
    finally:
        os.close(handle)


@contextmanager
def shared(say: Say = _print) -> Iterator[None]:
    """Work beside other jobs; waits while a measurement runs or waits, and says so once."""
    told: list[str] = []

    def waiting() -> None:
        if not told:
            told.append(f"waiting for a measurement of speed ({lease.holder(_path('gate'))})")
            say(told[0])

    with ExitStack() as after:
        with _held(_path("gate"), fcntl.LOCK_SH, waiting):
            after.enter_context(_held(_path("turn"), fcntl.LOCK_SH, waiting))
        yield


@contextmanager
def alone(say: Say = _print) -> Iterator[None]:
    """Work alone on this machine; waits until every job and every other measurement has ended, and says so once."""
    told: list[str] = []

    def waiting() -> None:
        if not told:
            told.append(
                "waiting until the machine is free: a job of run_all.py or another measurement is at work; "
                "no new one begins until then"
            )
            say(told[0])

    with _held(_path("gate"), fcntl.LOCK_EX, waiting) as gate:
        if os.access(_path("gate"), os.W_OK):
            os.truncate(_path("gate"), 0)
            os.pwrite(gate, f"process {os.getpid()}".encode(), 0)
        with _held(_path("turn"), fcntl.LOCK_EX, waiting):
            yield
