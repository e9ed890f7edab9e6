"""Tables of what a measurement of cost found, of one machine each.

An item is what ``speed.py`` stores: ``trunk, batch, rounds, threads, device, precision, compile, frames, size, note, where``, and
``figures``, a dict a method. There ``clips_per_second, low, high, ratio`` are the throughput at the common batch (all that
``run_all.py`` measures); the full measurement adds ``sweep``, ``peak_batch``, ``memory``, ``notes`` (what was left out and
why) and ``cost``, which has ``value, low, high, ratio`` under each name of :data:`COSTS`.
"""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from benchmark import style
from benchmark.machine import processor
from benchmark.tables import count, rate

Item = dict[str, Any]
#: what is measured, with its unit. Ratios are to the frozen trunk: to the same figure, of what is tunable to all its parameters
#: and bytes, of a training step and its parts and of training memory to its forward pass at the same batch.
COSTS = {
    "tunable_parameters": "scalars",
    "total_parameters": "scalars",
    "checkpoint_bytes": "bytes",
    "flops": "a clip",
    "latency": "seconds of one clip",
    "throughput": "clips/s at the common batch",
    "peak_throughput": "clips/s at the best batch",
    "step": "seconds at the common batch",
    "forward": "seconds of the step",
    "backward": "seconds of the step",
    "optimizer": "seconds of the step",
    "inference_memory": "bytes",
    "training_memory": "bytes",
}


def machine(item: Item) -> str:
    """The machine of a measurement, as far as times depend on it: items of different ones never stand in one table or plot."""
    where = item["where"]
    driver = f", driver {where.get('driver') or 'unknown'}" if where.get("gpu") else ""
    threads = item.get("threads")
    told = f", {threads} thread{'s' * (threads != 1)}" if threads else ""
    return f"{processor(where)}{driver}{told}, torch {where.get('packages', {}).get('torch', 'unknown')}"


def by_machine(items: Iterable[Item]) -> dict[str, list[Item]]:
    """Items apart by :func:`machine`, that of the newest item first."""
    found: dict[str, list[Item]] = {}
    for item in sorted(items, key=lambda item: item["where"]["date"], reverse=True):
        found.setdefault(machine(item), []).append(item)
    return found


def setting(item: Item) -> str:
    """What was measured, for a title: trunk, frames, size, precision."""
    return item["note"].splitlines()[0]


def frame(item: Item) -> pd.DataFrame:
    """One row a method, in the order of tables: ``method, title``, of each of :data:`COSTS` ``NAME, NAME_low, NAME_high,
    NAME_ratio`` in its unit (NaN where there is none), ``peak_batch``, ``notes``; of an item of ``run_all.py`` the throughput."""
    rows = []
    for method in style.order(item["figures"]):
        found = item["figures"][method]
        cost = dict(found.get("cost", {}))
        if "clips_per_second" in found:
            own = {key: found[key] for key in ("low", "high", "ratio") if key in found}
            cost.setdefault("throughput", {"value": found["clips_per_second"], **own})
        row: dict[str, Any] = {"method": method, "title": style.title(method)}
        for name in COSTS:
            values = cost.get(name, {})
            row[name] = values.get("value", float("nan"))
            row |= {f"{name}_{key}": values.get(key, float("nan")) for key in ("low", "high", "ratio")}
        rows.append(
            {**row, "peak_batch": found.get("peak_batch"), "notes": "; ".join(found.get("notes", []))}
        )
    return pd.DataFrame(rows)


SPREAD = ("latency", "throughput", "step")  # whose quartiles the tables show


def inference_table(item: Item) -> tuple[list[str], list[list[str]]]:
    """Parameters, checkpoint, FLOPs, latency, throughput, memory of inference: header and lines."""
    header = [
        "method",
        "tunable",
        "total",
        "checkpoint",
        "GFLOPs",
        "latency (ms)",
        f"clips/s @{item['batch']}",
    ]
    header += ["peak clips/s", "memory (MB)"]
    lines = []
    for row in frame(item).itertuples():
        batch = f" @{int(row.peak_batch)}" if pd.notna(row.peak_batch) else ""
        cells = [
            row.title,
            _tunable(row),
            _with(row, "total_parameters", count),
            _with(row, "checkpoint_bytes", size),
        ]
        cells += [
            _with(row, "flops", lambda value: f"{value / 1e9:.3g}" if value < 1e11 else f"{value / 1e9:.0f}")
        ]
        cells += [_with(row, "latency", lambda value: milliseconds(value))]
        cells += [_with(row, "throughput", rate), _with(row, "peak_throughput", rate, batch)]
        lines.append([*cells, _with(row, "inference_memory", megabytes)])
    return header, lines


def training_table(item: Item) -> tuple[list[str], list[list[str]]]:
    """The training step, its parts, memory of training: header and lines."""
    header = ["method", f"step of {item['batch']} (ms)", "forward", "backward", "optimizer", "memory (MB)"]
    lines = []
    for row in frame(item).itertuples():
        if pd.notna(row.step) or pd.notna(row.training_memory):
            parts = [_with(row, name, milliseconds) for name in ("step", "forward", "backward", "optimizer")]
            lines.append([row.title, *parts, _with(row, "training_memory", megabytes)])
    return header, lines


def _tunable(row: Any) -> str:
    share = 100 * row.tunable_parameters_ratio
    told = f" ({share:.{0 if share >= 10 else 1 if share >= 1 else 2}f} %)" if row.tunable_parameters else ""
    return count(row.tunable_parameters) + told


def _with(row: Any, name: str, write: Any, more: str = "") -> str:
    value, ratio = getattr(row, name), getattr(row, f"{name}_ratio")
    if pd.isna(value):
        return "-"
    low, high = (getattr(row, f"{name}_{end}") for end in ("low", "high"))
    spread = f" [{write(low)}-{write(high)}]" if name in SPREAD and pd.notna(low) else ""
    return f"{write(value)}{more}{spread}" + (f" ({_ratio(ratio)}x)" if pd.notna(ratio) else "")


def _ratio(value: float) -> str:
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def milliseconds(value: float) -> str:
    """Seconds as milliseconds in three digits."""
    return f"{1e3 * value:.3g}" if value < 1 else f"{1e3 * value:,.0f}"


def megabytes(value: float) -> str:
    """Bytes as whole megabytes (1e6)."""
    return f"{value / 1e6:,.0f}"


def size(value: float) -> str:
    """Bytes of a file: ``0``, ``97 kB``, ``29.1 MB``."""
    if pd.isna(value):
        return "-"
    return "0" if not value else f"{value / 1e3:.0f} kB" if value < 1e6 else f"{value / 1e6:.1f} MB"
