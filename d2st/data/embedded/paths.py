"""How things move: one function a *pair* of motions. Each returns the tracks of its actors (later ones in front) for
the forward motion; its twin is the same played backwards, so that single frames of twins follow the same distribution.

Every function takes dice alone and draws place, direction (where the class leaves it open), extent, start and end.
"""

import math

import numpy as np

from d2st.data.embedded.draw import Track
from d2st.data.embedded.look import Dice
from d2st.data.embedded.shapes import Array

FRAMES = 16
TIME = np.linspace(0.0, 1.0, FRAMES)
TAU = 2 * math.pi


def track(x, y, radius=0.16, angle=0.0, stretch=1.0, opacity=1.0, twin: bool = False) -> Track:
    """A track whose constants are held through all frames."""
    values = (
        np.broadcast_to(np.asarray(a, float), (FRAMES,)).copy()
        for a in (x, y, radius, angle, stretch, opacity)
    )
    return Track(*values, twin=twin)


def ramp(dice: Dice, start: float = 0.15, end: float = 0.85) -> Array:
    """Progress (t,) from 0 to 1: begins by ``start``, ends after ``end`` of the clip, at even speed or eased."""
    a, b = dice.between(0, start), dice.between(end, 1)
    p = np.clip((TIME - a) / (b - a), 0, 1)
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


def sideways(dice: Dice) -> list[Track]:
    x, y = along(dice, ramp(dice), (1, 0))
    return [track(x, y + dice.between(-0.12, 0.12), size(dice), tilt(dice))]


def upwards(dice: Dice) -> list[Track]:
    x, y = along(dice, ramp(dice), (0, -1))
    return [track(x + dice.between(-0.12, 0.12), y, size(dice), tilt(dice))]


def slope(dice: Dice) -> list[Track]:
    return [track(*along(dice, ramp(dice), (0.71 * dice.sign(), -0.71)), size(dice), tilt(dice))]


def grow(dice: Dice) -> list[Track]:
    p = ramp(dice)
    return [track(*place(dice, 0.36), dice.between(0.07, 0.11) + dice.between(0.13, 0.2) * p, tilt(dice))]


def turn(dice: Dice) -> list[Track]:
    return [
        track(
            *place(dice, 0.3),
            size(dice, 0.17, 0.26),
            dice.between(0, TAU) + dice.between(2.4, 4.6) * ramp(dice),
        )
    ]


def circle(dice: Dice) -> list[Track]:
    a = dice.between(0, TAU) + dice.between(4.2, 6.6) * ramp(dice)
    r, (x, y) = dice.between(0.2, 0.29), place(dice, 0.45)
    return [track(x + r * np.cos(a), y + r * np.sin(a), size(dice, 0.1, 0.15), tilt(dice))]


def around(dice: Dice) -> list[Track]:
    body = circle(dice)[0]
    return [track(body.x.mean(), body.y.mean(), size(dice, 0.09, 0.12), tilt(dice)), body]


def appear(dice: Dice) -> list[Track]:
    p = np.clip((TIME - dice.between(0.3, 0.6)) / dice.between(0.05, 0.3), 0, 1)
    return [track(*place(dice), size(dice, 0.13, 0.22), tilt(dice), opacity=p)]


def meet(dice: Dice) -> list[Track]:
    way, r = heading(dice), size(dice, 0.1, 0.14)
    gap = 0.34 - (0.34 - 1.05 * r) * ramp(dice)
    x, y = place(dice, 0.44)
    return [track(x + s * gap * way[0], y + s * gap * way[1], r, tilt(dice)) for s in (-1, 1)]


def cover(dice: Dice) -> list[Track]:
    (x, y), way = place(dice, 0.42), heading(dice)
    away = 0.42 * (1 - ramp(dice, end=0.8))
    return [
        track(x, y, size(dice, 0.08, 0.11), tilt(dice)),
        track(x + away * way[0], y + away * way[1], size(dice, 0.19, 0.24)),
    ]


def hide(dice: Dice) -> list[Track]:
    (x, y), way = place(dice, 0.42), heading(dice)
    away = 0.42 * (1 - ramp(dice, end=0.8))
    return [
        track(x + away * way[0], y + away * way[1], size(dice, 0.08, 0.12), tilt(dice)),
        track(x, y, size(dice, 0.2, 0.25)),
    ]


def stop(dice: Dice) -> list[Track]:
    p = np.clip(TIME / dice.between(0.35, 0.55), 0, 1)
    return [track(*along(dice, p, heading(dice)), size(dice), tilt(dice))]


def hasten(dice: Dice) -> list[Track]:
    p = TIME ** dice.between(2.4, 3.4)
    return [track(*along(dice, p, heading(dice)), size(dice), tilt(dice))]


