"""Jobs beside each other, measurements of speed alone."""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from benchmark import turn


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(turn, "POLL", 0.01)


class Holder:
    """Holds one of the locks in a thread of its own until told to let go."""

    def __init__(self, take: Callable[[Callable[[str], None]], AbstractContextManager[None]]) -> None:
        self.told: list[str] = []
        self.held, self.enough = threading.Event(), threading.Event()

        def hold() -> None:
            with take(self.told.append):
                self.held.set()
                self.enough.wait(20)

        self.thread = threading.Thread(target=hold, daemon=True)
        self.thread.start()

    def let_go(self) -> None:
        self.enough.set()
        self.thread.join(20)


def waits(holder: Holder) -> bool:
    """Whether it said that it waits."""
    deadline = time.monotonic() + 20
    while not holder.told and not holder.held.is_set() and time.monotonic() < deadline:
        time.sleep(0.01)
    return bool(holder.told) and not holder.held.is_set()


def test_jobs_work_beside_each_other() -> None:
    jobs = [Holder(turn.shared) for _ in range(2)]
    assert all(job.held.wait(20) and not job.told for job in jobs)
    for job in jobs:
        job.let_go()


def test_a_measurement_waits_for_jobs_and_new_jobs_wait_for_it() -> None:
    job = Holder(turn.shared)
    assert job.held.wait(20)
    measurement = Holder(turn.alone)
    assert waits(measurement) and "free" in measurement.told[0]
    later = Holder(turn.shared)
    assert waits(later)  # though another job is at work: else a measurement might wait for ever
    job.let_go()
    assert measurement.held.wait(20) and not later.held.is_set()
    measurement.let_go()
    assert later.held.wait(20) and len(later.told) == 1
    later.let_go()


def test_two_measurements_work_one_after_the_other() -> None:
    first = Holder(turn.alone)
    assert first.held.wait(20)
    second = Holder(turn.alone)
    assert waits(second)
    first.let_go()
    assert second.held.wait(20)
    second.let_go()


def test_an_interrupted_measurement_gives_the_machine_back() -> None:
    with pytest.raises(KeyboardInterrupt), turn.alone(print):
        raise KeyboardInterrupt
    with turn.shared(print):
        pass
