"""Methods side by side on the same queries: paired differences, the reference's column, ranks with ties."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd

from benchmark import stats, style
from benchmark.store import Record

COLUMNS = ["method", "reference", "difference", "half", "by_seed", "p", "p_holm"]


def joined(
    group: Iterable[Record], tables: Mapping[str, pd.DataFrame], column: str = "correct"
) -> np.ndarray:
    """Correctness of each query (r), the mean over training seeds."""
    return np.mean([tables[r["asked"]["cell"]][column].to_numpy(float) for r in group], axis=0)


def differences(methods: Mapping[str, Sequence[Record]], tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Each pair once, the better known method minus the other, in points; Holm's correction over all pairs.

    Only training seeds that both have are compared, unless there is none; ``by_seed`` is the difference within each.

    Raises ValueError where two were tested on different episodes (manifest hashes).
    """
    found = []
    for name, other in combinations(style.order(methods), 2):
        one, two, seeds = of_common_seeds(methods[name], methods[other])
        result = stats.paired(
            joined(one, tables),
            joined(two, tables),
            tables[one[0]["asked"]["cell"]]["class"].cat.codes,
            (one[0]["where"]["manifest"], two[0]["where"]["manifest"]),
            np.random.Generator(np.random.PCG64(0)),
        )
        minus = 100 * result.difference.mean, 100 * result.difference.half, _by_seed(one, two, seeds, tables)
        found.append((name, other, *minus, result.p))
    frame = pd.DataFrame(found, columns=COLUMNS[:-1])
    corrected = stats.holm({str(index): p for index, p in enumerate(frame.p)})
    return frame.assign(p_holm=list(corrected.values()))


def of_common_seeds(
    one: Sequence[Record], two: Sequence[Record]
) -> tuple[list[Record], list[Record], set[int]]:
    """The records of both with the training seeds that both have, and these; where there is none, all records."""
    seeds = {r["asked"]["seed"] for r in one} & {r["asked"]["seed"] for r in two}
    left, right = ([r for r in group if r["asked"]["seed"] in seeds or not seeds] for group in (one, two))
    return left, right, seeds


def _by_seed(
    one: Sequence[Record], two: Sequence[Record], seeds: set[int], tables: Mapping[str, pd.DataFrame]
) -> tuple[float, ...]:
    means = [
        {r["asked"]["seed"]: 100 * float(tables[r["asked"]["cell"]]["correct"].mean()) for r in group}
        for group in (one, two)
    ]
    return tuple(means[0][seed] - means[1][seed] for seed in sorted(seeds))


def over_trainings(by_seed: Sequence[float]) -> stats.Estimate | None:
    """The mean of differences within seeds and its interval over trainings; None for fewer than three, which make none of use."""
    return stats.over(by_seed) if len(by_seed) > 2 else None


class Minus(NamedTuple):
    """A method's accuracy minus the reference's, in points, half the 95 % interval of that over classes, the same within
    each seed, and the p value."""

    difference: float
    half: float
    by_seed: tuple[float, ...]
    p: float

    @property
    def seeds(self) -> str:
        """``+8.1, +3.2, -1.0 (± 11.3)``: the interval of their mean over trainings from three seeds on; a dash for one seed."""
        told = ", ".join(f"{value:+.1f}" for value in self.by_seed)
        if (mean := over_trainings(self.by_seed)) is not None:
            told += f" (± {mean.half:.1f})"
        return told if len(self.by_seed) > 1 else "-"


def against(pairs: pd.DataFrame, reference: str) -> dict[str, Minus]:
    """Every other method minus ``reference``, from :func:`differences`."""
    found = {}
    for item in pairs.itertuples():
        if item.reference == reference:
            found[str(item.method)] = Minus(item.difference, item.half, item.by_seed, item.p)
        elif item.method == reference:
            found[str(item.reference)] = Minus(
                -item.difference, item.half, tuple(-value for value in item.by_seed), item.p
            )
    return found


def fill_in(rows: pd.DataFrame, family: pd.DataFrame, pairs: pd.DataFrame, reference: str) -> None:
    """Write ``difference`` from the reference, ``by_seed``, ``p``, ``p_holm`` (over the methods of one column) and ``rank``."""
    done = family[family.status == "ok"]
    p = {
        key: item.p
        for item in pairs.itertuples()
        for key in ((item.method, item.reference), (item.reference, item.method))
    }
    found = stats.ranks(dict(zip(done.method, done.accuracy, strict=True)), p)
    for index, method in done.method.items():
        first, last = found[method]
        rows.loc[index, "rank"] = str(first) if first == last else f"{first}-{last}"
    index_of = {method: index for index, method in done.method.items()}
    minus = against(pairs, reference)
    for method, p_holm in stats.holm({method: item.p for method, item in minus.items()}).items():
        one = minus[method]
        told = [one.difference, one.half, one.p, p_holm]
        rows.loc[index_of[method], ["difference", "half_difference", "p", "p_holm"]] = told
        rows.loc[index_of[method], "by_seed"] = one.seeds
