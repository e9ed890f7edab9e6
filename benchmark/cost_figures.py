"""From seconds of interleaved rounds to figures: median, quartiles, and the ratio to the frozen trunk in the same round."""

from typing import Any

import numpy as np

from benchmark.cost_encoders import REFERENCE
from benchmark.cost_turns import PARTS, Seconds

Figure = dict[str, float]


def figure(values: Any, reference: Any = None) -> Figure:
    """Median and quartiles of ``values`` (a number a round), and the median of the ratios to ``reference`` within each round."""
    mine = np.asarray(values, float)
    low, median, high = (float(np.quantile(mine, part)) for part in (0.25, 0.5, 0.75))
    found = {"value": median, "low": low, "high": high}
    return found if reference is None else {**found, "ratio": float(np.median(mine / np.asarray(reference)))}


def exact(value: float, reference: float) -> Figure:
    """A figure that is the same in every round."""
    return {
        "value": value,
        "low": value,
        "high": value,
        **({"ratio": value / reference} if reference else {}),
    }


def throughput(seconds: Seconds, batch: int) -> dict[str, dict[str, float]]:
    """``clips_per_second, low, high, ratio`` at ``batch`` by method, of those that can take it."""
    key, rates = f"pass {batch}", {}
    for name, mine in seconds.items():
        if key in mine:
            rates[name] = batch / np.asarray(mine[key])
    found = {name: figure(rate, rates[REFERENCE]) for name, rate in rates.items() if REFERENCE in rates}
    return {name: {"clips_per_second": item.pop("value"), **item} for name, item in found.items()}


def sweep(seconds: Seconds) -> dict[str, list[dict[str, float]]]:
    """Throughput by method at every batch that was tried, the smallest first."""
    batches = sorted({int(key[5:]) for mine in seconds.values() for key in mine if key.startswith("pass ")})
    found: dict[str, list[dict[str, float]]] = {name: [] for name in seconds}
    for batch in batches:
        for name, item in throughput(seconds, batch).items():
            found[name].append({"batch": batch, **item})
    return found


def peak(seconds: Seconds, method: str) -> tuple[int, Figure]:
    """The batch with the highest median throughput, and that throughput; its ratio is to the frozen trunk's own peak."""
    best = {}
    for name in (method, REFERENCE):
        rates = {
            int(key[5:]): int(key[5:]) / np.asarray(values)
            for key, values in seconds[name].items()
            if key.startswith("pass ")
        }
        batch = max(rates, key=lambda size: float(np.median(rates[size])))
        best[name] = batch, rates[batch]
    return best[method][0], figure(best[method][1], best[REFERENCE][1])


def times(seconds: Seconds, method: str, batch: int) -> dict[str, Figure]:
    """Latency of one clip, throughput at the common batch and at the best one, and the training step with its parts.

    Steps are compared with the frozen trunk's forward pass at the same batch: it has no step of its own.
    """
    mine, frozen = seconds[method], seconds[REFERENCE]
    found = {}
    if "pass 1" in mine:
        found["latency"] = figure(mine["pass 1"], frozen["pass 1"])
    key = f"pass {batch}"
    if key in mine:
        rates = (batch / np.asarray(each[key]) for each in (mine, frozen))
        found["throughput"] = figure(*rates)
    found["peak_throughput"] = peak(seconds, method)[1]
    for part in ("step", *PARTS):
        if part in mine:
            found[part] = figure(mine[part], frozen[key])
    return found
