"""Backgrounds like photographs: they measure like photographs, half of all clips have one, and they move with the camera."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from d2st.data.embedded import appearance, motion
from d2st.data.embedded.draw import SIDE, Scene, draw
from d2st.data.embedded.lattice import lattice
from d2st.data.embedded.look import GRID, Dice, ground_look
from d2st.data.embedded.photographic import PHOTOGRAPHIC, fractal, photograph
from d2st.data.embedded.shapes import PATTERNS

STILL = np.array([[0.0, 0.0, 1.0]])
kinds = pytest.mark.parametrize("kind", PHOTOGRAPHIC)


def picture(kind: str, index: int, camera: np.ndarray = STILL) -> np.ndarray:
    """One background without anything on it, (t h w c)."""
    return draw(Scene([], [], *ground_look(Dice("ground", kind, index), kind), camera))


def fall(image: np.ndarray) -> float:
    """How fast amplitudes fall with frequency: the exponent a of 1 / f^a, by least squares over rings of the spectrum."""
    grey = image.astype(float).mean(-1)
    window = np.hanning(SIDE)
    spectrum = np.abs(np.fft.fftshift(np.fft.fft2((grey - grey.mean()) * np.outer(window, window))))
    row, column = np.indices(spectrum.shape) - SIDE // 2
    ring = np.hypot(row, column).round().astype(int)
    rings = np.arange(2, SIDE // 2 - 2)
    heights = [spectrum[ring == k].mean() for k in rings]
    return float(-np.polyfit(np.log(rings), np.log(heights), 1)[0])


def colours(image: np.ndarray) -> int:
    """How many different ones, in steps of eight."""
    return len(np.unique(image.reshape(-1, 3) // 8, axis=0))


@kinds
def test_many_colours_and_detail_at_every_scale(kind: str) -> None:
    """1 / f, as natural images have it (exponent about 1 to 1.7 at this size), where a patterned background has a few colours."""
    shown = [picture(kind, i)[0] for i in range(12)]
    assert 0.95 < np.median([fall(image) for image in shown]) < 1.8
    assert np.mean([colours(image) for image in shown]) > 45
    plainest = max(np.mean([colours(picture(name, i)[0]) for i in range(6)]) for name in PATTERNS)
    assert plainest < 20


def test_real_frames_measure_alike(shared: Path) -> None:
    """The middle of real frames, as large: the same fall of amplitudes, within the spread of real frames."""
    falls = []
    for file in sorted((shared / "data" / "ssv2_mini").glob("*/*/*/00000004.jpg"))[:60]:
        image = cv2.imread(str(file))
        least = min(image.shape[:2])
        top, left = ((size - least) // 2 for size in image.shape[:2])
        square = image[top : top + least, left : left + least]
        falls.append(fall(cv2.resize(square, (SIDE, SIDE), interpolation=cv2.INTER_AREA)))
    low, high = np.percentile(falls, [5, 95])
    ours, patterns = (
        np.mean([low < fall(picture(kind, i)[0]) < high for kind in kinds for i in range(12)])
        for kinds in (PHOTOGRAPHIC, [name for name in PATTERNS if name != "plain"])
    )
    assert len(falls) == 60 and ours > 0.7 and patterns < 0.55


@kinds
def test_no_two_are_alike_and_each_repeats(kind: str) -> None:
    assert np.array_equal(picture(kind, 0), picture(kind, 0))
    assert np.abs(picture(kind, 0).astype(int) - picture(kind, 1)).mean() > 8


@kinds
def test_it_is_a_world_that_the_camera_moves_over(kind: str) -> None:
    """A pan of four pixels shows the same picture four pixels further on, but for rounding."""
    camera = np.array([[0.0, 0.0, 1.0], [4 / SIDE, 0.0, 1.0]])
    first, second = picture(kind, 2, camera).astype(int)
    assert np.abs(first[:, :-4] - second[:, 4:]).max() <= 2
    assert np.abs(first - second).mean() > 2


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_half_of_the_backgrounds_are_photographic(split: str) -> None:
    """Of every clip of motion, and of appearance where the background is not the class itself."""
    objects = [name for name in appearance.CLASSES[split] if not name.endswith("_scene")]
    for world, names in ((motion, motion.CLASSES[split]), (appearance, objects)):
        shown = [world.scene(name, i).ground in PHOTOGRAPHIC for name in names for i in range(world.CLIPS)]
        assert abs(sum(shown) - len(shown) / 2) < 4 * np.sqrt(len(shown)) / 2


def test_which_scenes_are_photographic() -> None:
    """As docs/embedded.md says: one of each kind, none among the test classes."""
    kinds = {s: sorted(n.split("_")[1] for n in appearance.CLASSES[s]) for s in appearance.CLASSES}
    found = {split: [kind for kind in names if kind in PHOTOGRAPHIC] for split, names in kinds.items()}
    assert found == {"train": ["boards", "stones"], "val": ["foliage", "landscape"], "test": []}


def test_heights_between_given_ones_are_smooth_and_repeat() -> None:
    grid = Dice("grid").many(GRID, GRID)
    at = np.arange(GRID, dtype=np.float32)
    assert np.allclose(lattice(at[None], at[:, None], grid), grid)
    assert np.array_equal(lattice(at[None] + GRID, at[:, None], grid), lattice(at[None], at[:, None], grid))
    fine = np.linspace(0, 5, 500, dtype=np.float32)
    assert np.abs(np.diff(lattice(fine[None], fine[:, None], grid), axis=1)).max() < 0.02
    heights = fractal(fine[None], fine[:, None], grid)
    assert heights.dtype == np.float32 and 0 <= heights.min() < heights.max() <= 1


def test_a_colour_drawn_as_one_is_the_last() -> None:
    """Chance in 0..1 is rounded to half the digits, and then 1 does come up."""
    x, y = np.linspace(0, 1, 8)[None, None], np.linspace(0, 1, 8)[None, :, None]
    colours = np.random.default_rng(0).random((5, 3))
    last, below = (np.full((GRID, GRID), value) for value in (1.0, 1.0 - 1e-6))
    drawn = photograph("foliage", x, y, last, colours)
    assert np.allclose(drawn, photograph("foliage", x, y, below, colours), atol=1e-3)
