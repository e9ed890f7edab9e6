"""Draws the embedded world: anti-aliased textured shapes on a background, all frames of a clip at once.

A shape is a signed distance (negative inside, in units of its radius), a texture a mixture of two colours in the
object's own coordinates. Pixels pass through ``+ - * / sqrt min max floor`` in float32 only, which IEEE 754 fixes, so
that every machine draws the same frames.
"""

from dataclasses import dataclass, field

import numpy as np

SIDE = 64  # pixels; decord 0.6.0 reads rgb frames only where a row is a multiple of 64 bytes
Array = np.ndarray

SHAPES = (
    "disc",
    "square",
    "triangle",
    "plus",
    "ring",
    "hexagon",
    "bar",
    "crescent",
    "star",
    "house",
    "tee",
    "arch",
)
TEXTURES = ("plain", "stripes", "checks", "dots", "halves", "target")
GROUNDS = ("plain", "slope", "blobs", "bands", "tiles", "horizon", "spots", "bricks")


def _length(u: Array, v: Array) -> Array:
    return np.sqrt(u * u + v * v)


def _box(u: Array, v: Array, a: float, b: float) -> Array:
    return np.maximum(np.abs(u) - np.float32(a), np.abs(v) - np.float32(b))


def _triangle(u: Array, v: Array) -> Array:
    """Upright, its tip at v = -1 (v points down)."""
    return np.maximum(
        v - np.float32(0.6), np.float32(0.87) * np.abs(u) - np.float32(0.5) * v - np.float32(0.5)
    )


def distance(shape: str, u: Array, v: Array) -> Array:
    """Signed distance to the outline of ``shape`` at its own coordinates ``u`` (right), ``v`` (down), radius 1."""
    f = np.float32
    if shape == "disc":
        return _length(u, v) - f(0.9)
    if shape == "square":
        return _box(u, v, 0.8, 0.8)
    if shape == "triangle":
        return _triangle(u, v)
    if shape == "plus":
        return np.minimum(_box(u, v, 0.95, 0.32), _box(u, v, 0.32, 0.95))
    if shape == "ring":
        return np.abs(_length(u, v) - f(0.68)) - f(0.28)
    if shape == "hexagon":
        return np.maximum(f(0.87) * np.abs(u) + f(0.5) * np.abs(v), np.abs(v)) - f(0.82)
    if shape == "bar":
        return _box(u, v, 1.0, 0.4)
    if shape == "crescent":
        return np.maximum(_length(u, v) - f(0.95), f(0.75) - _length(u - f(0.5), v))
    if shape == "star":
        return np.minimum(_triangle(u, v), _triangle(u, -v))
    if shape == "house":
        return np.minimum(_box(u, v - f(0.35), 0.6, 0.5), _triangle(u, v + f(0.45)))
    if shape == "tee":
        return np.minimum(_box(u, v + f(0.6), 0.9, 0.3), _box(u, v - f(0.1), 0.3, 0.8))
    return np.maximum(_box(u, v, 0.85, 0.85), -_box(u, v - f(0.5), 0.38, 0.8))  # arch


def _wave(x: Array) -> Array:
    """Triangle wave of period 1 between 0 and 1, zero at whole numbers."""
    return np.abs(np.float32(2) * (x - np.floor(x)) - np.float32(1)) * np.float32(-1) + np.float32(1)


def _edge(x: Array, sharpness: float) -> Array:
    return np.clip(np.float32(sharpness) * x + np.float32(0.5), np.float32(0), np.float32(1))


def texture(name: str, u: Array, v: Array) -> Array:
    """Share of the second colour, 0..1, at own coordinates ``u``, ``v``."""
    f = np.float32
    if name == "stripes":
        return _edge(_wave(f(1.3) * u) - f(0.5), 4)
    if name == "checks":
        return _edge((_wave(u * f(1.0) + f(0.25)) - f(0.5)) * (_wave(v * f(1.0) + f(0.25)) - f(0.5)), 12)
    if name == "dots":
        return _edge(f(0.25) - _length(_wave(u * f(1.1)) - f(1), _wave(v * f(1.1)) - f(1)) * f(0.5), 6)
    if name == "halves":
        return _edge(u, 6)
    if name == "target":
        return _edge(f(0.42) - _length(u, v), 6)
    return np.zeros_like(u)


def ground(name: str, x: Array, y: Array, grid: Array) -> Array:
    """Share of the background's second colour at image coordinates (0..1 across the frame, free outside).

    ``grid`` (9 9) in 0..1 gives the blobs their heights, and its first entries the slope's direction.
    """
    f = np.float32
    if name == "slope":
        a, b = f(grid[0, 0] - 0.5), f(grid[0, 1] - 0.5)
        return np.clip(f(0.5) + (a * (x - f(0.5)) + b * (y - f(0.5))) * f(2), f(0), f(1))
    if name == "blobs":
        u, v = (np.clip(c * f(5) + f(1.5), f(0), f(7.99)) for c in (x, y))
        i, j = np.floor(u).astype(np.intp), np.floor(v).astype(np.intp)
        u, v = u - i.astype(f), v - j.astype(f)
        u, v = u * u * (f(3) - f(2) * u), v * v * (f(3) - f(2) * v)
        g = grid.astype(f)
        top = g[j, i] * (f(1) - u) + g[j, i + 1] * u
        return top * (f(1) - v) + (g[j + 1, i] * (f(1) - u) + g[j + 1, i + 1] * u) * v
    if name == "bands":
        return _edge(_wave((x + y) * f(3)) - f(0.5), 3)
    if name == "tiles":
        return _edge((_wave(x * f(3)) - f(0.5)) * (_wave(y * f(3)) - f(0.5)), 16)
    if name == "horizon":
        return _edge(y - f(0.45 + 0.2 * grid[0, 0]), 40)
    if name == "spots":
        return _edge(f(0.3) - _length(_wave(x * f(4)) - f(1), _wave(y * f(4)) - f(1)), 5)
    if name == "bricks":
        row = np.floor(y * f(6))
        joint = np.maximum(f(1) - _wave(y * f(6)) * f(4), f(1) - _wave(x * f(3) + row * f(0.5)) * f(8))
        return np.clip(joint, f(0), f(1))
    return np.zeros_like(x)


