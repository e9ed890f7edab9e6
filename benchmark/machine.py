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

CPUINFO = Path("/proc/cpuinfo")
#: its fields that tell processors of one name apart: of x86, of ARM
MODEL = ("vendor_id", "cpu family", "model", "CPU implementer", "CPU part")
PACKAGES = ("torch", "timm", "mmengine", "mmcv-lite", "mmaction2", "numpy", "decord", "einops", "d2st-bench")


def _cpuinfo() -> list[tuple[str, str]]:
    """Every field of Linux's list of processors, in order; none where there is no such list."""
    try:
        lines = CPUINFO.read_text().splitlines()
    except OSError:
        return []
    parts = (line.partition(":") for line in lines)
    return [(name.strip(), value.strip()) for name, colon, value in parts if colon]


def cpu_name() -> str:
    """The processor's name as Linux gives it, else the platform's."""
    names = [value for name, value in _cpuinfo() if name == "model name"]
    return f"{names[0]} ({len(names)} threads)" if names else platform.processor() or platform.machine()


def cpu_model() -> str:
    """What tells processors of one name apart, as they round differently and are not alike fast: vendor, family and model as
    Linux numbers them (:data:`MODEL`), and the vector instructions that torch uses."""
    import torch

    facts = dict(reversed(_cpuinfo()))  # of the first processor
    return " ".join(
        [*(facts[name] for name in MODEL if name in facts), torch.backends.cpu.get_cpu_capability()]
    )


def gpu_name(device: str) -> str | None:
    """The graphics processor in use, None on a CPU."""
    if not device.startswith("cuda"):
        return None
    import torch

    return torch.cuda.get_device_name()


def processor(where: Mapping[str, Any]) -> str:
    """What did the work: of :func:`describe`'s facts the graphics processor, else the processor, with its model where that was
    kept (older records have none)."""
    if where.get("gpu"):
        return str(where["gpu"])
    return ", ".join(where[name] for name in ("cpu", "cpu_model") if name in where) or "unknown"


def same_kind(one: Mapping[str, Any], two: Mapping[str, Any]) -> bool:
    """Whether the work of two records was done by one kind of processor, however many threads it has (those of a job are part of
    its name). Where one of them has no model of it, the name decides."""
    if one["gpu"] or two["gpu"]:
        return bool(one["gpu"] == two["gpu"])
    names = {re.sub(r" \(\d+ threads\)$", "", where["cpu"]) for where in (one, two)}
    models = {where.get("cpu_model") for where in (one, two)} - {None}
    return len(names) == 1 and len(models) < 2


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
        "cpu_model": cpu_model(),
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
