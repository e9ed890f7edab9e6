"""How far accuracies lie apart, and how alike they order the methods: two seeds of one machine, two machines with one seed."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import kendalltau

from benchmark.ledger import machine
from benchmark.store import Record


def accuracy(record: Record) -> float:
    """In per cent."""
    return round(float(record["happened"]["accuracy"]), 4)


def seeds_here(records: Iterable[Record]) -> dict[tuple, dict[int, float]]:
    """Accuracy by seed of all that is alike but for the seed: what was asked, code and machine."""
    found: dict[tuple, dict[int, float]] = {}
    for record in records:
        found.setdefault(but_the_seed(record), {})[record["asked"]["seed"]] = accuracy(record)
    return found


def but_the_seed(record: Record) -> tuple:
    """What results of several seeds share."""
    left = {"cell", "job", "seed", "command", "config", "identity"}
    asked = sorted((name, value) for name, value in record["asked"].items() if name not in left)
    return (*asked, record["where"]["code"], machine(record))


def apart(seeds: Mapping[int, float]) -> float:
    """Mean distance of two seeds; NaN for one."""
    distances = [abs(one - two) for one, two in combinations(seeds.values(), 2)]
    return float(np.mean(distances)) if distances else float("nan")


def tau_of_machines(part: pd.DataFrame) -> float:
    """Kendall's tau of the order of methods here and there, mean over seeds; NaN for fewer than three methods."""
    return _mean_tau((one.accuracy, one.accuracy_again) for _, one in part.groupby("seed"))


def tau_of_seeds(part: pd.DataFrame) -> float:
    """The same of two seeds here, over the methods that have both."""
    wide = pd.DataFrame(dict(zip(part.method, part.seeds)))
    return _mean_tau((wide.loc[one], wide.loc[two]) for one, two in combinations(wide.index, 2))


def tau(one: pd.Series, other: pd.Series) -> float | None:
    """Kendall's tau of two orders of what both have, by index; None for fewer than three, NaN where one has no order."""
    both = one.dropna().index.intersection(other.dropna().index)
    return float(kendalltau(one[both], other[both]).statistic) if len(both) >= 3 else None


def _mean_tau(pairs: Iterator[tuple[pd.Series, pd.Series]]) -> float:
    found = [one for one in (tau(*pair) for pair in pairs) if one is not None]
    return float(np.mean(found)) if found else float("nan")
