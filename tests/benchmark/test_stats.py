"""Intervals and tests against closed forms, scipy, and the truth of a simulation."""

import numpy as np
import pytest
from scipy import stats as scipy_stats

from benchmark import stats


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def test_episode_interval_is_scipys() -> None:
    correct = generator().integers(0, 2, (40, 5))
    means = correct.mean(1)
    low, high = scipy_stats.t.interval(0.95, 39, means.mean(), scipy_stats.sem(means))
    found = stats.by_episode(correct.reshape(-1), np.repeat(np.arange(40), 5))
    assert found.mean == pytest.approx(means.mean()) and found.units == 40
    assert (found.mean - found.half, found.mean + found.half) == pytest.approx((low, high))


def test_clusters_of_one_are_the_usual_standard_error() -> None:
    values = generator().normal(size=30)
    assert stats.by_cluster(values, np.arange(30)).error == pytest.approx(scipy_stats.sem(values))


def test_clustered_error_of_equal_clusters_is_that_of_their_means() -> None:
    values = generator().normal(size=(12, 7)) + generator(1).normal(size=(12, 1))
    found = stats.by_cluster(values.reshape(-1), np.repeat([f"class {c}" for c in range(12)], 7))
    assert found.error == pytest.approx(scipy_stats.sem(values.mean(1)))
    assert found.half == pytest.approx(scipy_stats.t.ppf(0.975, 11) * found.error)


def test_video_error_without_shared_videos_is_the_episodes_own() -> None:
    values, rows = generator().normal(size=60), np.arange(60)
    found = stats.by_video(values, rows, rows, 1000 + rows[:, None])
    assert found.error == pytest.approx(values.std() / np.sqrt(60))


def test_video_error_adds_query_and_support() -> None:
    # Four episodes of one query; queries a a b b, supports x y x y: pairs share a query or a support, never both.
    values = np.array([1.0, 0.0, 0.0, 0.0])
    e = values - values.mean()
    shared = (e**2).sum() + 2 * (e[0] * e[1] + e[2] * e[3] + e[0] * e[2] + e[1] * e[3])
    found = stats.by_video(
        values, np.arange(4), np.array(list("aabb")), np.array([["x"], ["y"], ["x"], ["y"]])
    )
    assert found.error == pytest.approx(np.sqrt(max(shared, (e**2).sum())) / 4)


@pytest.mark.parametrize("shots", [1, 4])
def test_video_interval_covers_the_truth(shots: int) -> None:
    """New videos of the same classes: 95 % of the intervals hold the true mean, and those over episodes do not."""
    covered, naive, rounds, videos = 0, 0, 200, 60
    for seed in range(rounds):
        draw = generator(seed)
        effect = draw.normal(0, 0.5, videos)
        query = draw.integers(0, videos, 1500)
        support = (query[:, None] + draw.integers(1, videos, (1500, shots))) % videos
        values = effect[query] + effect[support].mean(1) + draw.normal(0, 1, 1500)
        found = stats.by_video(values, np.arange(1500), query, support)
        usual = stats.by_episode(values, np.arange(1500))
        covered += abs(found.mean) <= found.half
        naive += abs(usual.mean) <= usual.half
    assert 0.89 <= covered / rounds <= 0.99
    assert naive / rounds < 0.75


def test_class_interval_covers_the_truth() -> None:
    covered = 0
    for seed in range(400):
        draw = generator(seed)
        values = draw.normal(0, 1, (10, 1)) + draw.normal(0, 1, (10, 20))
        found = stats.by_cluster(values.reshape(-1), np.repeat(np.arange(10), 20))
        covered += abs(found.mean) <= found.half
    assert 0.93 <= covered / 400 <= 0.97


def test_sign_flips_are_scipys_exact_permutation_test() -> None:
    sums = generator(3).normal(0.5, 1, 9)
    kind = {"permutation_type": "samples", "n_resamples": np.inf, "alternative": "two-sided"}
    expected = scipy_stats.permutation_test((sums, np.zeros(9)), lambda x, y: np.sum(x - y), **kind).pvalue
    assert stats.sign_flip(sums, generator()) == pytest.approx(expected)
    assert stats.sign_flip(np.ones(4), generator()) == pytest.approx(2 / 16)
    drawn = stats.sign_flip(np.r_[sums, np.zeros(9)], generator())
    assert drawn == pytest.approx(expected, abs=0.02)


def test_paired_difference_needs_the_same_episodes() -> None:
    values, classes = generator().integers(0, 2, 50), np.arange(50) % 5
    same = stats.paired(values, values, classes, ("a", "a"), generator())
    assert same.difference.mean == 0 and same.p == 1
    better = stats.paired(np.ones(50), values, classes, ("a", "a"), generator())
    assert better.difference.mean == pytest.approx(1 - values.mean()) and better.p == pytest.approx(2 / 32)
    with pytest.raises(ValueError, match="different episodes"):
        stats.paired(values, values, classes, ("a", "b"), generator())
    with pytest.raises(ValueError, match="rows"):
        stats.paired(values, values[1:], classes, ("a", "a"), generator())


def test_holm() -> None:
    found = stats.holm({"a": 0.04, "b": 0.01, "c": 0.03})
    assert found == pytest.approx({"a": 0.06, "b": 0.03, "c": 0.06})
    assert stats.holm({}) == {} and stats.holm({"a": 0.7, "b": 0.8}) == {"a": 1.0, "b": 1.0}


def test_seeds_are_apart() -> None:
    assert stats.spread([50.0, 54.0]) == pytest.approx(np.sqrt(8))
    assert np.isnan(stats.spread([50.0]))
