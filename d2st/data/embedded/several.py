"""How two or three things move with respect to each other.

Every function draws place, direction (where the class leaves it open), extent, start and end from the dice, and
returns the tracks of the actors. It makes a *pair* of classes: its motion and the same played backwards.
"""

import math

import numpy as np

from d2st.data.embedded.draw import Track
from d2st.data.embedded.look import Dice
from d2st.data.embedded.paths import TAU, TIME, heading, place, ramp, size, tilt, track
from d2st.data.embedded.solo import circle


def around(dice: Dice) -> list[Track]:
    """One moves clockwise around another."""
    body = circle(dice)[0]
    return [track(body.x.mean(), body.y.mean(), size(dice, 0.09, 0.12), tilt(dice)), body]


def meet(dice: Dice) -> list[Track]:
    """Two come to touch, along any line."""
    way, r = heading(dice), size(dice, 0.1, 0.14)
    gap = 0.34 - (0.34 - 1.05 * r) * ramp(dice)
    x, y = place(dice, 0.44)
    return [track(x + s * gap * way[0], y + s * gap * way[1], r, tilt(dice)) for s in (-1, 1)]


def cover(dice: Dice) -> list[Track]:
    """A large one slides over a small one."""
    (x, y), way = place(dice, 0.42), heading(dice)
    away = 0.42 * (1 - ramp(dice, end=0.8))
    return [
        track(x, y, size(dice, 0.08, 0.11), tilt(dice)),
        track(x + away * way[0], y + away * way[1], size(dice, 0.19, 0.24)),
    ]


def hide(dice: Dice) -> list[Track]:
    """A small one slides behind a large one."""
    (x, y), way = place(dice, 0.42), heading(dice)
    away = 0.42 * (1 - ramp(dice, end=0.8))
    return [
        track(x + away * way[0], y + away * way[1], size(dice, 0.08, 0.12), tilt(dice)),
        track(x, y, size(dice, 0.2, 0.25)),
    ]


def split(dice: Dice) -> list[Track]:
    """One turns out to be two that part."""
    way, r, a = heading(dice), size(dice, 0.1, 0.15), tilt(dice)
    gap = dice.between(0.2, 0.3) * np.clip((TIME - dice.between(0.15, 0.35)) / 0.5, 0, 1)
    x, y = place(dice, 0.44)
    return [track(x + s * gap * way[0], y + s * gap * way[1], r, a, twin=s > 0) for s in (-1, 1)]


def swap(dice: Dice) -> list[Track]:
    """Two change places, clockwise."""
    a, r = dice.between(0, TAU) + math.pi * ramp(dice), dice.between(0.19, 0.27)
    x, y = place(dice, 0.46)
    return [
        track(x + s * r * np.cos(a), y + s * r * np.sin(a), size(dice, 0.1, 0.14), tilt(dice))
        for s in (-1, 1)
    ]


def push(dice: Dice) -> list[Track]:
    """One runs up to another and pushes it along."""
    way, p, r = heading(dice), ramp(dice), size(dice, 0.09, 0.13)
    hand = -0.36 + 0.5 * p
    thing = np.maximum(hand + 1.9 * r, dice.between(-0.02, 0.06))
    off = dice.between(-0.08, 0.08)
    return [
        track(0.5 + q * way[0] - off * way[1], 0.5 + q * way[1] + off * way[0], r, tilt(dice))
        for q in (hand, thing)
    ]


def gather(dice: Dice) -> list[Track]:
    """Three come together from three sides."""
    (x, y), start, r = place(dice, 0.45), dice.between(0, TAU), size(dice, 0.09, 0.12)
    gap = 0.34 - (0.34 - 1.15 * r) * ramp(dice)
    turns = [start + k * TAU / 3 for k in range(3)]
    return [track(x + gap * math.cos(a), y + gap * math.sin(a), r, tilt(dice)) for a in turns]


def line_up(dice: Dice) -> list[Track]:
    """Three at different heights come to one line."""
    p, r, level = ramp(dice), size(dice, 0.09, 0.12), dice.between(0.4, 0.6)
    lift = [dice.sign() * dice.between(0.18, 0.3) for _ in range(3)]
    return [track(0.22 + 0.28 * k, level + up * (1 - p), r, tilt(dice)) for k, up in enumerate(lift)]


def chase(dice: Dice) -> list[Track]:
    """Two move the same way and the one behind catches up."""
    way, r, p = heading(dice), size(dice, 0.09, 0.12), ramp(dice)
    rear, front = -0.38 + 0.54 * p, 0.0 + 0.34 * p
    return [track(0.5 + q * way[0], 0.5 + q * way[1], r, tilt(dice)) for q in (rear, front)]


def insert(dice: Dice) -> list[Track]:
    """A small one comes down into a large one."""
    (x, y), r = place(dice, 0.42), size(dice, 0.17, 0.22)
    away = 0.46 * (1 - ramp(dice, end=0.75))
    return [track(x, y + 0.08, r), track(x, y + 0.08 - away, 0.55 * r, tilt(dice))]


def rest(dice: Dice) -> list[Track]:
    """One or two things that stay where they are (the camera moves)."""
    return [track(*place(dice), size(dice), tilt(dice)) for _ in range(dice.pick((1, 2)))]
