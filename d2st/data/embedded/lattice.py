"""Smooth heights between given ones."""

import numpy as np

Array = np.ndarray


def lattice(u: Array, v: Array, grid: Array) -> Array:
    """Heights at columns ``u`` and rows ``v`` (broadcast) of ``grid`` (n n), whose entries stand at whole numbers and
    repeat every n; smooth in between, in float32."""
    f, n = np.float32, len(grid)
    i, j = np.floor(u).astype(np.intp), np.floor(v).astype(np.intp)
    u, v = u - i.astype(f), v - j.astype(f)
    u, v = u * u * (f(3) - f(2) * u), v * v * (f(3) - f(2) * v)
    left, right, top, bottom = i % n, (i + 1) % n, j % n, (j + 1) % n
    g = grid.astype(f)
    above = g[top, left] * (f(1) - u) + g[top, right] * u
    return above * (f(1) - v) + (g[bottom, left] * (f(1) - u) + g[bottom, right] * u) * v
