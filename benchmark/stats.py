"""Intervals and paired tests from the per-query table alone; numpy and scipy only.

Episodes drawn with replacement from one small test set make the usual interval describe the sampler, not the data
("Oops, I Sampled it Again", Lafargue et al., TMLR 2024); the clustered intervals answer "would it hold on other videos,
on other classes". Every function takes accuracies in 0..1 and returns them so; a half width is of a 95 % interval.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats


@dataclass(frozen=True)
class Estimate:
    """A mean, its standard error, and the half width of its 95 % interval (Student's t on ``units - 1``)."""

    mean: float
    error: float
    half: float
    units: int


def _estimate(mean: float, variance: float, units: int) -> Estimate:
    error = float(np.sqrt(max(variance, 0.0)))
    half = float(stats.t.ppf(0.975, units - 1) * error) if units > 1 else float("nan")
    return Estimate(float(mean), error if units > 1 else float("nan"), half, units)


def _codes(labels: Sequence | NDArray) -> tuple[NDArray[np.int64], int]:
    values, codes = np.unique(np.asarray(labels), return_inverse=True)
    return codes.reshape(-1), len(values)


def by_episode(correct: Sequence | NDArray, episode: Sequence | NDArray) -> Estimate:
    """Mean of the episodes' accuracies +- t * s / sqrt(n): the interval of the papers; it describes the sampler only."""
    codes, units = _codes(episode)
    means = np.bincount(codes, np.asarray(correct, float)) / np.bincount(codes)
    return _estimate(means.mean(), means.var(ddof=1) / units if units > 1 else 0.0, units)


def by_cluster(values: Sequence | NDArray, cluster: Sequence | NDArray) -> Estimate:
    """Mean with the cluster-robust error: sqrt(g/(g-1) * sum_g (sum of residuals in g)^2) / n (Liang and Zeger 1986)."""
    values = np.asarray(values, float)
    codes, units = _codes(cluster)
    sums = np.bincount(codes, values - values.mean())
    variance = units / max(units - 1, 1) * float(sums @ sums) / len(values) ** 2
    return _estimate(values.mean(), variance, units)


def by_video(
    values: Sequence | NDArray, episode: Sequence | NDArray, query: Sequence | NDArray, support: NDArray
) -> Estimate:
    """Mean with an error for other videos of the same classes: two rows covary once per video that they share.

    ``values`` (r) one row a query, ``query`` (r) its video, ``support`` (r s) the videos of its episode's support set,
    as names or numbers. First-order (Hajek) variance: each video's residuals in every role are summed and squared;
    pairs of rows within one episode, which share all s support videos, count once. Never below the episode's own.
    """
    values, support = np.asarray(values, float), np.asarray(support)
    residual, rows = values - values.mean(), len(values)
    episodes, count = _codes(episode)
    first = np.unique(episodes, return_index=True)[1]
    videos, total = _codes(np.concatenate([np.asarray(query).reshape(-1), support[first].reshape(-1)]))
    shown = videos[rows:].reshape(count, -1)
    per_episode = np.bincount(episodes, residual, count)
    in_role = np.bincount(videos[:rows], residual, total)
    in_role += np.bincount(shown.reshape(-1), np.repeat(per_episode, shown.shape[1]), total)
    within = float(per_episode @ per_episode)
    raw = float(in_role @ in_role) - (shown.shape[1] - 1) * within - float(residual @ residual)
    return _estimate(values.mean(), max(raw, within) / rows**2, total)


def sign_flip(sums: Sequence | NDArray, generator: np.random.Generator, draws: int = 20_000) -> float:
    """Two-sided p of "each cluster's sum is as likely negative": all 2^g flips up to g = 14, else ``draws`` of them."""
    sums = np.asarray(sums, float)
    seen = abs(sums.sum()) - 1e-9 * (np.abs(sums).sum() + 1e-12)
    if len(sums) <= 14:
        bits = np.arange(2 ** len(sums))[:, None] >> np.arange(len(sums)) & 1
        return float((np.abs((1 - 2 * bits) @ sums) >= seen).mean())
    flips = generator.integers(0, 2, (draws, len(sums)), dtype=np.int8)
    return float((1 + (np.abs((1 - 2 * flips) @ sums) >= seen).sum()) / (1 + draws))


@dataclass(frozen=True)
class Paired:
    """A method minus the reference on the same queries: class-clustered, ``p`` by sign flips over classes."""

    difference: Estimate
    p: float


def paired(
    values: Sequence | NDArray,
    reference: Sequence | NDArray,
    classes: Sequence | NDArray,
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
    codes, _ = _codes(classes)
    return Paired(by_cluster(delta, classes), sign_flip(np.bincount(codes, delta), generator))


def holm(p: Mapping[str, float]) -> dict[str, float]:
    """Holm's (1979) step-down correction: the family-wise adjusted p of each name."""
    adjusted, worst = {}, 0.0
    for rank, name in enumerate(sorted(p, key=lambda key: p[key])):
        worst = max(worst, min(1.0, (len(p) - rank) * p[name]))
        adjusted[name] = worst
    return {name: adjusted[name] for name in p}


def spread(means: Sequence | NDArray) -> float:
    """Standard deviation over training seeds, apart from every interval above; nan for one seed."""
    means = np.asarray(means, float)
    return float(means.std(ddof=1)) if len(means) > 1 else float("nan")
