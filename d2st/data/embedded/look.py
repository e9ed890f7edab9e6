"""What things look like: colours, objects and backgrounds drawn at random, from ``Generator.random`` alone.

Only that method is used because its stream for a given seed is what numpy keeps stable.
"""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from d2st.data.embedded.draw import Look
from d2st.data.embedded.photographic import PHOTOGRAPHIC
from d2st.data.embedded.shapes import PATTERNS, SHAPES, TEXTURES, Array

T = TypeVar("T")
GROUNDS = PATTERNS + PHOTOGRAPHIC
GRID = 32  # a background's chance is a square of so many numbers


class Dice:
    """A seeded source of choices; ``words`` name the stream, so that one clip's dice never move another's."""

    def __init__(self, *words: str | int):
        text = "/".join(map(str, words)).encode()
        self._random = np.random.Generator(np.random.PCG64(int.from_bytes(text, "little")))

    def unit(self) -> float:
        """A number in 0..1."""
        return float(self._random.random())

    def between(self, low: float, high: float) -> float:
        """A number in low..high."""
        return low + (high - low) * self.unit()

    def pick(self, choices: Sequence[T]) -> T:
        """One of ``choices``, each as likely."""
        return choices[int(self.unit() * len(choices))]

    def sign(self) -> int:
        """-1 or 1."""
        return 1 if self.unit() < 0.5 else -1

    def many(self, *shape: int) -> Array:
        """An array of numbers in 0..1."""
        return self._random.random(shape)


def colour(hue: float, saturation: float, value: float) -> Array:
    """RGB (c,) in 0..1 of a hue 0..1 (red 0, green 1/3, blue 2/3)."""
    ramp = np.abs((hue * 6 + np.array([0.0, 4.0, 2.0])) % 6 - 3) - 1
    return value * (1 - saturation * (1 - np.clip(ramp, 0, 1)))


def object_look(
    dice: Dice, shape: str | None = None, texture: str | None = None, hue: float | None = None
) -> Look:
    """A look at random, except for what is given."""
    shape, texture = shape or dice.pick(SHAPES), texture or dice.pick(TEXTURES)
    hue = dice.unit() if hue is None else hue
    first = colour(hue, dice.between(0.75, 1.0), dice.between(0.8, 1.0))
    bright = dice.unit() < 0.5
    second = colour(hue, 0.25 if bright else 0.9, 1.0 if bright else 0.35)
    return Look(shape, texture, np.stack([first, second]))


def ground_look(dice: Dice, kind: str | None = None, hue: float | None = None) -> tuple[str, Array, Array]:
    """A background's kind, five muted colours (5 c) and grid (32 32), at random except for what is given; half of the
    kinds drawn are patterns, half photographic."""
    kind = kind or dice.pick(PATTERNS if dice.unit() < 0.5 else PHOTOGRAPHIC)
    hue = dice.unit() if hue is None else hue
    value = dice.between(0.3, 0.75)
    first = colour(hue, dice.between(0.2, 0.5), value)
    second = colour(hue + dice.between(-0.1, 0.1), dice.between(0.2, 0.5), value * dice.between(0.55, 0.75))
    light = colour(hue + dice.between(-0.1, 0.1), dice.between(0.05, 0.3), min(1.4 * value, 0.9))
    dark = colour(hue + dice.between(-0.1, 0.1), dice.between(0.2, 0.6), 0.4 * value)
    other = colour(hue + dice.between(-0.2, 0.2), dice.between(0.2, 0.5), value * dice.between(0.6, 1.1))
    return kind, np.stack([first, second, light, dark, other]), dice.many(GRID, GRID)
