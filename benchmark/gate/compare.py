"""Has anything changed? Exact numbers exactly; losses and predictions up to the rounding of another machine.

Predictions of fixed weights are compared query by query: the share that changed has a tolerance, and the accuracy a paired
sign-flip test over classes (:func:`benchmark.stats.paired`), which sees a small drift that goes one way.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmark import stats
from benchmark.gate.measure import Measured

#: largest share of queries whose predicted class may differ, and largest |difference| of a loss, relative to the reference's
#: (at least 1), in the first steps and in all. Measured for d2st: SSE instead of AVX2 instructions (ATEN_CPU_CAPABILITY=default,
#: MKL_CBWR=COMPATIBLE) moved the 24 losses by 2e-7 at most and changed none of 4,000 predictions.
CHANGED, FIRST, FIRST_LOSS, LOSS = 0.005, 6, 2e-5, 0.001
#: by how much a query's margin (its logit above the best other) may move; there it was 3e-6. Some queries, as many as CHANGED,
#: may move further.
MARGIN = 0.0001
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was."""

    case: str
    what: str
    reference: str
    now: str
    allowed: str


def compare(case: str, reference: Measured, now: Measured) -> list[Finding]:
    """All findings of a case; none: nothing changed."""
    found = _exact(case, reference.numbers["exact"], now.numbers["exact"])
    found += _losses(case, reference.numbers["losses"], now.numbers["losses"])
    for name in sorted(reference.tables.keys() | now.tables.keys()):
        if name not in reference.tables or name not in now.tables:
            here, there = ("yes" if name in measured.tables else "no" for measured in (reference, now))
            found.append(Finding(case, f"tested {name}", here, there, "the same"))
        elif reference.numbers["exact"].get(f"episodes {name}") == now.numbers["exact"].get(
            f"episodes {name}"
        ):
            found += _predictions(case, name, reference.tables[name], now.tables[name])
    return found


def _exact(case: str, reference: dict[str, object], now: dict[str, object]) -> list[Finding]:
    return [
        Finding(case, name, _short(reference.get(name)), _short(now.get(name)), "the same")
        for name in dict.fromkeys([*reference, *now])
        if reference.get(name) != now.get(name)
    ]


def _short(value: object) -> str:
    text = "-" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
    return text if len(text) <= 24 else f"{text[:12]}..."


def _losses(case: str, reference: list[float], now: list[float]) -> list[Finding]:
    if len(reference) != len(now):
        return [Finding(case, "training steps", str(len(reference)), str(len(now)), "the same")]
    if not reference:
        return []
    there, here = np.asarray(reference), np.asarray(now)
    off = np.abs(here - there) / np.maximum(np.abs(there), 1)
    found = []
    for what, steps, allowed in (("first losses", FIRST, FIRST_LOSS), ("losses", len(off), LOSS)):
        worst = int(np.argmax(np.where(np.isnan(off[:steps]), np.inf, off[:steps])))
        if not off[worst] <= allowed:
            name = f"{what}: step {worst + 1}"
            found.append(Finding(case, name, f"{there[worst]:.4f}", f"{here[worst]:.4f}", f"{allowed:.1g}"))
    return found


def _predictions(case: str, name: str, reference: pd.DataFrame, now: pd.DataFrame) -> list[Finding]:
    keys = ["episode", "query_video", "class"]
    joined = reference.merge(now, on=keys, suffixes=("", "_now"), validate="one_to_one")
    if not len(joined) == len(reference) == len(now):
        return [Finding(case, f"{name}: queries", f"{len(reference):,}", f"{len(now):,}", "the same")]
    was, is_ = (
        joined[column].astype(str).to_numpy() == joined["class"].astype(str).to_numpy()
        for column in ("predicted", "predicted_now")
    )
    found = []
    moved = ~((joined["margin_now"] - joined["margin"]).abs() <= MARGIN)
    if not moved.mean() <= CHANGED:
        typical = float((joined["margin_now"] - joined["margin"]).abs().median())
        now_text = f"{moved.mean():.1%} moved, median {typical:.2g}"
        found.append(Finding(case, f"{name}: margins", "-", now_text, f"{CHANGED:.1%} by {MARGIN}"))
    changed = float((joined["predicted"].astype(str) != joined["predicted_now"].astype(str)).mean())
    generator = np.random.Generator(np.random.PCG64(0))
    test = stats.paired(is_, was, joined["class"].astype(str), ("", ""), generator)
    if changed <= CHANGED and test.p >= SIGNIFICANT:
        return found
    now_text = f"{100 * is_.mean():.1f} %, {changed:.1%} changed, p {test.p:.3f}"
    allowed = f"{CHANGED:.1%} changed, p >= {SIGNIFICANT}"
    return [*found, Finding(case, f"{name}: predictions", f"{100 * was.mean():.1f} %", now_text, allowed)]
