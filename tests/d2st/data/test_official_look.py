"""Augmentation of the ``paper`` protocol at 224 pixels, against numbers worked out by hand from facts 2.3."""

from typing import Any

import numpy as np
import pytest
from mmaction.registry import TRANSFORMS

import d2st.register  # noqa: F401
from d2st.data import clip_pipeline
from d2st.data.transforms import ClipColorJitter

DECODING = 3  # DecordInit, OfficialSample, DecordDecode


def look(train: bool, query: bool, jitter: bool = False) -> list[dict[str, Any]]:
    return clip_pipeline("video", 8, 224, train, query, flip=0.5, jitter=jitter, official="segments")[
        DECODING:
    ]


def through(transforms: list[dict[str, Any]], image: np.ndarray) -> np.ndarray:
    """Two equal frames through the transforms; the clip (t h w c)."""
    results: dict[str, Any] = {"imgs": [image.copy(), image.copy()], "modality": "RGB", "label": 0}
    results |= {
        "img_shape": image.shape[:2],
        "original_shape": image.shape[:2],
        "num_clips": 1,
        "clip_len": 2,
    }
    for transform in transforms:
        results = TRANSFORMS.build(dict(transform)).transform(results)
    return results["inputs"][0].permute(1, 2, 3, 0).numpy()


def ruler() -> np.ndarray:
    """768 rows of 512 columns: red is half the column, green a third of the row.

    Resized to 256 x 256 whatever the aspect ratio, output column j lies between columns 2j and 2j + 1, both of red j; output
    row i lies on row 3i + 1, of green i. So every pixel tells where it comes from.
    """
    image = np.full((768, 512, 3), 128, np.uint8)
    image[..., 0] = np.arange(512) // 2
    image[..., 1] = (np.arange(768) // 3)[:, None]
    return image


def corners(clip: np.ndarray) -> tuple[list[int], list[int]]:
    assert clip.shape == (2, 224, 224, 3) and (clip[0] == clip[1]).all()  # one draw for all frames
    return clip[0, 0, 0, :2].tolist(), clip[0, -1, -1, :2].tolist()


def test_at_test_the_centre_of_256():
    # (256 - 224) / 2 = 16 on every side: columns and rows 16 to 239
    assert corners(through(look(train=False, query=True), ruler())) == ([16, 16], [239, 239])


def test_training_support_is_cropped_at_random_and_nothing_else(monkeypatch: pytest.MonkeyPatch):
    offsets = iter([3, 5])  # rows, then columns
    monkeypatch.setattr(np.random, "randint", lambda low, high: next(offsets))
    assert [step["type"] for step in look(True, False)[:2]] == ["Resize", "RandomCrop"]
    assert corners(through(look(train=True, query=False, jitter=True), ruler())) == ([5, 3], [228, 226])


@pytest.mark.parametrize(("drawn", "flipped"), [(0.49, True), (0.51, False)])
def test_training_queries_are_flipped_before_they_are_cropped(
    drawn: float, flipped: bool, monkeypatch: pytest.MonkeyPatch
):
    offsets = iter([3, 5])
    monkeypatch.setattr(np.random, "randint", lambda low, high: next(offsets))
    monkeypatch.setattr(np.random, "rand", lambda: drawn)
    # flipped, output column j has red 255 - j: the crop from column 5 shows 250 down to 255 - 228 = 27
    wanted = ([250, 3], [27, 226]) if flipped else ([5, 3], [228, 226])
    assert corners(through(look(train=True, query=True), ruler())) == wanted


# One pixel (200, 100, 50); its grey is 0.2989*200 + 0.587*100 + 0.114*50 = 124.2, in whole numbers 124.
BY_HAND = {
    ("brightness", 0.5): (100, 50, 25),
    ("brightness", 1.5): (255, 150, 75),  # 300 is cut to 255
    ("contrast", 0.5): (162, 112, 87),  # half of it, half of the mean grey 124
    ("contrast", 1.5): (238, 88, 13),  # 1.5 * x - 0.5 * 124
    ("saturation", 0.5): (162, 112, 87),  # half of it, half of its own grey
    # hue: 60 * (100-50)/(200-50) = 20 degrees, largest 200, smallest 50. A quarter turn on, at 110 degrees: green largest, blue
    # smallest, red 50 + 150 * (120-110)/60 = 75. A quarter back, at 290: blue largest, green smallest, red 50 + 150 * 50/60 = 175
    ("hue", 0.25): (75, 200, 50),
    ("hue", -0.25): (175, 50, 200),
}
NAMES = ("brightness", "contrast", "saturation", "hue")


@pytest.mark.parametrize(("name", "value"), BY_HAND)
def test_strengths_by_hand(name: str, value: float, monkeypatch: pytest.MonkeyPatch):
    order = [NAMES.index(name), *(i for i in range(4) if NAMES[i] != name)]
    monkeypatch.setattr(np.random, "permutation", lambda count: order)
    drawn = iter([value])
    monkeypatch.setattr(np.random, "uniform", lambda low, high: next(drawn, (low + high) / 2))
    monkeypatch.setattr(np.random, "rand", lambda: 0.31)  # no grey
    image = np.full((4, 4, 3), (200, 100, 50), np.uint8)
    clip = ClipColorJitter().transform({"imgs": [image, image]})["imgs"]
    assert np.abs(clip[0][0, 0].astype(int) - BY_HAND[name, value]).max() <= 1 and (clip[0] == clip[1]).all()


def test_what_is_drawn_and_in_which_order(monkeypatch: pytest.MonkeyPatch):
    drawn: list[tuple[float, float]] = []

    def uniform(low: float, high: float) -> float:
        drawn.append((low, high))
        return (low + high) / 2

    monkeypatch.setattr(np.random, "uniform", uniform)
    image = np.full((4, 4, 3), (200, 100, 50), np.uint8)
    monkeypatch.setattr(np.random, "rand", lambda: 0.29)
    grey = ClipColorJitter().transform({"imgs": [image]})["imgs"][0]
    # grey comes first, so that the four changes (of no strength here) leave it grey: 0.2989*200 + 0.587*100 + 0.114*50 = 124.2
    assert np.abs(grey.astype(int) - 124).max() <= 1
    assert sorted(drawn) == [(-0.25, 0.25), (0.5, 1.5), (0.5, 1.5), (0.5, 1.5)]
    assert look(True, True, jitter=True)[3] == {"type": "ClipColorJitter"}
