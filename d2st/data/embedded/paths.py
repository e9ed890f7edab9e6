"""What motions are made of: progress in time, places, directions, straight ways."""

import math

import numpy as np

from d2st.data.embedded.draw import Track
from d2st.data.embedded.look import Dice
from d2st.data.embedded.shapes import Array

FRAMES = 16
TIME = np.linspace(0.0, 1.0, FRAMES)
TAU = 2 * math.pi


Course = float | Array  # a constant, or a value a frame


def track(
    x: Course,
    y: Course,
    radius: Course = 0.16,
    angle: Course = 0.0,
    stretch: Course = 1.0,
    opacity: Course = 1.0,
    twin: bool = False,
) -> Track:
    """A track whose constants are held through all frames."""

    def held(value: Course) -> Array:
        return np.broadcast_to(np.asarray(value, float), (FRAMES,)).copy()

    return Track(held(x), held(y), held(radius), held(angle), held(stretch), held(opacity), twin)


def ramp(dice: Dice, time: Array, start: float = 0.2, end: float = 0.8) -> Array:
    """Progress (t,) from 0 to 1 as ``time`` (t,) does; begins by ``start``, ends after ``end``, even or eased."""
    a, b = dice.between(0, start), dice.between(end, 1)
    p = np.clip((time - a) / (b - a), 0, 1)
    return p * p * (3 - 2 * p) if dice.unit() < 0.4 else p


def size(dice: Dice, low: float = 0.12, high: float = 0.19) -> float:
    """A radius."""
    return dice.between(low, high)


def tilt(dice: Dice) -> float:
    """A small angle either way."""
    return dice.between(-0.4, 0.4)


def place(dice: Dice, margin: float = 0.25) -> tuple[float, float]:
    """A place at least ``margin`` from the edges."""
    return dice.between(margin, 1 - margin), dice.between(margin, 1 - margin)


def heading(dice: Dice) -> tuple[float, float]:
    """A unit vector any way."""
    a = dice.between(0, TAU)
    return math.cos(a), math.sin(a)


def along(dice: Dice, p: Array, way: tuple[float, float], reach: float | None = None) -> tuple[Array, Array]:
    """x, y (t,) of a straight way that passes near the middle of the frame as ``p`` goes from 0 to 1."""
    reach = dice.between(0.44, 0.62) if reach is None else reach
    off = dice.between(-0.14, 0.14)
    x = 0.5 - off * way[1] + way[0] * reach * (p - 0.5)
    return x, 0.5 + off * way[0] + way[1] * reach * (p - 0.5)
