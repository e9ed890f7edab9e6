"""How one thing moves.

Every function draws place, direction (where the class leaves it open), extent, start and end from the dice, and
returns the tracks of the actors. ``time`` (t,) in 0..1 says how far the change is at each frame, see courses.py.
"""

import math

import numpy as np

from d2st.data.embedded.draw import Track
from d2st.data.embedded.look import Dice
from d2st.data.embedded.paths import TAU, along, heading, place, ramp, size, tilt, track
from d2st.data.embedded.shapes import Array


def sideways(dice: Dice, time: Array) -> list[Track]:
    """From left to right."""
    x, y = along(dice, ramp(dice, time), (1, 0))
    return [track(x, y + dice.between(-0.12, 0.12), size(dice), tilt(dice))]


def upwards(dice: Dice, time: Array) -> list[Track]:
    """From below upwards."""
    x, y = along(dice, ramp(dice, time), (0, -1))
    return [track(x + dice.between(-0.12, 0.12), y, size(dice), tilt(dice))]


def grow(dice: Dice, time: Array) -> list[Track]:
    """From small to large."""
    p = ramp(dice, time)
    return [track(*place(dice, 0.36), dice.between(0.07, 0.11) + dice.between(0.13, 0.2) * p, tilt(dice))]


def turn(dice: Dice, time: Array) -> list[Track]:
    """Turns clockwise about itself."""
    return [
        track(
            *place(dice, 0.3),
            size(dice, 0.17, 0.26),
            dice.between(0, TAU) + dice.between(2.4, 4.6) * ramp(dice, time),
        )
    ]


def circle(dice: Dice, time: Array) -> list[Track]:
    """Moves clockwise on a circle."""
    a = dice.between(0, TAU) + dice.between(4.2, 6.6) * ramp(dice, time)
    r, (x, y) = dice.between(0.2, 0.29), place(dice, 0.45)
    return [track(x + r * np.cos(a), y + r * np.sin(a), size(dice, 0.1, 0.15), tilt(dice))]


def stop(dice: Dice, time: Array) -> list[Track]:
    """Moves any way, then rests."""
    p = np.clip(time / dice.between(0.35, 0.55), 0, 1)
    return [track(*along(dice, p, heading(dice)), size(dice), tilt(dice))]


def hasten(dice: Dice, time: Array) -> list[Track]:
    """Moves any way, faster and faster."""
    p = time ** dice.between(2.4, 3.4)
    return [track(*along(dice, p, heading(dice)), size(dice), tilt(dice))]


def tip(dice: Dice, time: Array) -> list[Track]:
    """Stands and tips over, to either side."""
    side, r = dice.sign(), size(dice, 0.18, 0.24)
    a = 1.57 * ramp(dice, time) ** 1.5
    x, y = place(dice, 0.42)
    return [track(x + side * r * np.sin(a), y + 0.1 - r * np.cos(a), r, side * a, stretch=0.55)]


def bounce(dice: Dice, time: Array) -> list[Track]:
    """Falls and bounces, lower each time."""
    phase = (0.3 + dice.between(2.2, 3.0) * time) * math.pi
    height = dice.between(0.4, 0.52) * (1 - 0.85 * time) * np.abs(np.sin(phase))
    return [
        track(
            dice.between(0.25, 0.75) + dice.between(-0.1, 0.1) * (time - 0.5),
            0.76 - height,
            size(dice, 0.1, 0.15),
            tilt(dice),
        )
    ]


def widen(dice: Dice, time: Array) -> list[Track]:
    """From tall and narrow to low and wide."""
    stretch = np.exp(dice.between(1.3, 1.8) * (ramp(dice, time) - 0.5))
    return [track(*place(dice, 0.36), size(dice, 0.16, 0.23), stretch=stretch)]


def slope(dice: Dice, time: Array) -> list[Track]:
    """Up a slope, to either side."""
    return [track(*along(dice, ramp(dice, time), (0.71 * dice.sign(), -0.71)), size(dice), tilt(dice))]
