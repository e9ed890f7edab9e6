"""The dataset ``appearance``: classes told apart by what is seen, whatever it does.

Two kinds of classes: an *object* (shape, texture and hue fixed, shown on any background among other small things)
and a *scene* (background kind and hue fixed, with any objects on it). Motion is drawn independently of the class.
"""

from functools import cache

import numpy as np

from d2st.data.embedded import paths
from d2st.data.embedded.draw import Scene, Track
from d2st.data.embedded.look import GROUNDS, Dice, ground_look, object_look
from d2st.data.embedded.shapes import SHAPES, TEXTURES

CLIPS = 20  # a class
HUES = {"red": 0.0, "orange": 0.09, "green": 0.33, "cyan": 0.5, "blue": 0.64, "violet": 0.8}
_TEXTURED = {
    "plain": "plain",
    "stripes": "striped",
    "checks": "checked",
    "dots": "dotted",
    "halves": "halved",
    "target": "bullseye",
}


@cache
def _catalogue() -> dict[str, tuple[str, str, str, float]]:
    """Class name -> (kind, shape or ground, texture, hue): 46 objects, 18 scenes on a diagonal walk."""
    hues = list(HUES.items())
    classes = {}
    for i in range(46):
        shape = SHAPES[i % len(SHAPES)]
        texture = TEXTURES[(i + i // len(SHAPES) + i // 6) % len(TEXTURES)]
        colour, hue = hues[(2 * i + i // len(SHAPES) + i // 4) % len(hues)]
        classes[f"{colour}_{_TEXTURED[texture]}_{shape}"] = ("object", shape, texture, hue)
    for i in range(18):
        ground = GROUNDS[1:][i % 11]
        colour, hue = hues[(i + 2 * (i // 11)) % len(hues)]
        classes[f"{colour}_{ground}_scene"] = ("scene", ground, "", hue)
    return classes


def _splits() -> dict[str, tuple[str, ...]]:
    names = sorted(_catalogue(), key=lambda name: Dice("split", name).unit())
    return {
        "train": tuple(sorted(names[:40])),
        "val": tuple(sorted(names[40:48])),
        "test": tuple(sorted(names[48:])),
    }


CLASSES: dict[str, tuple[str, ...]] = _splits()


def scene(name: str, index: int) -> Scene:
    """Clip ``index`` of class ``name``, ready to be drawn."""
    kind, shape, texture, hue = _catalogue()[name]
    dice = Dice("appearance", name, index)
    hue = (hue + dice.between(-0.04, 0.04)) % 1
    if kind == "object":
        ground = ground_look(dice)
        things = [(_mover(dice, 0.08, 0.12), object_look(dice)) for _ in range(dice.pick((0, 1, 1, 2)))]
        things.append((_mover(dice, 0.22, 0.32), object_look(dice, shape, texture, hue)))
    else:
        ground = ground_look(dice, shape, hue)
        things = [(_mover(dice, 0.1, 0.2), object_look(dice)) for _ in range(dice.pick((1, 2)))]
    camera = np.tile([0.0, 0.0, 1.0], (paths.FRAMES, 1))
    if dice.unit() < 0.3:
        camera[:, 0] = dice.sign() * 0.2 * (paths.TIME - 0.5)
    return Scene([t for t, _ in things], [look for _, look in things], *ground, camera)


def _mover(dice: Dice, low: float, high: float) -> Track:
    """One thing in one of five motions: at rest, along a line, on a circle, growing or shrinking, turning."""
    (x, y), (dx, dy), p = paths.place(dice, 0.3), paths.heading(dice), paths.ramp(dice, paths.TIME)
    way, radius = dice.pick(("rest", "line", "circle", "size", "turn")), dice.between(low, high)
    q = p - 0.5
    if way == "line":
        return paths.track(x + 0.35 * q * dx, y + 0.35 * q * dy, radius, paths.tilt(dice))
    if way == "circle":
        a = dice.between(0, paths.TAU) + dice.sign() * dice.between(3, 6) * p
        return paths.track(x + 0.14 * np.cos(a), y + 0.14 * np.sin(a), radius, paths.tilt(dice))
    if way == "size":
        return paths.track(x, y, radius * (1 + dice.sign() * 0.6 * q), paths.tilt(dice))
    turn = dice.sign() * 2.5 * p if way == "turn" else 0.0
    return paths.track(x, y, radius, paths.tilt(dice) + turn)
