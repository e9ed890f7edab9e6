"""What a method reads of ``motion``: which change a test video shows, and in which order, given the change."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from benchmark.pairing import joined, of_common_seeds
from benchmark.summary import Setting, by_method

Place = tuple[str, str, str, int]


def changes() -> dict[str, str]:
    """Test class -> change."""
    from d2st.data.embedded.motion import CHANGES

    return {name: next(iter(one.courses)) for one in CHANGES["test"] for name in one.courses}


def _queries(setting: Setting, place: Place) -> pd.DataFrame:
    """``episode``, ``class`` and ``change`` of each query at ``place``, the same for every method and seed; no change of a
    class that is of none."""
    record = next(iter(by_method(setting, place).values()))[0]
    table = setting.tables[record["asked"]["cell"]][["episode", "class"]]
    return table.assign(change=table["class"].astype(str).map(changes()))


def reading(setting: Setting, place: Place) -> pd.DataFrame:
    """Per method at ``place`` (trunk, head, dataset, shot), in per cent: queries given to a class of the right change, of these
    the right class, what is right of them by drawing lots among the episode's classes of that change, accuracy by change."""
    queries, change, found = _queries(setting, place), changes(), []
    true = queries.change
    by_lot = (1 / queries.groupby(["episode", true])["class"].transform("nunique")).to_numpy()
    for method, records in by_method(setting, place).items():
        for record in records:
            table = setting.tables[record["asked"]["cell"]]
            right = (true == table["predicted"].astype(str).map(change)).to_numpy()
            order, lots = (
                100 * values[right].mean() if right.any() else np.nan
                for values in (table["correct"].to_numpy(float), by_lot)
            )
            by_change = (100 * table["correct"].groupby(true).mean()).to_dict()
            found.append({"method": method, "right change": 100 * right.mean(),
                          "right order, given the change": order, "by lot": lots, **by_change})  # fmt: skip
    return pd.DataFrame(found).groupby("method", sort=False).mean()


def of_one_sign(setting: Setting, place: Place, pairs: Iterable[tuple[str, str]]) -> int | None:
    """How many of ``pairs`` (two methods) differ in one direction in every change; None: the classes are of no known change."""
    known, true, count = by_method(setting, place), _queries(setting, place).change, 0
    if true.isna().all():
        return None
    for pair in pairs:
        one, two, _ = of_common_seeds(*(known[name] for name in pair))
        ahead = pd.Series(joined(one, setting.tables) - joined(two, setting.tables))
        count += len(set(np.sign(ahead.groupby(true).mean()))) == 1
    return count
