"""The table of costs of the page, from :mod:`benchmark.cost_table`."""

import pandas as pd

from benchmark import cost_table, tables
from benchmark.cells import Cell, Line, Sheet

COSTS = {  # label, and how a figure is written
    "tunable_parameters": ("tunable parameters", tables.count),
    "total_parameters": ("total parameters", tables.count),
    "checkpoint_bytes": ("checkpoint", cost_table.size),
    "flops": ("GFLOPs a clip", lambda value: f"{value / 1e9:.3g}"),
    "latency": ("latency of a clip (ms)", cost_table.milliseconds),
    "throughput": ("clips/s, common batch", tables.rate),
    "peak_throughput": ("clips/s, best batch", tables.rate),
    "step": ("training step (ms)", cost_table.milliseconds),
    "forward": ("forward (ms)", cost_table.milliseconds),
    "backward": ("backward (ms)", cost_table.milliseconds),
    "optimizer": ("optimizer (ms)", cost_table.milliseconds),
    "inference_memory": ("memory of inference (MB)", cost_table.megabytes),
    "training_memory": ("memory of training (MB)", cost_table.megabytes),
}


def cost(frame: pd.DataFrame) -> Sheet:
    """What was measured of :data:`benchmark.cost_table.COSTS`, a line a method, with ratios to the frozen trunk."""
    names = [name for name in cost_table.COSTS if frame[name].notna().any()]
    header = [
        ("method", ""),
        *((COSTS[name][0], "median, quartiles; in brackets: x frozen trunk") for name in names),
    ]
    lines = []
    for place, item in frame.iterrows():
        cells = [Cell(item["title"], place)]
        for name in names:
            value, ratio = item[name], item[f"{name}_ratio"]
            low, high = item[f"{name}_low"], item[f"{name}_high"]
            ends = f"{COSTS[name][1](low)}\N{EN DASH}{COSTS[name][1](high)} " if pd.notna(low) else ""
            note = ends + (f"({ratio:.2f}x)" if pd.notna(ratio) else "")
            cells.append(Cell(COSTS[name][1](value), float(value), note) if pd.notna(value) else Cell("-"))
        lines.append(Line(item["method"], cells))
    return Sheet(header, lines)
