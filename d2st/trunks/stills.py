"""Still images of the embedded world with what is to be seen in them, for pre-training the miniature trunk.

A still is one random arrangement of random things on a random background: no motion, no class of either dataset.
"""

import colorsys
import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from d2st.data.embedded.draw import SIDE, Look, Scene, Track, draw
from d2st.data.embedded.look import GROUNDS, Dice, ground_look, object_look
from d2st.data.embedded.shapes import SHAPES, TEXTURES

STILLS = 4  # arrangements of the same things
THINGS = 4  # at most
HUE_BINS = 6
#: of the thing that shows most to the next, both as discs of their radius: apart, about to touch, or which overlaps the other
RELATIONS = ("apart", "touching", "in front", "behind")


def _hue(look: Look) -> float:
    return colorsys.rgb_to_hsv(*look.colours[0])[0]


def _scene(dice: Dice) -> Scene:
    """Up to four things; each still places them anew, shows or hides each, and moves the camera."""
    count = 1 + int(dice.unit() * THINGS)
    tracks = []
    for k in range(count):
        u = dice.many(7, STILLS)
        big = dice.unit() < 0.6 if k == count - 1 else dice.unit() < 0.15
        radius = 0.13 + 0.18 * u[2] if big else 0.065 + 0.1 * u[2]
        if count == 1:  # a close look
            radius = 0.18 + 0.24 * u[2]
        angle = (u[3] - 0.5) * (2 * math.pi if dice.unit() < 0.5 else 0.8)
        stretch = np.exp((u[4] - 0.5) * (1.8 if dice.unit() < 0.3 else 0.0))
        shown = (u[5] < 0.85) * np.where(u[6] < 0.1, u[5], 1.0)
        tracks.append(Track(0.08 + 0.84 * u[0], 0.08 + 0.84 * u[1], radius, angle, stretch, shown))
    if count > 1 and dice.unit() < 0.3:  # touching or covering one another
        tracks[1].x, tracks[1].y = (a + 0.25 * (dice.many(STILLS) - 0.5) for a in (tracks[0].x, tracks[0].y))
    looks = [object_look(dice) for _ in tracks]
    if count > 1 and dice.unit() < 0.15:
        looks[1] = looks[0]
    camera = np.stack(
        [*(0.3 * (dice.many(2, STILLS) - 0.5)), np.exp(0.5 * (dice.many(STILLS) - 0.6))], axis=1
    )
    return Scene(tracks, looks, *ground_look(dice), camera)


def stills(seed: int, step: int, scenes: int, side: int = 48) -> tuple[Tensor, dict[str, Tensor]]:
    """A batch of ``b = 4 scenes`` stills, a function of (seed, step) alone.

    Returns:
        images ``(b c h w)`` in -1..1 and the targets. Of the thing that shows most (``main_``) and the next (``next_``):
        ``shape``, ``texture`` (b), ``where`` (b, x y radius log-stretch sin cos hue-cos hue-sin), ``seen`` (b) bool.
        ``relation`` (b) of these two, one of RELATIONS, and ``direction`` (b 2), right and down, from one to the other.
        ``count``, ``ground`` (b); ``ground_hue`` (b 2); ``cover`` (b 12 12) share of each cell that things cover;
        ``hues`` (b 6 6 6) the same by hue bin; per cell of the 6x6 grid its foremost thing: ``cell_shape``,
        ``cell_texture`` (b 6 6), ``cell_where`` (b 6 6 8, x and y relative to the cell), ``cell_seen`` (b 6 6).
    """
    made = [_still(Dice("still", seed, step, k)) for k in range(scenes)]
    images = torch.cat([image for image, _ in made])
    images = functional.interpolate(images, size=(side, side), mode="bilinear", align_corners=False)
    return images, {key: torch.cat([targets[key] for _, targets in made]) for key in made[0][1]}


