"""One job in its own process: ``python -m benchmark.worker ORDERS --parent PID``; dies with its parent.

Holds the job's lease while it works. Whatever goes wrong is stored as the result of each cell that is still missing.
"""

import argparse
import ctypes
import os
import signal
import sys
import traceback
from pathlib import Path

from benchmark import lease, turn
from benchmark.executor import BUSY
from benchmark.grid import Job, from_json
from benchmark.machine import describe
from benchmark.progress import Progress
from benchmark.store import Store, read_json

PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> None:
    """Be killed when the starting process ends, even by kill -9; leave at once if it has ended already."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the run_all that started this worker is gone")


def receive(description: str | None, orders: str) -> Path:
    """The command line of a started process: the file of its orders; from here on it dies with its parent."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("orders", type=Path, help=orders)
    parser.add_argument("--parent", type=int, default=os.getppid(), help="process to die with")
    arguments = parser.parse_args()
    die_with(arguments.parent)
    return arguments.orders


def failure(job: Job, shot: int, cell: str, manifest: str, error: str, kind: str, trace: str) -> dict:
    """The record of a cell that failed; ``kind`` is "input" where the user can mend it, else "crash"."""
    return {
        "asked": {
            **job.asked,
            "cell": cell,
            "job": job.id,
            "shot": shot,
            "config": job.config,
            "identity": job.identity,
        },
        "happened": {"status": "failed", "error": error, "kind": kind, "traceback": trace},
        "where": {**job.data, "manifest": manifest, **describe(job.asked["device"])},
    }


def store_failure(store: Store, job: Job, error: str, kind: str, trace: str) -> None:
    """Store the failure of every cell of the job that is not done."""
    for cell in job.cells:
        if not store.done(cell.id):
            store.put_failure(cell.id, failure(job, cell.shot, cell.id, cell.manifest, error, kind, trace))


def main() -> int:
    """Exit code 0: every cell is stored; 1: what failed is stored as failed; 75: somebody else holds the job."""
    orders = receive(__doc__, "work/JOB/job.json of an output folder")
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C reaches run_all too, which ends its workers in order
    job = from_json(read_json(orders))
    store = Store(orders.resolve().parents[2])
    held = lease.take(store.job(job.id) / "lease")
    if held is None:
        return BUSY
    try:
        from benchmark.job import run

        progress = Progress(store.job(job.id) / "progress.json")
        with turn.shared(lambda text: progress.tell(text, 0, 0)):
            run(job, store)
    except Exception as error:
        kind = "input" if type(error).__name__ == "UserError" else "crash"
        line = " ".join(str(error).split()) or type(error).__name__
        store_failure(
            store,
            job,
            line if kind == "input" else f"{type(error).__name__}: {line}",
            kind,
            traceback.format_exc(),
        )
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
