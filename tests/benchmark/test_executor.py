"""Jobs in processes, with workers that only pretend."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmark import lease
from benchmark.executor import BUSY, execute
from benchmark.grid import Job
from tests.benchmark.made_up import job
from tests.processes import alive, wait


def pretend(code: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-S", "-E", "-c", code])


def run(
    jobs: list[Job], codes: dict[str, str], workers: int = 2, done: tuple[str, ...] = ()
) -> list[tuple[str, str, int]]:
    events: list[tuple[str, str, int]] = []

    def tell(kind: str, job: Job, code: int) -> None:
        if kind != "tick":
            events.append((kind, job.asked["method"], code))

    def finished(job: Job) -> bool:
        return job.asked["method"] in done

    execute(
        jobs, lambda item, slot: pretend(codes[item.asked["method"]]), finished, tell, workers, 0.01, 0.05
    )
    return events


def test_failures_do_not_stop_the_others_and_done_jobs_are_not_started() -> None:
    jobs = [job(name) for name in ("aim", "d2st", "frozen", "st_adapter")]
    codes = {"aim": "raise SystemExit(1)", "d2st": "pass", "frozen": "import os; os.kill(os.getpid(), 9)"}
    events = run(jobs, codes, done=("st_adapter",))
    assert {(name, code) for kind, name, code in events if kind == "end"} == {
        ("aim", 1),
        ("d2st", 0),
        ("frozen", -9),
        ("st_adapter", 0),
    }
    assert ("start", "st_adapter", 0) not in events


def test_at_most_so_many_at_a_time() -> None:
    running, most, slots = 0, 0, []

    def tell(kind: str, job: Job, code: int) -> None:
        nonlocal running, most
        running += {"start": 1, "end": -1}.get(kind, 0)
        most = max(most, running)

    def start(job: Job, slot: int) -> "subprocess.Popen[bytes]":
        slots.append(slot)
        return pretend("import time; time.sleep(0.05)")

    execute([job(name) for name in ("a", "b", "c", "d", "e")], start, lambda job: False, tell, 2, 0.01)
    assert most == 2 and set(slots) == {0, 1}


def test_a_busy_job_is_tried_again(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    code = f"import os\nif not os.path.exists({str(mark)!r}):\n open({str(mark)!r}, 'w'); raise SystemExit({BUSY})"
    events = run([job("aim")], {"aim": code})
    assert [(kind, code) for kind, _, code in events] == [
        ("start", 0),
        ("busy", BUSY),
        ("start", 0),
        ("end", 0),
    ]


def test_workers_are_stopped_when_interrupted() -> None:
    started: list[subprocess.Popen[bytes]] = []

    def start(job: Job, slot: int) -> "subprocess.Popen[bytes]":
        started.append(pretend("import time; time.sleep(60)"))
        return started[-1]

    def tell(kind: str, job: Job, code: int) -> None:
        if kind == "tick":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execute([job("aim"), job("d2st")], start, lambda job: False, tell, 2, 0.01)
    assert len(started) == 2 and all(process.returncode == -15 for process in started)


def test_a_lease_is_held_once_and_given_back_by_death(tmp_path: Path) -> None:
    path = tmp_path / "job" / "lease"
    held = lease.take(path)
    assert held is not None and lease.take(path) is None and f"process {os.getpid()}" in lease.holder(path)
    held.close()
    code = "import sys; from pathlib import Path; from benchmark import lease\n"
    code += "f = lease.take(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout is not None and other.stdout.readline() == b"held\n"
    assert lease.take(path) is None and f"process {other.pid}" in lease.holder(path)
    other.kill()
    other.wait()
    again = lease.take(path)
    assert again is not None
    again.close()


def test_a_worker_dies_with_its_parent() -> None:
    child = "import os, time; from benchmark.worker import die_with; die_with({}); print(os.getpid(), flush=True); time.sleep(60)"
    code = (
        "import os, subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, '-c', {child!r}.format(os.getpid())]); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    wait(lambda: not alive(worker), 10)
