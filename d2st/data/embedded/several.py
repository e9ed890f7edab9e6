"""How two or three things move with respect to each other.

Every function draws place, direction (where the class leaves it open), extent, start and end from the dice, and
returns the tracks of the actors. ``time`` (t,) in 0..1 says how far the change is at each frame, see courses.py.
"""

import numpy as np

from d2st.data.embedded.draw import Track
from d2st.data.embedded.look import Dice
from d2st.data.embedded.paths import heading, place, ramp, size, tilt, track
from d2st.data.embedded.shapes import Array
from d2st.data.embedded.solo import circle


def around(dice: Dice, time: Array) -> list[Track]:
    """One moves clockwise around another."""
    body = circle(dice, time)[0]
    return [track(body.x.mean(), body.y.mean(), size(dice, 0.09, 0.12), tilt(dice)), body]


def meet(dice: Dice, time: Array) -> list[Track]:
    """Two come to touch, along any line."""
    way, r = heading(dice), size(dice, 0.1, 0.14)
    gap = 0.34 - (0.34 - 1.05 * r) * ramp(dice, time)
    x, y = place(dice, 0.44)
    return [track(x + s * gap * way[0], y + s * gap * way[1], r, tilt(dice)) for s in (-1, 1)]


def cover(dice: Dice, time: Array) -> list[Track]:
    """A large one slides over a small one."""
    (x, y), way = place(dice, 0.42), heading(dice)
    away = 0.42 * (1 - ramp(dice, time, end=0.8))
    return [
        track(x, y, size(dice, 0.08, 0.11), tilt(dice)),
        track(x + away * way[0], y + away * way[1], size(dice, 0.19, 0.24)),
    ]


def hide(dice: Dice, time: Array) -> list[Track]:
    """A small one slides behind a large one."""
    (x, y), way = place(dice, 0.42), heading(dice)
    away = 0.42 * (1 - ramp(dice, time, end=0.8))
    return [
        track(x + away * way[0], y + away * way[1], size(dice, 0.08, 0.12), tilt(dice)),
        track(x, y, size(dice, 0.2, 0.25)),
    ]


def split(dice: Dice, time: Array) -> list[Track]:
    """One turns out to be two that part."""
    way, r, a = heading(dice), size(dice, 0.1, 0.15), tilt(dice)
    gap = dice.between(0.2, 0.3) * np.clip((time - dice.between(0.15, 0.35)) / 0.5, 0, 1)
    x, y = place(dice, 0.44)
    return [track(x + s * gap * way[0], y + s * gap * way[1], r, a, twin=s > 0) for s in (-1, 1)]


def push(dice: Dice, time: Array) -> list[Track]:
    """One runs up to another and pushes it along."""
    way, p, r = heading(dice), ramp(dice, time), size(dice, 0.09, 0.13)
    hand = -0.36 + 0.5 * p
    thing = np.maximum(hand + 1.9 * r, dice.between(-0.02, 0.06))
    off = dice.between(-0.08, 0.08)
    return [
        track(0.5 + q * way[0] - off * way[1], 0.5 + q * way[1] + off * way[0], r, tilt(dice))
        for q in (hand, thing)
    ]


def insert(dice: Dice, time: Array) -> list[Track]:
    """A small one comes down into a large one."""
    (x, y), r = place(dice, 0.42), size(dice, 0.17, 0.22)
    away = 0.46 * (1 - ramp(dice, time, end=0.75))
    return [track(x, y + 0.08, r), track(x, y + 0.08 - away, 0.55 * r, tilt(dice))]


def stack(dice: Dice, time: Array) -> list[Track]:
    """A small one comes from aside and above to rest on a large one."""
    (x, y), r, small = place(dice, 0.44), size(dice, 0.15, 0.2), size(dice, 0.08, 0.11)
    gap = 1 - ramp(dice, time, end=0.75)
    side = dice.between(-0.25, 0.25)
    return [
        track(x, y + 0.16, r),
        track(x + side * gap, y + 0.16 - 0.85 * (r + small) - 0.38 * gap, small, tilt(dice)),
    ]


def past(dice: Dice, time: Array) -> list[Track]:
    """One moves from left to right past another that rests, in front of it or behind."""
    (x, y), p = place(dice, 0.4), ramp(dice, time)
    reach, off = dice.between(0.5, 0.66), dice.sign() * dice.between(0.1, 0.18)
    tracks = [
        track(x, y, size(dice, 0.1, 0.14), tilt(dice)),
        track(x + reach * (p - 0.5), y + off, size(dice, 0.1, 0.14), tilt(dice)),
    ]
    return tracks if dice.unit() < 0.5 else tracks[::-1]


def approach(dice: Dice, time: Array) -> list[Track]:
    """One moves along any line up to another that rests, until they touch."""
    (x, y), way, r = place(dice, 0.36), heading(dice), size(dice, 0.1, 0.14)
    gap = 2.05 * r + (0.5 - 2.05 * r) * (1 - ramp(dice, time))
    shift = 0.2  # both together are in the middle, whichever way the line goes
    return [
        track(x + (q - shift) * way[0], y + (q - shift) * way[1], r, tilt(dice)) for q in (np.zeros(1), gap)
    ]


def collide(dice: Dice, time: Array) -> list[Track]:
    """One runs into another and stops; the other goes on in its place."""
    way, p, r = heading(dice), ramp(dice, time), size(dice, 0.09, 0.13)
    hit, reach = dice.between(0.4, 0.6), dice.between(0.6, 0.7)
    first, second = (
        reach * (np.minimum(p, hit) - hit) - 1.05 * r,
        reach * (np.maximum(p, hit) - hit) + 1.05 * r,
    )
    return [track(0.5 + q * way[0], 0.5 + q * way[1], r, tilt(dice)) for q in (first, second)]