@dataclass
class Track:
    """One object through time: arrays (t,). Places and radii are shares of the frame's side, angles radians.

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
    """What one object looks like, whatever it does."""

    shape: str
    texture: str
    colours: Array  # (2 c) in 0..1


@dataclass
class Scene:
    """Everything needed to draw a clip of t frames."""

    tracks: list[Track]
    looks: list[Look]
    ground: str
    ground_colours: Array  # (2 c)
    ground_grid: Array  # (9 9)
    camera: Array  # (t 3): shift right, shift down, zoom factor
    masks: list[Array] = field(default_factory=list)  # visible share of each object, (t h w), when asked for


def draw(scene: Scene, side: int = SIDE, masks: bool = False) -> Array:
    """Frames (t h w c) uint8 of a scene; with ``masks`` also fills ``scene.masks``."""
    f = np.float32
    centre = (np.arange(side, dtype=f) + f(0.5)) / f(side)
    shift, down, zoom = (scene.camera[:, k].astype(f)[:, None, None] for k in range(3))
    x = (centre[None, None, :] - f(0.5)) / zoom + f(0.5) - shift + np.zeros_like(centre)[None, :, None]
    y = (centre[None, :, None] - f(0.5)) / zoom + f(0.5) - down + np.zeros_like(centre)[None, None, :]
    still = bool((scene.camera == scene.camera[:1]).all())
    share = ground(scene.ground, x[:1] if still else x, y[:1] if still else y, scene.ground_grid)
    first, second = scene.ground_colours.astype(f)
    frames = [first[c] + (second[c] - first[c]) * share for c in range(3)]
    frames = [np.broadcast_to(plane, x.shape).copy() for plane in frames]
    for track, look in zip(scene.tracks, scene.looks, strict=True):
        cover = _stamp(frames, track, look, x, y, scene.camera)
        if masks:
            scene.masks = [m * (f(1) - cover) for m in scene.masks] + [cover]
    return np.stack([np.floor(plane * f(255) + f(0.5)) for plane in frames], axis=-1).astype(np.uint8)


def _stamp(frames: list[Array], track: Track, look: Look, x: Array, y: Array, camera: Array) -> Array:
    """Draws one object over ``frames`` in place, only in a window around it; returns its cover (t h w)."""
    f, side = np.float32, x.shape[-1]
    windows = _windows(track, camera, side)
    u, v = (np.stack([c[t][window] for t, window in enumerate(windows)]) for c in (x, y))
    centre_x, centre_y, radius = (a.astype(f)[:, None, None] for a in (track.x, track.y, track.radius))
    cos, sin = (g(track.angle).astype(f)[:, None, None] for g in (np.cos, np.sin))
    width = np.sqrt(track.stretch).astype(f)[:, None, None]
    u, v = u - centre_x, v - centre_y
    u, v = (u * cos + v * sin) / (radius * width), (v * cos - u * sin) / (radius / width)
    pixels = radius * camera[:, 2].astype(f)[:, None, None] * f(side)
    cover = np.clip(f(0.5) - distance(look.shape, u, v) * pixels, f(0), f(1))
    cover = cover * track.opacity.astype(f)[:, None, None]
    share = texture(look.texture, u, v)
    shade = f(1) - f(0.4) * _edge(v - f(0.05), 5)  # the lower half is darker: which way is up can be seen
    first, second = look.colours.astype(f)
    ink = [(first[c] + (second[c] - first[c]) * share) * shade for c in range(3)]
    whole = np.zeros_like(x)
    for t, window in enumerate(windows):
        whole[t][window] = cover[t]
        for c, plane in enumerate(frames):
            plane[t][window] += cover[t] * (ink[c][t] - plane[t][window])
    return whole


def _windows(track: Track, camera: Array, side: int) -> list[tuple[slice, slice]]:
    """For each frame the square (rows, columns), of one size, that holds all of the object that can be seen."""
    reach = 1.5 * track.radius * np.maximum(track.stretch, 1 / track.stretch) ** 0.5 * camera[:, 2]
    size = min(side, int(2 * reach.max() * side) + 3)
    corner = []
    for place, shift in ((track.y, camera[:, 1]), (track.x, camera[:, 0])):
        centre = ((place + shift - 0.5) * camera[:, 2] + 0.5) * side
        corner.append(np.clip(np.floor(centre - size / 2 + 0.5).astype(int), 0, side - size))
    return [(slice(i, i + size), slice(j, j + size)) for i, j in zip(*corner, strict=True)]
