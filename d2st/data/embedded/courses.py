"""Courses of time: in what order the phases of a change are gone through. All see each phase as often, so a single frame
of classes that differ in the course alone tells nothing. Of all frames together, the same ones once, twice or thrice tell how
often the way is gone, but never in which direction.
"""

from collections.abc import Callable

import numpy as np

from d2st.data.embedded.look import Dice
from d2st.data.embedded.paths import FRAMES
from d2st.data.embedded.shapes import Array

Course = Callable[[Dice], Array]
#: of the frames: with their ends, a turn would be seen oftener than the way there
MIDDLES = (np.arange(FRAMES) + 0.5) / FRAMES


def _strokes(*turns: float) -> Array:
    """Phases (t,) from 0 to 1, back to 0 and so on, with turns at these shares of the time, at even speed between them."""
    knots = (0.0, *turns, 1.0)
    return np.interp(MIDDLES, knots, [float(k % 2) for k in range(len(knots))])


def forth(dice: Dice) -> Array:
    """Phases (t,) from 0 to 1."""
    return _strokes()


def forth_back(dice: Dice) -> Array:
    """From 0 to 1 and back to 0, twice as fast; it turns somewhat before or after half the time."""
    return _strokes(dice.between(0.4, 0.6))


def forth_back_forth(dice: Dice) -> Array:
    """From 0 to 1, to 0, to 1."""
    return _strokes(dice.between(0.28, 0.38), dice.between(0.62, 0.72))


def nearly(dice: Dice) -> Array:
    """Like :func:`forth_back`, but turns back halfway."""
    return dice.between(0.5, 0.6) * forth_back(dice)


def _mirrored(course: Course) -> Course:
    def mirrored(dice: Dice) -> Array:
        return 1 - course(dice)

    return mirrored


_ORBIT = {"{0}": forth, "{0}_and_{1}": forth_back, "{0}_{1}_{0}": forth_back_forth}


def orbit(first: str, second: str) -> dict[str, Course]:
    """The six classes of a change that is called ``first``, and ``second`` when played backwards.

    ``first``, ``first_and_second``, ``first_second_first``, and the same from ``second`` on.
    """
    forwards = {name.format(first, second): course for name, course in _ORBIT.items()}
    return forwards | {name.format(second, first): _mirrored(course) for name, course in _ORBIT.items()}


def pair(first: str, second: str) -> dict[str, Course]:
    """The two classes of a change whose frames do not come at even speed, or that cannot turn round in between."""
    return {first: forth, second: _mirrored(forth)}
