"""Intervals and tests against closed forms, scipy, and the truth of a simulation."""

import numpy as np
import pytest
from scipy import stats as scipy_stats

from benchmark import stats
from benchmark.video_error import Videos
from tests.benchmark.worlds import columns, episodes


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
    found = Videos(rows, np.zeros(60, int), rows, 1000 + rows[:, None]).estimate(values)
    assert found.error == pytest.approx(scipy_stats.sem(values))


def test_video_error_of_equal_blocks_is_the_analysis_of_variance() -> None:
    """Each video queried equally often, supports never seen twice: the textbook's error, by groups of one factor."""
    values = generator().normal(size=(30, 8)) + generator(1).normal(size=(30, 1))
    rows = np.arange(240)
    query = np.repeat(np.arange(30), 8)
    found = Videos(rows, np.zeros(240, int), query, 1000 + rows[:, None]).estimate(values.reshape(-1))
    assert found.error == pytest.approx(scipy_stats.sem(values.mean(1)), rel=1e-3)
    assert found.half == pytest.approx(scipy_stats.t.ppf(0.975, 269) * found.error)


def test_video_error_does_not_hold_classes_for_videos() -> None:
    """Classes of very different difficulty, all videos alike: other videos would change nothing."""
    draw = generator(5)
    support, query = episodes(draw, 16, 10, 2000, 1)
    where = columns(support, query, 10)
    values = (draw.random(len(where[0])) < 0.2 + 0.6 * (where[1] % 2)).astype(float)
    found = Videos(*where).estimate(values)
    assert found.error < 1.5 * stats.by_episode(values, where[0]).error


def test_class_error_is_never_below_that_of_the_querys_class() -> None:
    draw = generator(6)
    rows, classes, *_ = columns(*episodes(draw, 12, 4, 300, 1), 4)
    values = draw.normal(size=len(rows)) + draw.normal(size=12)[classes]
    found = stats.by_class(values, rows, classes)
    assert found.units == 12 and found.error >= stats.by_cluster(values, classes).error
    alone = stats.by_class(np.ones(20), np.arange(20), np.zeros(20))
    assert np.isnan(alone.error) and np.isnan(alone.half)


def test_class_error_sees_distractors() -> None:
    """A class that draws the queries of others to itself: clustering by the query's class alone cannot see it."""
    draw = generator(7)
    rows, classes, *_ = columns(*episodes(draw, 20, 4, 4000, 1), 4)
    lure = draw.normal(size=20)
    values = np.bincount(rows, lure[classes])[rows] - lure[classes]
    assert stats.by_class(values, rows, classes).error > 1.5 * stats.by_cluster(values, classes).error


def test_cluster_interval_covers_the_truth() -> None:
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


def test_flips_of_several_at_once_are_those_of_each() -> None:
    sums = generator(4).normal(0.3, 1, (9, 3))
    each = [float(stats.sign_flip(column, generator())) for column in sums.T]
    assert stats.sign_flip(sums, generator()) == pytest.approx(each)
    assert np.isnan(stats.sign_flip(np.r_[1.0, np.nan], generator()))


def test_ranks_share_places_until_the_test_tells_apart() -> None:
    means = {"a": 0.9, "b": 0.88, "c": 0.7, "d": 0.69, "e": 0.2}
    p = {(x, y): 1.0 for x in means for y in means}
    p |= {("a", "c"): 0.01, ("c", "e"): 0.01}  # a and d are not told apart, but c stands between them
    assert stats.ranks(means, p) == {"a": (1, 2), "b": (1, 2), "c": (3, 4), "d": (3, 4), "e": (5, 5)}
    assert stats.ranks({}, {}) == {}


def test_seeds_are_apart() -> None:
    assert stats.spread([50.0, 54.0]) == pytest.approx(np.sqrt(8))
    assert np.isnan(stats.spread([50.0]))


def test_interval_over_trainings_is_scipys() -> None:
    values = [9.9, 3.3, 33.1]
    low, high = scipy_stats.t.interval(0.95, 2, np.mean(values), scipy_stats.sem(values))
    found = stats.over(values)
    assert (found.mean - found.half, found.mean + found.half) == pytest.approx((low, high))
    assert np.isnan(stats.over([50.0]).half)
