"""Draws the embedded world: anti-aliased textured things on a background, all frames of a clip at once."""

from dataclasses import dataclass, field

import numpy as np

from d2st.data.embedded.photographic import PHOTOGRAPHIC, photograph
from d2st.data.embedded.shapes import Array, distance, edge, pattern, texture

SIDE = 64  # pixels; decord 0.6.0 reads rgb frames only where a row is a multiple of 64 bytes


@dataclass
class Track:
    """One thing through time: arrays (t,). Places and radii are shares of the frame's side, angles radians.

    In a list of tracks the later one is nearer to the camera.
    """

    x: Array
    y: Array
    radius: Array
    angle: Array
    stretch: Array  # width over height, area kept
    opacity: Array
    twin: bool = False  # looks like the track before it


@dataclass
class Look:
    """What one thing looks like, whatever it does."""

    shape: str
    texture: str
    colours: Array  # (2 c) in 0..1


@dataclass
class Scene:
    """Everything needed to draw a clip of t frames."""

    tracks: list[Track]
    looks: list[Look]
    ground: str
    ground_colours: Array  # (5 c): what photographic.py and, of the first two, shapes.py make of them
    ground_grid: Array  # (n n) in 0..1: all chance of the background
    camera: Array  # (t 3): shift right, shift down, zoom factor
    masks: list[Array] = field(default_factory=list)  # visible share of each thing, (t h w), when asked for


def draw(scene: Scene, side: int = SIDE, masks: bool = False) -> Array:
    """Frames (t h w c) uint8 of a scene; with ``masks`` also fills ``scene.masks``."""
    f = np.float32
    centre = (np.arange(side, dtype=f) + f(0.5)) / f(side)
    shift, down, zoom = (scene.camera[:, k : k + 1].astype(f) for k in range(3))
    x = (centre - f(0.5)) / zoom + f(0.5) - shift  # (t w): what part of the world a column shows
    y = (centre - f(0.5)) / zoom + f(0.5) - down
    seen = slice(0, 1) if (scene.camera == scene.camera[:1]).all() else slice(None)
    frames = np.empty((3, len(x), side, side), f)
    frames[:] = _background(scene, x[seen, None, :], y[seen, :, None])
    for track, look in zip(scene.tracks, scene.looks, strict=True):
        windows, cover = _stamp(frames, track, look, x, y, scene.camera)
        if masks:
            whole = np.zeros(frames.shape[1:], f)
            for t, window in enumerate(windows):
                whole[t][window] = cover[t]
            scene.masks = [m * (f(1) - whole) for m in scene.masks] + [whole]
    frames *= f(255)
    frames += f(0.5)
    pixels = np.empty((*frames.shape[1:], 3), np.uint8)
    for c in range(3):
        pixels[..., c] = frames[c]
    return pixels


def _background(scene: Scene, x: Array, y: Array) -> Array:
    """Colours (c t h w) of the background at columns ``x`` (t 1 w) and rows ``y`` (t h 1)."""
    if scene.ground in PHOTOGRAPHIC:
        return photograph(scene.ground, x, y, scene.ground_grid, scene.ground_colours)
    share = pattern(scene.ground, x, y, scene.ground_grid)
    first, second = scene.ground_colours[:2, :, None, None, None].astype(np.float32)
    return first + (second - first) * share


Window = tuple[slice, slice]


def _stamp(
    frames: Array, track: Track, look: Look, x: Array, y: Array, camera: Array
) -> tuple[list[Window], Array]:
    """Draws one thing over ``frames`` (c t h w) in place; returns the windows drawn in and its cover there."""
    f, side = np.float32, x.shape[-1]
    windows = _windows(track, camera, side)
    u = np.stack([x[t, columns] for t, (_, columns) in enumerate(windows)])[:, None, :]
    v = np.stack([y[t, rows] for t, (rows, _) in enumerate(windows)])[:, :, None]
    centre_x, centre_y, radius = (a.astype(f)[:, None, None] for a in (track.x, track.y, track.radius))
    cos, sin = (g(track.angle).astype(f)[:, None, None] for g in (np.cos, np.sin))
    width = np.sqrt(track.stretch).astype(f)[:, None, None]
    u, v = u - centre_x, v - centre_y
    u, v = (u * cos + v * sin) / (radius * width), (v * cos - u * sin) / (radius / width)
    pixels = radius * camera[:, 2].astype(f)[:, None, None] * f(side)
    cover = np.clip(f(0.5) - distance(look.shape, u, v) * pixels, f(0), f(1))
    cover = cover * track.opacity.astype(f)[:, None, None]
    share = texture(look.texture, u, v)
    shade = f(1) - f(0.4) * edge(v - f(0.05), 5)  # the lower half is darker: which way is up can be seen
    first, second = (row[:, None, None, None] for row in look.colours.astype(f))
    ink = (first + (second - first) * share) * shade
    for t, (rows, columns) in enumerate(windows):
        under = frames[:, t, rows, columns]
        under += cover[t] * (ink[:, t] - under)
    return windows, cover


def _windows(track: Track, camera: Array, side: int) -> list[Window]:
    """For each frame the square (rows, columns), of one size, that holds all of it that can be seen."""
    reach = 1.5 * track.radius * np.maximum(track.stretch, 1 / track.stretch) ** 0.5 * camera[:, 2]
    size = min(side, int(2 * reach.max() * side) + 3)
    corner = []
    for place, shift in ((track.y, camera[:, 1]), (track.x, camera[:, 0])):
        centre = ((place + shift - 0.5) * camera[:, 2] + 0.5) * side
        corner.append(np.clip(np.floor(centre - size / 2 + 0.5).astype(int), 0, side - size))
    return [(slice(i, i + size), slice(j, j + size)) for i, j in zip(*corner, strict=True)]
