"""Intervals and paired tests from the per-query table alone; numpy and scipy only.

Episodes drawn with replacement from one small test set make the usual interval describe the sampler, not the data
("Oops, I Sampled it Again", Lafargue et al., TMLR 2024); the clustered intervals answer "would it hold on other videos,
on other classes". Accuracies are 0..1, a half width is of a 95 % interval. Letters: r rows (one a query), g classes. Coverage of
the clustered intervals, and in which designs: tests/benchmark/test_coverage.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, stats

Labels = Sequence | NDArray


@dataclass(frozen=True)
class Estimate:
    """A mean, its standard error, and the half width of its 95 % interval (Student's t)."""

    mean: float
    error: float
    half: float
    units: int


def estimate_of(mean: float, variance: float, units: int, freedom: int) -> Estimate:
    """An estimate whose interval is Student's with ``freedom`` degrees; NaN where there are none."""
    error = float(np.sqrt(max(variance, 0.0))) if freedom > 0 and np.isfinite(variance) else float("nan")
    return Estimate(float(mean), error, float(stats.t.ppf(0.975, max(freedom, 1)) * error), units)


def codes_of(labels: Labels) -> tuple[NDArray[np.int64], int]:
    """Whole numbers from 0 for the labels, and how many there are."""
    values, codes = np.unique(np.asarray(labels), return_inverse=True)
    return codes.reshape(-1), len(values)


def over(values: Labels) -> Estimate:
    """Mean of independent values +- t * s / sqrt(n), of episodes or of trainings; no interval for a single one."""
    values = np.asarray(values, float)
    units = len(values)
    return estimate_of(values.mean(), values.var(ddof=1) / units if units > 1 else 0.0, units, units - 1)


def by_episode(correct: Labels, episode: Labels) -> Estimate:
    """Mean of the episodes' accuracies +- t * s / sqrt(n): the interval of the papers; it describes the sampler only."""
    codes, _ = codes_of(episode)
    return over(np.bincount(codes, np.asarray(correct, float)) / np.bincount(codes))


def by_cluster(values: Labels, cluster: Labels) -> Estimate:
    """Mean with the cluster-robust error: sqrt(g/(g-1) * sum_g (sum of residuals in g)^2) / n (Liang and Zeger 1986)."""
    values = np.asarray(values, float)
    codes, units = codes_of(cluster)
    sums = np.bincount(codes, values - values.mean())
    variance = units / max(units - 1, 1) * float(sums @ sums) / len(values) ** 2
    return estimate_of(values.mean(), variance, units, units - 1)


def held(row: NDArray, column: NDArray, rows: int, columns: int) -> sparse.csr_matrix:
    """Incidence: how often each of ``rows`` holds each of ``columns``."""
    return sparse.csr_matrix((np.ones(len(row)), (row, column)), (rows, columns))


def by_class(values: Labels, episode: Labels, classes: Labels) -> Estimate:
    """Mean with an error for other classes with other videos; t on classes - 1.

    A class acts on its own queries and, as a distractor, on the others of its episode. The larger of two variances: that
    clustered by the query's class, and that of a random effect of each class on whole episodes, by moments (MINQUE(0), as
    in :mod:`benchmark.video_error`). For an accuracy; the difference of two methods, where both mistakes of a pair of
    classes mostly cancel, is covered by :func:`by_cluster` alone and would be too wide here.
    """
    (episodes, count), (codes, units) = codes_of(episode), codes_of(classes)
    plain, holds = by_cluster(values, classes), held(episodes, codes, count, units)
    sums = np.bincount(episodes, np.asarray(values, float))
    z, each = sums - sums.mean(), np.asarray(holds.sum(0)).reshape(-1)
    meets = (holds.T @ holds).toarray() - np.outer(each, each) / count
    moments = [[np.vdot(meets, meets), np.trace(meets)], [np.trace(meets), count - 1]]
    shares = holds.T @ z
    found = np.linalg.lstsq(np.array(moments), np.array([shares @ shares, z @ z]), rcond=1e-10)[0]
    total = float(found @ [each @ each, count]) / len(codes) ** 2
    variance = max(total, plain.error**2) if units > 1 else 0.0
    return estimate_of(plain.mean, variance, units, units - 1)


def sign_flip(sums: Labels, generator: np.random.Generator, draws: int = 20_000) -> NDArray[np.float64]:
    """Two-sided p (...) of "each unit of ``sums`` (g ...) is as likely negative": all 2^g flips to g = 14, else ``draws``."""
    sums = np.asarray(sums, float)
    seen = abs(sums.sum(0)) - 1e-9 * (np.abs(sums).sum(0) + 1e-12)
    if exact := len(sums) <= 14:
        flips = np.arange(2 ** len(sums))[:, None] >> np.arange(len(sums)) & 1
    else:
        flips = generator.integers(0, 2, (draws, len(sums)), dtype=np.int8)
    more = (np.abs(np.tensordot(1.0 - 2 * flips, sums, 1)) >= seen).sum(0)
    return np.where(np.isfinite(seen), more / len(flips) if exact else (1 + more) / (1 + draws), np.nan)


@dataclass(frozen=True)
class Paired:
    """A method minus the reference on the same queries: class-clustered, ``p`` by sign flips over classes."""

    difference: Estimate
    p: float


def paired(
    values: Labels,
    reference: Labels,
    classes: Labels,
    manifests: tuple[str, str],
    generator: np.random.Generator,
) -> Paired:
    """Difference of two results row by row (r). Raises ValueError where the manifest hashes or the rows differ."""
    if manifests[0] != manifests[1]:
        raise ValueError(
            f"results on different episodes are not compared: manifests {manifests[0]} and {manifests[1]}"
        )
    if np.shape(values) != np.shape(reference):
        raise ValueError(f"results of {np.shape(values)} and {np.shape(reference)} rows are not compared")
    delta = np.asarray(values, float) - np.asarray(reference, float)
    codes, _ = codes_of(classes)
    return Paired(by_cluster(delta, classes), float(sign_flip(np.bincount(codes, delta), generator)))


def holm(p: Mapping[str, float]) -> dict[str, float]:
    """Holm's (1979) step-down correction: the family-wise adjusted p of each name."""
    adjusted, worst = {}, 0.0
    for rank, name in enumerate(sorted(p, key=lambda key: p[key])):
        worst = max(worst, min(1.0, (len(p) - rank) * p[name]))
        adjusted[name] = worst
    return {name: adjusted[name] for name in p}


def ranks(
    means: Mapping[str, float], p: Mapping[tuple[str, str], float], level: float = 0.05
) -> dict[str, tuple[int, int]]:
    """First and last place of each name, ties sharing them; ``p`` of the paired test by (leader, other).

    Meta-Dataset's rule (Triantafillou et al., ICLR 2020): those after the best tie with it, up to the first that the test
    tells from it; they are set aside, and the best of the rest leads the next tie.
    """
    left = sorted(means, key=lambda name: (-means[name], name))
    found: dict[str, tuple[int, int]] = {}
    while left:
        apart = (place for place, name in enumerate(left) if place and p[left[0], name] < level)
        tied = left[: next(apart, len(left))]
        found |= dict.fromkeys(tied, (len(found) + 1, len(found) + len(tied)))
        left = left[len(tied) :]
    return found


def spread(means: Labels) -> float:
    """Standard deviation over training seeds, apart from every interval above; nan for one seed."""
    means = np.asarray(means, float)
    return float(means.std(ddof=1)) if len(means) > 1 else float("nan")