def split(dice: Dice) -> list[Track]:
    way, r, a = heading(dice), size(dice, 0.1, 0.15), tilt(dice)
    gap = dice.between(0.2, 0.3) * np.clip((TIME - dice.between(0.15, 0.35)) / 0.5, 0, 1)
    x, y = place(dice, 0.44)
    return [track(x + s * gap * way[0], y + s * gap * way[1], r, a, twin=s > 0) for s in (-1, 1)]


def swap(dice: Dice) -> list[Track]:
    a, r = dice.between(0, TAU) + math.pi * ramp(dice), dice.between(0.19, 0.27)
    x, y = place(dice, 0.46)
    return [
        track(x + s * r * np.cos(a), y + s * r * np.sin(a), size(dice, 0.1, 0.14), tilt(dice))
        for s in (-1, 1)
    ]


def push(dice: Dice) -> list[Track]:
    way, p, r = heading(dice), ramp(dice), size(dice, 0.09, 0.13)
    hand = -0.36 + 0.5 * p
    thing = np.maximum(hand + 1.9 * r, dice.between(-0.02, 0.06))
    off = dice.between(-0.08, 0.08)
    return [
        track(0.5 + q * way[0] - off * way[1], 0.5 + q * way[1] + off * way[0], r, tilt(dice))
        for q in (hand, thing)
    ]


def spiral(dice: Dice) -> list[Track]:
    p = ramp(dice)
    a, r = (
        dice.between(0, TAU) + dice.sign() * dice.between(5, 8) * p,
        0.06 + dice.between(0.2, 0.27) * (1 - p),
    )
    return [track(0.5 + r * np.cos(a), 0.5 + r * np.sin(a), size(dice, 0.1, 0.15), tilt(dice))]


def tip(dice: Dice) -> list[Track]:
    side, r = dice.sign(), size(dice, 0.18, 0.24)
    a = 1.57 * ramp(dice) ** 1.5
    x, y = place(dice, 0.42)
    return [track(x + side * r * np.sin(a), y + 0.1 - r * np.cos(a), r, side * a, stretch=0.55)]


def bounce(dice: Dice) -> list[Track]:
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


def gather(dice: Dice) -> list[Track]:
    (x, y), start, r = place(dice, 0.45), dice.between(0, TAU), size(dice, 0.09, 0.12)
    gap = 0.34 - (0.34 - 1.15 * r) * ramp(dice)
    turns = [start + k * TAU / 3 for k in range(3)]
    return [track(x + gap * math.cos(a), y + gap * math.sin(a), r, tilt(dice)) for a in turns]


def line_up(dice: Dice) -> list[Track]:
    p, r, level = ramp(dice), size(dice, 0.09, 0.12), dice.between(0.4, 0.6)
    lift = [dice.sign() * dice.between(0.18, 0.3) for _ in range(3)]
    return [track(0.22 + 0.28 * k, level + up * (1 - p), r, tilt(dice)) for k, up in enumerate(lift)]


def widen(dice: Dice) -> list[Track]:
    stretch = np.exp(dice.between(1.3, 1.8) * (ramp(dice) - 0.5))
    return [track(*place(dice, 0.36), size(dice, 0.16, 0.23), stretch=stretch)]


def toss(dice: Dice) -> list[Track]:
    top, p = dice.between(0.2, 0.3), TIME
    rise = np.where(p < top, p / top, 1 - (p - top) / (1 - top))
    return [track(dice.between(0.25, 0.75), 0.76 - 0.5 * rise, size(dice), tilt(dice))]


def chase(dice: Dice) -> list[Track]:
    way, r, p = heading(dice), size(dice, 0.09, 0.12), ramp(dice)
    rear, front = -0.38 + 0.54 * p, 0.0 + 0.34 * p
    return [track(0.5 + q * way[0], 0.5 + q * way[1], r, tilt(dice)) for q in (rear, front)]


def zigzag(dice: Dice) -> list[Track]:
    x, y = along(dice, ramp(dice), (1, 0))
    wave = np.abs((dice.between(1.4, 2.4) * TIME + dice.unit()) % 1 * 2 - 1)
    return [track(x, y + 0.34 * (wave - 0.5), size(dice, 0.1, 0.15), tilt(dice))]


def insert(dice: Dice) -> list[Track]:
    (x, y), r = place(dice, 0.42), size(dice, 0.17, 0.22)
    away = 0.46 * (1 - ramp(dice, end=0.75))
    return [track(x, y + 0.08, r), track(x, y + 0.08 - away, 0.55 * r, tilt(dice))]


def rest(dice: Dice) -> list[Track]:
    """One or two things that stay where they are (the camera moves)."""
    return [track(*place(dice), size(dice), tilt(dice)) for _ in range(dice.pick((1, 2)))]
