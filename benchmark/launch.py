"""Starts workers: their environment (threads, GPU, path), their orders, their log."""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmark import options
from benchmark.grid import Job, to_json
from benchmark.store import Store, write_json
from benchmark.variables import kept_memory, threads_of


def environment(asked: argparse.Namespace, device: str, slot: int) -> dict[str, str]:
    """What a worker sees: fixed threads, the repository on its path, and its GPU, if any."""
    own = threads_of(asked.threads) | {"PYTHONUNBUFFERED": "1"}
    own["PYTHONPATH"] = os.pathsep.join(filter(None, [str(options.ROOT), os.environ.get("PYTHONPATH")]))
    if device == "cpu":
        own["CUDA_VISIBLE_DEVICES"] = ""
    elif gpus := visible_gpus():
        own["CUDA_VISIBLE_DEVICES"] = gpus[slot % len(gpus)]
    return {**os.environ, **own}


def visible_gpus() -> list[str]:
    """Names of the GPUs that this process may use."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named:
        return named.split(",")
    import torch

    return [str(index) for index in range(torch.cuda.device_count())]


def chosen_device(asked: str) -> str:
    """``cpu`` or ``cuda``, of what ``--device`` says: ``auto`` is CUDA where there is one.

    Raises:
        UserError: CUDA was asked for and there is none.
    """
    import torch

    from d2st.errors import UserError

    if asked == "cuda" and not torch.cuda.is_available():
        raise UserError("--device cuda was asked for, but PyTorch sees no CUDA device here")
    return "cuda" if asked != "cpu" and torch.cuda.is_available() else "cpu"


def starter(asked: argparse.Namespace, store: Store) -> Callable[[Job, int], subprocess.Popen[bytes]]:
    """How a job's worker is started: its orders and its log lie in ``work/JOB``."""

    def start(job: Job, slot: int) -> subprocess.Popen[bytes]:
        folder = store.job(job.id)
        write_json(folder / "job.json", to_json(job))
        own = environment(asked, job.asked["device"], slot) | kept_memory()
        return spawn("worker", folder / "job.json", folder / "log.txt", own)

    return start


def spawn(module: str, orders: Path, log: Path, env: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start ``python -m benchmark.MODULE ORDERS``, output appended to ``log``."""
    command = [sys.executable, "-P", "-m", f"benchmark.{module}", str(orders), "--parent", str(os.getpid())]
    with open(log, "ab") as out:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, env=env
        )
