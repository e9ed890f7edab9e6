"""How far the ratios of two measurements of the same cost differ: would the table be the same if it were measured again?"""

from typing import Any

import pandas as pd

from benchmark import cost_table
from benchmark.cost_table import COSTS, Item
from d2st.errors import UserError

SAME = ("trunk", "batch", "device", "precision", "compile", "frames", "size")


def compare(one: Item, other: Item) -> pd.DataFrame:
    """A row a method and cost: ``first`` and ``second`` ratio to the frozen trunk, ``difference`` in percent of the first.

    Raises:
        UserError: the two are of different machines or of different things, or have no method in common.
    """
    if cost_table.machine(one) != cost_table.machine(other):
        raise UserError(
            f"the two were measured on different machines ({cost_table.machine(one)}; {cost_table.machine(other)}): "
            "their figures are not compared, measure both on one"
        )
    for key in SAME:
        if one.get(key) != other.get(key):
            told = f"{key} {one.get(key)} and {other.get(key)}"
            raise UserError(f"the two did not measure the same ({told}): give both the same arguments")
    first, second = (cost_table.frame(item).set_index("method") for item in (one, other))
    rows: list[dict[str, Any]] = []
    for method in first.index.intersection(second.index, sort=False):
        for name in COSTS:
            mine, theirs = (table.loc[method, f"{name}_ratio"] for table in (first, second))
            if method != "frozen" and pd.notna(mine) and pd.notna(theirs):
                difference = 0.0 if mine == theirs else 100 * (theirs / mine - 1)
                rows.append(
                    {
                        "method": method,
                        "cost": name,
                        "first": mine,
                        "second": theirs,
                        "difference": difference,
                    }
                )
    if not rows:
        raise UserError("the two have no ratio in common: measure the same methods in both")
    return pd.DataFrame(rows)


def table(found: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Differences in percent, a row a method, a column a kind of cost; costs that never differ are left out."""
    wide = found.pivot(index="method", columns="cost", values="difference")
    costs = [name for name in COSTS if name in wide and wide[name].abs().max() > 0]
    names = cost_table.style.order(wide.index)
    lines = [
        [cost_table.style.title(name), *("-" if pd.isna(v) else f"{v:+.1f}" for v in wide.loc[name, costs])]
        for name in names
    ]
    return ["method", *(name.replace("_", " ") + " (%)" for name in costs)], lines


def verdict(found: pd.DataFrame, one: Item, other: Item, limit: float) -> str:
    """One sentence: how many ratios, how far they differ, and where most."""
    size = found.difference.abs()
    worst = found.loc[size.idxmax()]
    commits = {item["where"]["commit"][:12] for item in (one, other)}
    told = f"; commits {' and '.join(sorted(commits))}" if len(commits) > 1 else ""
    return (
        f"Measured twice, the {len(found)} ratios to the frozen trunk differ by {size.median():.1f} % (median) and at most "
        f"{size.max():.1f} % ({worst.cost.replace('_', ' ')} of {cost_table.style.title(worst.method)}); "
        f"{int((size > limit).sum())} by more than {limit:g} %{told}."
    )
