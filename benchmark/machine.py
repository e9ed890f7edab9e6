"""Where a number was measured: machine, versions, commit, date."""

import datetime
import functools
import importlib.metadata
import platform
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmark.identity import ROOT

PACKAGES = ("torch", "timm", "mmengine", "mmcv-lite", "mmaction2", "numpy", "decord", "einops", "d2st-bench")


def cpu_name() -> str:
    """The processor's name as Linux gives it, else the platform's."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0]} ({len(names)} threads)" if names else platform.processor() or platform.machine()


def gpu_name(device: str) -> str | None:
    """The graphics processor in use, None on a CPU."""
    if not device.startswith("cuda"):
        return None
    import torch

    return torch.cuda.get_device_name()


def processor(where: dict[str, Any]) -> str:
    """What did the work: of :func:`describe`'s facts the graphics processor, else the processor."""
    return str(where["gpu"] or where["cpu"])


def model(where: dict[str, Any]) -> str:
    """What did the work, as :func:`processor` says, however many threads it has."""
    return re.sub(r" \(\d+ threads\)$", "", processor(where))


def driver(device: str) -> str | None:
    """Version of the graphics driver, and the CUDA that torch was built for; None on a CPU."""
    if not device.startswith("cuda"):
        return None
    import torch

    try:
        told = re.search(r"\d+(\.\d+)+", Path("/proc/driver/nvidia/version").read_text())
    except OSError:
        told = None
    return f"{told[0] if told else 'unknown'}, CUDA {torch.version.cuda}"


def git(*arguments: str) -> str:
    """What a git command prints about this repository; empty where it fails."""
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


@functools.cache
def _fixed() -> dict[str, Any]:
    return {
        "cpu": cpu_name(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "commit": git("rev-parse", "HEAD") or "unknown",
        "dirty": bool(git("status", "--porcelain", "--untracked-files=no")),
    }


def commit(where: Mapping[str, Any]) -> str:
    """The commit of a record's ``where``, shortened, and whether it tells all of the code."""
    return where["commit"][:12] + " with uncommitted changes" * where["dirty"]


def describe(device: str) -> dict[str, Any]:
    """The machine part of a record's ``where``."""
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    return {**_fixed(), "gpu": gpu_name(device), "driver": driver(device), "date": now}
