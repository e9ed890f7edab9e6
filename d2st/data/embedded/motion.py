"""The dataset ``motion``: classes told apart by how things move and by nothing else.

Classes come in *orbits* within a split: one change gone through forth, back, forth and back, and so on. Within an orbit all
else (looks, places, sizes, distractors, background, camera) is drawn alike, and a single frame tells nothing; all frames of a
clip, out of order, tell at most how often the way is gone, never a class from the same played backwards. Between orbits the
change itself decides how many things there are, and their sizes and places.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from d2st.data.embedded import paths, several, solo
from d2st.data.embedded.courses import Course, forth, forth_back, forth_back_forth, nearly, orbit, pair
from d2st.data.embedded.draw import Look, Scene, Track
from d2st.data.embedded.look import Dice, ground_look, object_look
from d2st.data.embedded.shapes import Array

CLIPS = 20  # a class


class Change(NamedTuple):
    """What changes, and the classes that differ in its course."""

    actors: Callable[[Dice, Array], list[Track]]
    courses: dict[str, Course]


CHANGES: dict[str, list[Change]] = {
    "train": [
        Change(solo.sideways, orbit("moving_right", "moving_left")),
        Change(solo.slope, orbit("climbing_a_slope", "sliding_down_a_slope")),
        Change(solo.circle, orbit("circling_clockwise", "circling_anticlockwise")),
        Change(solo.tip, orbit("tipping_over", "standing_up")),
        Change(solo.widen, orbit("widening", "narrowing")),
        Change(several.split, orbit("splitting", "merging")),
        Change(several.push, orbit("pushing_away", "pulling_back")),
        Change(several.insert, orbit("putting_into", "taking_out_of")),
        Change(several.approach, orbit("moving_towards_it", "moving_away_from_it")),
        Change(several.past, orbit("passing_it_to_the_right", "passing_it_to_the_left")),
        Change(solo.hasten, pair("speeding_up", "slowing_down")),
        Change(solo.stop, pair("stopping", "starting")),
        Change(several.around, pair("going_round_it_clockwise", "going_round_it_anticlockwise")),
        Change(several.insert, {"pretending_to_put_into": nearly}),
        Change(solo.tip, {"nearly_tipping_over": nearly}),
        Change(several.collide, {"colliding": forth, "colliding_and_again_backwards": forth_back}),
        Change(solo.bounce, {"bouncing_to_rest": forth}),
    ],
    "val": [
        Change(solo.turn, orbit("turning_clockwise", "turning_anticlockwise")),
        Change(several.hide, orbit("hiding_behind", "coming_out")),
        Change(several.stack, orbit("putting_onto", "taking_off")),
    ],
    "test": [
        Change(solo.upwards, orbit("rising", "falling")),
        Change(solo.grow, orbit("growing", "shrinking")),
        Change(several.meet, orbit("meeting", "parting")),
        Change(several.cover, orbit("covering", "uncovering")),
    ],
}
_CHANGE = {name: change for changes in CHANGES.values() for change in changes for name in change.courses}
CLASSES: dict[str, tuple[str, ...]] = {
    split: tuple(sorted(name for change in changes for name in change.courses))
    for split, changes in CHANGES.items()
}


def scene(name: str, index: int) -> Scene:
    """Clip ``index`` of class ``name``, ready to be drawn.

    Raises:
        KeyError: no such class.
    """
    change = _CHANGE[name]
    dice = Dice("motion", name, index)
    time = change.courses[name](dice)
    actors = change.actors(dice, time)
    tracks = [_bystander(dice) for _ in range(dice.pick((0, 0, 0, 1)))] + actors
    looks: list[Look] = []
    for track in tracks:
        looks.append(looks[-1] if track.twin else object_look(dice))
    return Scene(tracks, looks, *ground_look(dice), _shake(dice))


def _shake(dice: Dice) -> Array:
    """Shift right, shift down, zoom (t 3): a little shake in a third of the clips, a slow pan any way in a tenth."""
    move = np.tile([0.0, 0.0, 1.0], (paths.FRAMES, 1))
    if dice.unit() < 0.33:
        for axis in (0, 1):
            move[:, axis] = 0.02 * np.sin(paths.TAU * (dice.between(0.5, 1.5) * paths.TIME + dice.unit()))
    if dice.unit() < 0.1:
        move[:, :2] += np.outer(paths.TIME - 0.5, paths.heading(dice)) * dice.between(0.04, 0.1)
    return move


def _bystander(dice: Dice) -> Track:
    """A distractor: small, anywhere, at rest or on a way of its own, gone once, twice or thrice, whatever the class."""
    (x, y), (dx, dy) = paths.place(dice, 0.12), paths.heading(dice)
    course = dice.pick((forth, forth, forth_back, forth_back_forth))
    drift = dice.pick((0.0, 1.0, 1.0)) * dice.between(0.08, 0.4) * (paths.ramp(dice, course(dice)) - 0.5)
    return paths.track(x + drift * dx, y + drift * dy, paths.size(dice, 0.07, 0.11), paths.tilt(dice))
