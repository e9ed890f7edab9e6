"""Motions with twins of another kind than time reversal: mirrored, turned by a right angle, or told apart by what
happens along the same way (through or back, once or often, together or in turn)."""

import numpy as np

from d2st.data.embedded.draw import Track
from d2st.data.embedded.look import Dice
from d2st.data.embedded.paths import TAU, TIME, along, heading, place, ramp, size, tilt, track


def _shake(dice: Dice, vertical: bool) -> list[Track]:
    (x, y), swing = (
        place(dice, 0.42),
        dice.between(0.12, 0.2) * np.sin(TAU * (dice.between(1.6, 2.4) * TIME + dice.unit())),
    )
    return [
        track(x, y + swing, size(dice), tilt(dice))
        if vertical
        else track(x + swing, y, size(dice), tilt(dice))
    ]


def shake_sideways(dice: Dice) -> list[Track]:
    """To and fro, left and right."""
    return _shake(dice, vertical=False)


def shake_up_and_down(dice: Dice) -> list[Track]:
    """To and fro, up and down."""
    return _shake(dice, vertical=True)


def _arc(dice: Dice, up: int) -> list[Track]:
    p = ramp(dice)
    x, y = along(dice, p, (dice.sign(), 0))
    return [
        track(x, y - up * dice.between(0.3, 0.4) * (4 * p * (1 - p) - 0.5), size(dice, 0.1, 0.15), tilt(dice))
    ]


def hop(dice: Dice) -> list[Track]:
    """Along an arc, highest in the middle."""
    return _arc(dice, 1)


def dip(dice: Dice) -> list[Track]:
    """Along an arc, lowest in the middle."""
    return _arc(dice, -1)


def _passing(dice: Dice, through: bool) -> list[Track]:
    way, p = heading(dice), ramp(dice)
    p = p if through else np.minimum(p, 1 - p) * 0.9
    r = size(dice, 0.09, 0.12)
    x, y = along(dice, p, way, 0.66)
    return [track(0.5 - 0.2 * way[1], 0.5 + 0.2 * way[0], r, tilt(dice)), track(x, y, r, tilt(dice))]


def go_past(dice: Dice) -> list[Track]:
    """One goes past another."""
    return _passing(dice, through=True)


def turn_back(dice: Dice) -> list[Track]:
    """One comes up to another and goes back."""
    return _passing(dice, through=False)


def _blink(dice: Dice, times: float) -> list[Track]:
    seen = np.clip(2.5 * np.sin(TAU * (times * TIME + dice.unit())) + 0.5, 0, 1)
    return [track(*place(dice), size(dice, 0.13, 0.22), tilt(dice), opacity=seen)]


def blink_slowly(dice: Dice) -> list[Track]:
    """Comes and goes once."""
    return _blink(dice, dice.between(0.9, 1.1))


def blink_fast(dice: Dice) -> list[Track]:
    """Comes and goes two or three times."""
    return _blink(dice, dice.between(2.3, 2.9))


def _pair(dice: Dice, together: bool) -> list[Track]:
    way, r = dice.pick([(1, 0), (-1, 0), (0, 1), (0, -1)]), size(dice, 0.1, 0.14)
    early, late = np.clip(TIME * 2.1, 0, 1), np.clip(TIME * 2.1 - 1.1, 0, 1)
    first, second = (ramp(dice, 0.1, 0.9),) * 2 if together else (early, late)
    tracks = []
    for side, p in ((-1, first), (1, second)):
        q = 0.5 * (p - 0.5)
        tracks.append(
            track(
                0.5 + q * way[0] - 0.2 * side * way[1], 0.5 + q * way[1] + 0.2 * side * way[0], r, tilt(dice)
            )
        )
    return tracks


def together(dice: Dice) -> list[Track]:
    """Two move side by side."""
    return _pair(dice, together=True)


def in_turn(dice: Dice) -> list[Track]:
    """Two move the same way, the second when the first has arrived."""
    return _pair(dice, together=False)


def _pulse(dice: Dice, swell: int) -> list[Track]:
    p = ramp(dice)
    return [
        track(
            *place(dice, 0.36), 0.17 + swell * dice.between(0.07, 0.1) * (4 * p * (1 - p) - 0.5), tilt(dice)
        )
    ]


def swell(dice: Dice) -> list[Track]:
    """Grows, then shrinks again."""
    return _pulse(dice, 1)


def shrivel(dice: Dice) -> list[Track]:
    """Shrinks, then grows again."""
    return _pulse(dice, -1)
