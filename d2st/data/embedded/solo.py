"""How one thing moves.

Every function draws place, direction (where the class leaves it open), extent, start and end from the dice, and
returns the tracks of the actors. It makes a *pair* of classes: its motion and the same played backwards.
"""

import math

import numpy as np

from d2st.data.embedded.draw import Track
from d2st.data.embedded.look import Dice
from d2st.data.embedded.paths import TAU, TIME, along, heading, place, ramp, size, tilt, track


def sideways(dice: Dice) -> list[Track]:
    """From left to right."""
    x, y = along(dice, ramp(dice), (1, 0))
    return [track(x, y + dice.between(-0.12, 0.12), size(dice), tilt(dice))]


def upwards(dice: Dice) -> list[Track]:
    """From below upwards."""
    x, y = along(dice, ramp(dice), (0, -1))
    return [track(x + dice.between(-0.12, 0.12), y, size(dice), tilt(dice))]


def slope(dice: Dice) -> list[Track]:
    """Up a slope, to either side."""
    return [track(*along(dice, ramp(dice), (0.71 * dice.sign(), -0.71)), size(dice), tilt(dice))]


def grow(dice: Dice) -> list[Track]:
    """From small to large."""
    p = ramp(dice)
    return [track(*place(dice, 0.36), dice.between(0.07, 0.11) + dice.between(0.13, 0.2) * p, tilt(dice))]


def turn(dice: Dice) -> list[Track]:
    """Turns clockwise about itself."""
    return [
        track(
            *place(dice, 0.3),
            size(dice, 0.17, 0.26),
            dice.between(0, TAU) + dice.between(2.4, 4.6) * ramp(dice),
        )
    ]


def circle(dice: Dice) -> list[Track]:
    """Moves clockwise on a circle."""
    a = dice.between(0, TAU) + dice.between(4.2, 6.6) * ramp(dice)
    r, (x, y) = dice.between(0.2, 0.29), place(dice, 0.45)
    return [track(x + r * np.cos(a), y + r * np.sin(a), size(dice, 0.1, 0.15), tilt(dice))]


def appear(dice: Dice) -> list[Track]:
    """Fades in, where nothing was."""
    p = np.clip((TIME - dice.between(0.3, 0.6)) / dice.between(0.05, 0.3), 0, 1)
    return [track(*place(dice), size(dice, 0.13, 0.22), tilt(dice), opacity=p)]


def stop(dice: Dice) -> list[Track]:
    """Moves any way, then rests."""
    p = np.clip(TIME / dice.between(0.35, 0.55), 0, 1)
    return [track(*along(dice, p, heading(dice)), size(dice), tilt(dice))]


def hasten(dice: Dice) -> list[Track]:
    """Moves any way, faster and faster."""
    p = TIME ** dice.between(2.4, 3.4)
    return [track(*along(dice, p, heading(dice)), size(dice), tilt(dice))]


def spiral(dice: Dice) -> list[Track]:
    """Winds inwards, either way round."""
    p = ramp(dice)
    a, r = (
        dice.between(0, TAU) + dice.sign() * dice.between(5, 8) * p,
        0.06 + dice.between(0.2, 0.27) * (1 - p),
    )
    return [track(0.5 + r * np.cos(a), 0.5 + r * np.sin(a), size(dice, 0.1, 0.15), tilt(dice))]


def tip(dice: Dice) -> list[Track]:
    """Stands and tips over, to either side."""
    side, r = dice.sign(), size(dice, 0.18, 0.24)
    a = 1.57 * ramp(dice) ** 1.5
    x, y = place(dice, 0.42)
    return [track(x + side * r * np.sin(a), y + 0.1 - r * np.cos(a), r, side * a, stretch=0.55)]


def bounce(dice: Dice) -> list[Track]:
    """Falls and bounces, lower every time."""
    phase = (0.3 + dice.between(2.2, 3.0) * TIME) * math.pi
    height = dice.between(0.4, 0.52) * (1 - 0.85 * TIME) * np.abs(np.sin(phase))
    return [
        track(
            dice.between(0.25, 0.75) + dice.between(-0.1, 0.1) * (TIME - 0.5),
            0.76 - height,
            size(dice, 0.1, 0.15),
            tilt(dice),
        )
    ]


def widen(dice: Dice) -> list[Track]:
    """From tall and narrow to low and wide."""
    stretch = np.exp(dice.between(1.3, 1.8) * (ramp(dice) - 0.5))
    return [track(*place(dice, 0.36), size(dice, 0.16, 0.23), stretch=stretch)]


def toss(dice: Dice) -> list[Track]:
    """Up fast, down slowly."""
    top, p = dice.between(0.2, 0.3), TIME
    rise = np.where(p < top, p / top, 1 - (p - top) / (1 - top))
    return [track(dice.between(0.25, 0.75), 0.76 - 0.5 * rise, size(dice), tilt(dice))]


def zigzag(dice: Dice) -> list[Track]:
    """From left to right, up and down on the way."""
    x, y = along(dice, ramp(dice), (1, 0))
    wave = np.abs((dice.between(1.4, 2.4) * TIME + dice.unit()) % 1 * 2 - 1)
    return [track(x, y + 0.34 * (wave - 0.5), size(dice, 0.1, 0.15), tilt(dice))]