def _still(dice: Dice) -> tuple[Tensor, dict[str, Tensor]]:
    scene = _scene(dice)
    pixels = draw(scene, masks=True)
    image = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1
    masks = torch.from_numpy(np.stack(scene.masks, axis=1))  # (t o h w)
    masks = torch.cat([masks, torch.zeros(STILLS, THINGS - masks.shape[1], SIDE, SIDE)], dim=1)
    where, shape, texture, hue_bin = _attributes(scene)

    area = masks.mean(dim=(2, 3))
    order = area.argsort(dim=1, descending=True)
    targets = {"count": (area > 0.004).sum(dim=1)}
    for rank, name in enumerate(("main", "next")):
        which = order[:, rank]
        targets[f"{name}_where"] = where[torch.arange(STILLS), which]
        targets[f"{name}_shape"], targets[f"{name}_texture"] = shape[which], texture[which]
        targets[f"{name}_seen"] = area.gather(1, which[:, None])[:, 0] > 0.004
    targets["relation"], targets["direction"] = _relation(targets, order[:, 0] > order[:, 1])
    targets["cover"] = functional.adaptive_avg_pool2d(masks.sum(dim=1), 12).clamp(0, 1)
    cells = functional.adaptive_avg_pool2d(masks, 6)  # (t o 6 6)
    bins = functional.one_hot(hue_bin, HUE_BINS).float()
    targets["hues"] = torch.einsum("tohw,ok->tkhw", cells, bins).clamp(0, 1)
    top, which = cells.max(dim=1)
    targets["cell_seen"], targets["cell_shape"], targets["cell_texture"] = (
        top > 0.08,
        shape[which],
        texture[which],
    )
    near = where[torch.arange(STILLS)[:, None, None], which].clone()
    axis = (torch.arange(6) + 0.5) / 6
    near[..., 0] -= axis[None, None, :]
    near[..., 1] -= axis[None, :, None]
    targets["cell_where"] = near
    first = colorsys.rgb_to_hsv(*scene.ground_colours[0])[0] * 2 * math.pi
    targets["ground"] = torch.full((STILLS,), GROUNDS.index(scene.ground))
    targets["ground_hue"] = torch.tensor([[math.cos(first), math.sin(first)]]).expand(STILLS, 2)
    return image, targets


def _relation(targets: dict[str, Tensor], nearer: Tensor) -> tuple[Tensor, Tensor]:
    """RELATIONS' index (b) and direction (b 2) of main and next; ``nearer`` (b): main was drawn after next."""
    one, two = targets["main_where"], targets["next_where"]
    way = two[:, :2] - one[:, :2]
    far = way.norm(dim=1)
    gap = far / (one[:, 2] + two[:, 2])  # 1: discs would touch
    overlap = torch.where(nearer, 2, 3)
    kind = torch.where(gap > 1.15, 0, torch.where(gap > 0.8, 1, overlap))
    return kind, way / far.clamp(min=1e-3)[:, None]


def _attributes(scene: Scene) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """where (t o 8), shape, texture and hue bin (o) of a scene's things, padded to four."""
    where = np.zeros((STILLS, THINGS, 8), np.float32)
    shape, texture, hue_bin = (torch.zeros(THINGS, dtype=torch.long) for _ in range(3))
    shift, zoom = scene.camera[:, :2], scene.camera[:, 2]
    for k, (track, look) in enumerate(zip(scene.tracks, scene.looks, strict=True)):
        hue = _hue(look)
        x, y = ((p + shift[:, i] - 0.5) * zoom + 0.5 for i, p in enumerate((track.x, track.y)))
        turned = 2 * math.pi * hue
        rows = (x, y, track.radius * zoom, np.log(track.stretch), np.sin(track.angle), np.cos(track.angle))
        for column, row in enumerate((*rows, math.cos(turned), math.sin(turned))):
            where[:, k, column] = row
        shape[k], texture[k] = SHAPES.index(look.shape), TEXTURES.index(look.texture)
        hue_bin[k] = int(hue * HUE_BINS) % HUE_BINS
    return torch.from_numpy(where), shape, texture, hue_bin
