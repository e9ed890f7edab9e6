"""Frame indices of the ``paper`` protocol, against numbers worked out by hand from facts 2.2 for three lengths a data set."""

import numpy as np
import pytest

from d2st import UserError
from d2st.data.official_frames import OfficialSample
from d2st.recipes import branch

# Segments (SSv2-Full, SSv2-Small, HMDB51, UCF101): d = L // 8 frames each, starting at 0, d, 2d, ... 7d; the last L mod 8 frames
# are never seen. (dataset, L): (d, first possible frames, last possible frames).
SEGMENTS = {
    # 45 = 8 * 5 + 5: segments of 5 frames, frames 40 to 44 unseen
    ("ssv2", 45): ([0, 5, 10, 15, 20, 25, 30, 35], [4, 9, 14, 19, 24, 29, 34, 39]),
    # 30 = 8 * 3 + 6: segments of 3, frames 24 to 29 unseen
    ("ssv2", 30): ([0, 3, 6, 9, 12, 15, 18, 21], [2, 5, 8, 11, 14, 17, 20, 23]),
    # 8 = 8 * 1: every frame, no choice
    ("ssv2", 8): ([0, 1, 2, 3, 4, 5, 6, 7], [0, 1, 2, 3, 4, 5, 6, 7]),
    # 64 = 8 * 8: nothing unseen
    ("ssv2_small", 64): ([0, 8, 16, 24, 32, 40, 48, 56], [7, 15, 23, 31, 39, 47, 55, 63]),
    # 37 = 8 * 4 + 5: frames 32 to 36 unseen
    ("ssv2_small", 37): ([0, 4, 8, 12, 16, 20, 24, 28], [3, 7, 11, 15, 19, 23, 27, 31]),
    # 15 = 8 * 1 + 7: only the first 8 of 15 frames are ever seen
    ("ssv2_small", 15): ([0, 1, 2, 3, 4, 5, 6, 7], [0, 1, 2, 3, 4, 5, 6, 7]),
    # 93 = 8 * 11 + 5: frames 88 to 92 unseen
    ("hmdb51", 93): ([0, 11, 22, 33, 44, 55, 66, 77], [10, 21, 32, 43, 54, 65, 76, 87]),
    # 20 = 8 * 2 + 4
    ("hmdb51", 20): ([0, 2, 4, 6, 8, 10, 12, 14], [1, 3, 5, 7, 9, 11, 13, 15]),
    # 400 = 8 * 50
    ("hmdb51", 400): ([0, 50, 100, 150, 200, 250, 300, 350], [49, 99, 149, 199, 249, 299, 349, 399]),
    # 183 = 8 * 22 + 7: frames 176 to 182 unseen
    ("ucf101", 183): ([0, 22, 44, 66, 88, 110, 132, 154], [21, 43, 65, 87, 109, 131, 153, 175]),
    # 29 = 8 * 3 + 5
    ("ucf101", 29): ([0, 3, 6, 9, 12, 15, 18, 21], [2, 5, 8, 11, 14, 17, 20, 23]),
    # 1776 = 8 * 222
    ("ucf101", 1776): (
        [0, 222, 444, 666, 888, 1110, 1332, 1554],
        [221, 443, 665, 887, 1109, 1331, 1553, 1775],
    ),
}

# Interval (Kinetics): window = 8 * 35 * rate / 12 frames, or (L // 8) * 8 if that is longer than the clip; in the middle at test.
# Frames: start + i * (window - 35) / 7, rounded down. (L, rate): (at test, starting at 0, starting as late as possible).
INTERVAL = {
    # 8*35*30/12 = 700 > 300 -> 296; 300-296+1 = 5 -> start 2.5; step (296-35)/7 = 37.2857:
    # 2.5 39.79 77.07 114.36 151.64 188.93 226.21 263.5 | 0 37.29 74.57 111.86 149.14 186.43 223.71 261 | 5 42.29 ... 266
    (300, 30.0): (
        [2, 39, 77, 114, 151, 188, 226, 263],
        [0, 37, 74, 111, 149, 186, 223, 261],
        [5, 42, 79, 116, 154, 191, 228, 266],
    ),
    # 8*35*25/12 = 583.3 > 250 -> 248; 250-248+1 = 3 -> start 1.5; step (248-35)/7 = 30.4286:
    # 1.5 31.93 62.36 92.79 123.21 153.64 184.07 214.5 | 0 30.43 60.86 91.29 121.71 152.14 182.57 213 | 3 33.43 ... 216
    (250, 25.0): (
        [1, 31, 62, 92, 123, 153, 184, 214],
        [0, 30, 60, 91, 121, 152, 182, 213],
        [3, 33, 63, 94, 124, 155, 185, 216],
    ),
    # 700 <= 900 frames: the window stays 700; 900-700+1 = 201 -> start 100.5; step (700-35)/7 = 95
    (900, 30.0): (
        [100, 195, 290, 385, 480, 575, 670, 765],
        [0, 95, 190, 285, 380, 475, 570, 665],
        [201, 296, 391, 486, 581, 676, 771, 866],
    ),
}


def frames(total: int, random: bool, kind: str, rate: float | None = None) -> list[int]:
    results = {"total_frames": total, "start_index": 0, "avg_fps": rate, "filename": "x.mp4"}
    return OfficialSample(8, kind, random).transform(results)["frame_inds"].tolist()


@pytest.mark.parametrize(("dataset", "total"), SEGMENTS)
def test_segments_by_hand(dataset: str, total: int, monkeypatch: pytest.MonkeyPatch):
    first, last = SEGMENTS[dataset, total]
    assert branch(dataset) == "segments"
    monkeypatch.setattr(np.random, "randint", lambda length, size: np.zeros(size, int))
    assert frames(total, True, "segments") == first
    monkeypatch.setattr(np.random, "randint", lambda length, size: np.full(size, length - 1))
    assert frames(total, True, "segments") == last
    middle = [(a + b + 1) // 2 for a, b in zip(first, last, strict=True)]
    assert frames(total, False, "segments") == middle


def test_segments_are_random_at_every_place_and_cover_it():
    np.random.seed(0)
    drawn = np.array([frames(45, True, "segments") for _ in range(300)])
    offsets = drawn - np.arange(8) * 5
    assert offsets.min() == 0 and offsets.max() == 4
    assert all(set(offsets[:, i]) == set(range(5)) for i in range(8))
    assert len({tuple(row) for row in offsets}) > 200  # independent draws, not one for all segments


@pytest.mark.parametrize(("total", "rate"), INTERVAL)
def test_interval_by_hand(total: int, rate: float, monkeypatch: pytest.MonkeyPatch):
    test, first, last = INTERVAL[total, rate]
    assert branch("kinetics") == branch("kinetics_cmn") == "interval"
    assert frames(total, False, "interval", rate) == test
    monkeypatch.setattr(np.random, "uniform", lambda low, high: low)
    assert frames(total, True, "interval", rate) == first
    monkeypatch.setattr(np.random, "uniform", lambda low, high: high)
    assert frames(total, True, "interval", rate) == last


def test_a_folder_of_frames_has_no_rate_and_its_window_is_the_video():
    assert frames(300, False, "interval") == INTERVAL[300, 30.0][0]


def test_fewer_frames_than_a_clip_are_refused():
    with pytest.raises(UserError, match=r"'x.mp4' has 7 frames.*frames=even"):
        frames(7, True, "segments")
    with pytest.raises(UserError, match="unknown branch"):
        OfficialSample(8, "even")
