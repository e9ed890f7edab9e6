"""The dataset ``motion``: classes told apart by how things move and by nothing else.

Looks, places, sizes, distractors, background and camera shake are drawn independently of the class. Classes come
in twins (played backwards, mirrored, turned) within a split, so single frames do not decide between them.
"""

from collections.abc import Callable
from functools import cache

import numpy as np

from d2st.data.embedded import gestures, paths, several, solo
from d2st.data.embedded.draw import Look, Scene, Track
from d2st.data.embedded.look import Dice, ground_look, object_look
from d2st.data.embedded.shapes import Array

CLIPS = 20  # a class
Maker = Callable[[Dice], list[Track]]

# (class, its twin, forward motion, the twin's motion; None: the forward motion played backwards)
_TRAIN: list[tuple[str, str, Maker, Maker | None]] = [
    ("moving_right", "moving_left", solo.sideways, None),
    ("climbing_a_slope", "sliding_down_a_slope", solo.slope, None),
    ("circling_clockwise", "circling_anticlockwise", solo.circle, None),
    ("going_round_it_clockwise", "going_round_it_anticlockwise", several.around, None),
    ("swapping_clockwise", "swapping_anticlockwise", several.swap, None),
    ("appearing", "vanishing", solo.appear, None),
    ("speeding_up", "slowing_down", solo.hasten, None),
    ("splitting", "merging", several.split, None),
    ("pushing_it_along", "towing_it_and_leaving", several.push, None),
    ("tipping_over", "standing_up", solo.tip, None),
    ("bouncing_to_rest", "bouncing_ever_higher", solo.bounce, None),
    ("widening", "narrowing", solo.widen, None),
    ("lining_up", "falling_out_of_line", several.line_up, None),
    ("kicked_up_and_sinking", "lifted_and_dropped", solo.toss, None),
    ("putting_into", "taking_out_of", several.insert, None),
    ("camera_panning_right", "camera_panning_left", several.rest, None),
    ("camera_closing_in", "camera_backing_off", several.rest, None),
    ("shaking_sideways", "shaking_up_and_down", gestures.shake_sideways, gestures.shake_up_and_down),
    ("hopping_over", "dipping_under", gestures.hop, gestures.dip),
    ("blinking_slowly", "blinking_fast", gestures.blink_slowly, gestures.blink_fast),
    ("moving_together", "moving_in_turn", gestures.together, gestures.in_turn),
]
_VAL: list[tuple[str, str, Maker, Maker | None]] = [
    ("zigzagging_right", "zigzagging_left", solo.zigzag, None),
    ("hiding_behind", "coming_out_from_behind", several.hide, None),
    ("catching_up", "pulling_ahead", several.chase, None),
    ("swelling_and_back", "shrivelling_and_back", gestures.swell, gestures.shrivel),
]
_TEST: list[tuple[str, str, Maker, Maker | None]] = [
    ("rising", "falling", solo.upwards, None),
    ("growing", "shrinking", solo.grow, None),
    ("turning_clockwise", "turning_anticlockwise", solo.turn, None),
    ("meeting", "parting", several.meet, None),
    ("covering", "uncovering", several.cover, None),
    ("stopping", "starting", solo.stop, None),
    ("spiralling_in", "spiralling_out", solo.spiral, None),
    ("putting_together", "taking_apart", several.gather, None),
    ("going_past", "turning_back_before", gestures.go_past, gestures.turn_back),
]
_PAIRS = {"train": _TRAIN, "val": _VAL, "test": _TEST}
CLASSES: dict[str, tuple[str, ...]] = {
    split: tuple(sorted(name for pair in pairs for name in pair[:2])) for split, pairs in _PAIRS.items()
}


def twins() -> list[tuple[str, str]]:
    """All pairs of twin classes."""
    return [pair[:2] for pairs in _PAIRS.values() for pair in pairs]


@cache
def _motion(name: str) -> tuple[Maker, bool]:
    for pairs in _PAIRS.values():
        for forward, twin, make, other in pairs:
            if name == forward:
                return make, False
            if name == twin:
                return (make, True) if other is None else (other, False)
    raise KeyError(name)


def scene(name: str, index: int) -> Scene:
    """Clip ``index`` of class ``name``, ready to be drawn."""
    make, backwards = _motion(name)
    pair = next(p for p in twins() if name in p)
    dice = Dice("motion", name, index)
    actors = make(dice)
    camera = _camera(dice, pair)
    tracks = [_bystander(dice) for _ in range(dice.pick((0, 0, 1, 2)))] + actors
    looks: list[Look] = []
    for track in tracks:
        looks.append(looks[-1] if track.twin else object_look(dice))
    if backwards:
        camera = camera[::-1]
        for track in tracks:
            for field in ("x", "y", "radius", "angle", "stretch", "opacity"):
                setattr(track, field, getattr(track, field)[::-1])
    return Scene(tracks, looks, *ground_look(dice), camera)


def _camera(dice: Dice, pair: tuple[str, str]) -> Array:
    """Shift right, shift down, zoom (t 3): a little shake in half the clips, and what the camera classes ask."""
    move = np.tile([0.0, 0.0, 1.0], (paths.FRAMES, 1))
    if dice.unit() < 0.5:
        for axis in (0, 1):
            move[:, axis] = 0.02 * np.sin(paths.TAU * (dice.between(0.5, 1.5) * paths.TIME + dice.unit()))
    if "camera_panning_right" in pair:  # what is seen slides to the left
        move[:, 0] -= dice.between(0.45, 0.7) * (paths.ramp(dice) - 0.5)
    if "camera_closing_in" in pair:
        move[:, 2] = np.exp(dice.between(0.6, 0.9) * (paths.ramp(dice) - 0.5))
    return move


def _bystander(dice: Dice) -> Track:
    """A distractor: small, anywhere, at rest or drifting a little."""
    (x, y), (dx, dy) = paths.place(dice, 0.12), paths.heading(dice)
    drift = dice.between(0, 0.1) * (paths.TIME - 0.5)
    return paths.track(x + drift * dx, y + drift * dy, paths.size(dice, 0.07, 0.11), paths.tilt(dice))
