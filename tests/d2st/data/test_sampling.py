"""Which frames of a video make a clip."""

import numpy as np
import pytest

from d2st.data.transforms import SegmentSample


def chosen(total: int, random: bool = False) -> list[int]:
    return (
        SegmentSample(8, random).transform({"total_frames": total, "start_index": 0})["frame_inds"].tolist()
    )


@pytest.mark.parametrize(
    ("total", "frames"),
    [
        (8, [0, 1, 2, 3, 4, 5, 6, 7]),
        (16, [1, 3, 5, 7, 9, 11, 13, 15]),
        (80, [5, 15, 25, 35, 45, 55, 65, 75]),
        (4, [0, 0, 1, 1, 2, 2, 3, 3]),
        (1, [0] * 8),
    ],
)
def test_middle_frames_of_equal_segments(total, frames) -> None:
    assert chosen(total) == frames


@pytest.mark.parametrize("total", [1, 5, 8, 13, 16, 100])
def test_random_frames_lie_in_their_segments_and_reach_all_of_them(total) -> None:
    np.random.seed(0)
    drawn = np.array([chosen(total, random=True) for _ in range(2000)])
    edges = np.arange(9) * total // 8
    assert (drawn >= edges[:-1]).all()
    assert (drawn < np.maximum(edges[1:], edges[:-1] + 1)).all()
    assert set(drawn.ravel()) == set(range(total))
