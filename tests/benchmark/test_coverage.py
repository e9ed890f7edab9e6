"""Do 95 % intervals hold the truth 95 times in 100? Episodes, videos and classes drawn anew, many times over."""

import numpy as np
import pytest

from benchmark import stats
from benchmark.video_error import Videos
from tests.benchmark.worlds import World, columns, correct, episodes


def videos_anew(
    classes: int, each: int, number: int, shot: int, scatter: float, rounds: int
) -> tuple[float, float, float]:
    """Over new videos of the same classes: coverage by ``Videos``, by ``by_episode``; ratio of error to truth."""
    draw = np.random.Generator(np.random.PCG64(1))
    world, found, naive = World(draw, classes, scatter), [], []
    truth = np.mean([
        correct(world.videos(draw, 400)[0], *episodes(draw, classes, 400, 10_000, shot)).mean() for _ in range(12)
    ])  # fmt: skip
    for _ in range(rounds):
        chosen = episodes(draw, classes, each, number, shot)
        values = correct(world.videos(draw, each)[0], *chosen).reshape(-1)
        where = columns(*chosen, each)
        found.append(Videos(*where).estimate(values))
        naive.append(stats.by_episode(values, where[0]))
    spread = np.sqrt(np.mean([(e.mean - truth) ** 2 for e in found]))
    size = float(np.sqrt(np.mean([e.error**2 for e in found])) / spread)
    return *(float(np.mean([abs(e.mean - truth) <= e.half for e in es])) for es in (found, naive)), size


def classes_anew(
    classes: int, each: int, number: int, shot: int, scatter: float, rounds: int
) -> tuple[float, float, float, float]:
    """Over new classes: coverage by ``by_class``, for an accuracy and for a difference of two equally good methods;
    how often the sign-flip test calls that difference real at 5 %; coverage by ``by_episode``."""
    draw = np.random.Generator(np.random.PCG64(2))
    single, naive, pairs, p = [], [], [], []
    for _ in range(rounds):
        x = World(draw, classes, scatter).videos(draw, each, (0.7, 0.7))
        chosen = episodes(draw, classes, each, number, shot)
        one, two = (correct(seen, *chosen).reshape(-1) for seen in x)
        rows, group, *_ = columns(*chosen, each)
        single.append(stats.by_class(one, rows, group))
        naive.append(stats.by_episode(one, rows))
        test = stats.paired(one, two, group, ("", ""), draw)
        pairs.append(test.difference)
        p.append(test.p)
    truth = np.mean([e.mean for e in single])
    covered = [
        np.mean([abs(e.mean - t) <= e.half for e in es])
        for es, t in ((single, truth), (pairs, 0), (naive, truth))
    ]
    return float(covered[0]), float(covered[1]), float(np.mean(np.array(p) < 0.05)), float(covered[2])


def test_interval_over_videos() -> None:
    covered, naive, size = videos_anew(16, 20, 1000, 1, 1.6, rounds=500)
    assert 0.93 <= covered <= 0.97 and 0.9 < size < 1.12
    assert naive < 0.75


def test_interval_and_test_over_classes() -> None:
    covered, pairs, called, naive = classes_anew(16, 20, 1000, 1, 1.6, rounds=300)
    assert 0.93 <= covered <= 0.97 and 0.93 <= pairs <= 0.97 and 0.03 <= called <= 0.07
    assert naive < 0.75


@pytest.mark.slow
@pytest.mark.parametrize(
    ("classes", "each", "number", "shot"), [(24, 20, 1000, 1), (16, 60, 3000, 1), (16, 20, 1000, 5)]
)
def test_interval_over_videos_in_other_designs(classes: int, each: int, number: int, shot: int) -> None:
    covered, _, size = videos_anew(classes, each, number, shot, 1.6 if shot == 1 else 2.5, rounds=800)
    assert 0.93 <= covered <= 0.97 and 0.9 < size < 1.12


@pytest.mark.slow
@pytest.mark.parametrize(("classes", "each", "number", "shot"), [(24, 30, 3000, 1), (16, 20, 2000, 5)])
def test_interval_over_classes_in_other_designs(classes: int, each: int, number: int, shot: int) -> None:
    covered, pairs, called, _ = classes_anew(
        classes, each, number, shot, 1.6 if shot == 1 else 2.5, rounds=1000
    )
    assert 0.93 <= covered <= 0.97 and 0.93 <= pairs <= 0.97 and 0.03 <= called <= 0.07
