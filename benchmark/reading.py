"""What a method reads of ``motion``: which change a test video shows, and in which order, given the change."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from benchmark.pairing import in_common, joined
from benchmark.summary import Setting, by_method

Place = tuple[str, str, str, int]


def changes() -> dict[str, str]:
    """Test class -> change."""
    from d2st.data.embedded.motion import CHANGES

    return {name: next(iter(one.courses)) for one in CHANGES["test"] for name in one.courses}


def reading(setting: Setting, place: Place) -> pd.DataFrame:
    """Per method at ``place`` (trunk, head, dataset, shot), in per cent: queries given to a class of the right change, of these
    the right class, what is right of them by drawing lots among the episode's classes of that change, accuracy by change."""
    change, found = changes(), []
    for method, records in by_method(setting, place).items():
        for record in records:
            table = setting.tables[record["asked"]["cell"]]
            true, guessed = (table[name].astype(str).map(change) for name in ("class", "predicted"))
            right, correct = (true == guessed).to_numpy(), table["correct"].to_numpy(float)
            rivals = table["class"].astype(str).groupby([table["episode"], true]).transform("nunique")
            by_change = (100 * table["correct"].groupby(true).mean()).to_dict()
            order, lots = (
                100 * values[right].mean() if right.any() else np.nan
                for values in (correct, 1 / rivals.to_numpy(float))
            )
            found.append({"method": method, "right change": 100 * right.mean(),
                          "right order, given the change": order, "by lot": lots, **by_change})  # fmt: skip
    return pd.DataFrame(found).groupby("method", sort=False).mean()


def of_one_sign(setting: Setting, place: Place, pairs: Iterable[tuple[str, str]]) -> int | None:
    """How many of ``pairs`` (two methods) differ in one direction in every change; None: the classes are of no known change."""
    known, change, count = by_method(setting, place), changes(), 0
    for pair in pairs:
        one, two, _ = in_common(*(known[name] for name in pair))
        true = setting.tables[one[0]["asked"]["cell"]]["class"].astype(str).map(change)
        ahead = joined(one, setting.tables) - joined(two, setting.tables)
        by_change = pd.Series(ahead).groupby(true.to_numpy()).mean()
        if by_change.empty:
            return None
        count += len(set(np.sign(by_change))) == 1
    return count
