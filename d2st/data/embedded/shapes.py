"""Shapes as signed distances (negative inside, in units of the radius), textures and patterned backgrounds as mixtures
of two colours. All in float32 by ``+ - * / sqrt min max floor`` only, which IEEE 754 fixes, so every machine draws the same.
"""

import numpy as np

from d2st.data.embedded.lattice import Array, lattice

SHAPES = (
    *("disc", "square", "triangle", "plus", "ring", "hexagon"),
    *("bar", "crescent", "star", "house", "tee", "arch"),
)
TEXTURES = ("plain", "stripes", "checks", "dots", "halves", "target")
PATTERNS = ("plain", "slope", "blobs", "bands", "tiles", "horizon", "spots", "bricks")


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
    """Signed distance to the outline of ``shape`` at its own coordinates ``u`` right, ``v`` down, radius 1."""
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


def wave(x: Array) -> Array:
    """Triangle wave of period 1 between 0 and 1, zero at whole numbers."""
    return np.abs(np.float32(2) * (x - np.floor(x)) - np.float32(1)) * np.float32(-1) + np.float32(1)


def edge(x: Array, sharpness: float) -> Array:
    """A step from 0 to 1 at x = 0, as wide as 1 / ``sharpness``."""
    return np.clip(np.float32(sharpness) * x + np.float32(0.5), np.float32(0), np.float32(1))


def texture(name: str, u: Array, v: Array) -> Array:
    """Share of the second colour, 0..1, at own coordinates ``u``, ``v``."""
    f = np.float32
    if name == "stripes":
        return edge(wave(f(1.3) * u) - f(0.5), 4)
    if name == "checks":
        return edge((wave(u * f(1.0) + f(0.25)) - f(0.5)) * (wave(v * f(1.0) + f(0.25)) - f(0.5)), 12)
    if name == "dots":
        return edge(f(0.25) - _length(wave(u * f(1.1)) - f(1), wave(v * f(1.1)) - f(1)) * f(0.5), 6)
    if name == "halves":
        return edge(u, 6)
    if name == "target":
        return edge(f(0.42) - _length(u, v), 6)
    return np.zeros_like(u)


def pattern(name: str, x: Array, y: Array, grid: Array) -> Array:
    """Share of the second colour at columns ``x`` and rows ``y`` (0..1 across the frame, free outside).

    ``grid`` (n n) in 0..1 gives the blobs their heights, and its first entries the slope's direction.
    """
    f = np.float32
    if name == "slope":
        a, b = f(grid[0, 0] - 0.5), f(grid[0, 1] - 0.5)
        return np.clip(f(0.5) + (a * (x - f(0.5)) + b * (y - f(0.5))) * f(2), f(0), f(1))
    if name == "blobs":
        return lattice(x * f(5), y * f(5), grid)
    if name == "bands":
        return edge(wave((x + y) * f(3)) - f(0.5), 3)
    if name == "tiles":
        return edge((wave(x * f(3)) - f(0.5)) * (wave(y * f(3)) - f(0.5)), 16)
    if name == "horizon":
        return edge(y - f(0.45 + 0.2 * grid[0, 0]), 40)
    if name == "spots":
        return edge(f(0.3) - _length(wave(x * f(4)) - f(1), wave(y * f(4)) - f(1)), 5)
    if name == "bricks":
        row = np.floor(y * f(6))
        joint = np.maximum(f(1) - wave(y * f(6)) * f(4), f(1) - wave(x * f(3) + row * f(0.5)) * f(8))
        return np.clip(joint, f(0), f(1))
    return np.zeros_like(x + y)
