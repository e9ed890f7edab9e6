"""Backgrounds like photographs: many colours, detail at every scale, things in front of each other, light from one side.

Made of what makes natural images look and measure as they do: heights whose octaves are half as high where twice as fine
(amplitudes fall as 1 / frequency: Field, J. Opt. Soc. Am. A 4, 1987), leaves of power-law sizes that cover each other (the
dead leaves of Lee, Mumford and Huang, Int. J. Comput. Vis. 41, 2001), stones (cells about scattered points: Worley, SIGGRAPH
1996) and perspective. Operations as in shapes.py, so every machine draws the same.
"""

import numpy as np

from d2st.data.embedded.lattice import Array, lattice
from d2st.data.embedded.shapes import edge, wave

PHOTOGRAPHIC = ("foliage", "landscape", "boards", "stones")
LEAVES = 96


def photograph(kind: str, x: Array, y: Array, grid: Array, colours: Array) -> Array:
    """Colours (c t h w) in 0..1 at columns ``x`` (t 1 w) and rows ``y`` (t h 1), 0..1 across the frame, free outside.

    ``grid`` (n n) in 0..1 is all its chance, ``colours`` (5 c): two that belong together, a light, a dark, another.
    """
    f = np.float32
    grid, inks = grid.astype(f), colours.astype(f)[:, :, None, None, None]
    picture = _KINDS[kind](x, y, grid, inks)
    tilt, turn = grid[-1, :2] - f(0.5)
    light = f(1) + (tilt * (x - f(0.5)) + turn * (y - f(0.5))) * f(0.7)
    return np.clip(picture * light, f(0), f(1))


def fractal(x: Array, y: Array, grid: Array, cells: float = 2.0, octaves: int = 5) -> Array:
    """Heights about 0.5 in 0..1: ``cells`` hills across the frame, then twice as many half as high, and so on."""
    f = np.float32
    total: Array = np.zeros((), f)
    for k in range(octaves):
        fine = f(cells * 2**k)
        total = total + f(0.5**k) * lattice(x * fine + f(5.3 * k), y * fine + f(3.7 * k), grid)
    return total / f(2 - 0.5 ** (octaves - 1))


def _mix(first: Array, second: Array, share: Array | np.float32) -> Array:
    return first + (second - first) * share


def _foliage(x: Array, y: Array, grid: Array, inks: Array) -> Array:
    """Leaves of many sizes in front of each other, each lit from above."""
    f = np.float32
    picture = inks[3] * (f(0.6) + f(0.6) * fractal(x, y, grid, cells=4, octaves=4))
    drawn = grid.ravel()[: 8 * LEAVES].reshape(LEAVES, 8)
    for left, top, large, long, a, b, ink, dim in drawn:  # 0 to 1, rounded to 1 now and then
        radius = f(0.07) / np.sqrt(f(0.05) + large)  # few large, many small
        width, a, b = f(0.45) + f(0.5) * long, a - f(0.5), b - f(0.5)
        norm = np.sqrt(a * a + b * b + f(1e-6))
        p, q = x - (f(1.5) * left - f(0.25)), y - (f(1.5) * top - f(0.25))
        u, v = (p * a + q * b) / (norm * radius), (q * a - p * b) / (norm * radius * width)
        far = np.sqrt(u * u + v * v)
        cover = edge((f(1) - far) * radius, 48)
        lit = f(0.75) + f(0.5) * dim - f(0.3) * np.clip(q / radius, f(-1), f(1))
        lit = lit - f(0.25) * edge(f(0.12) - np.abs(v), 8)  # the rib
        picture = _mix(picture, inks[min(int(ink * 5), 4)] * lit, cover)
    return picture


def _landscape(x: Array, y: Array, grid: Array, inks: Array) -> Array:
    """A sky with clouds, two ridges, the farther one paler, and ground whose detail shrinks with distance."""
    f = np.float32
    clouds = edge(fractal(x, f(2.2) * y, grid, cells=2) - f(0.52), 5)
    sky = _mix(_mix(inks[0], inks[2], np.clip(f(1.6) * y, f(0), f(1))), inks[2] * f(1.15), clouds)
    level = f(0.35) + f(0.3) * grid[0, 0]
    far = level + f(0.5) * (fractal(x, x * f(0), grid, cells=2) - f(0.5)) - f(0.1)
    near = level + f(0.35) * (fractal(x, x * f(0) + f(0.4), grid, cells=3) - f(0.5)) + f(0.08)
    rough = fractal(x, y, grid, cells=5, octaves=4)
    picture = _mix(sky, _mix(inks[1], inks[2], f(0.35)) * (f(0.8) + f(0.4) * rough), edge(y - far, 64))
    depth = f(1) / (f(0.12) + np.maximum(y - near, f(0)))
    ground = fractal((x - f(0.5)) * depth * f(0.35), depth * f(0.6), grid, cells=3)
    ground = _mix(inks[3], inks[4], np.clip(f(2.4) * ground - f(0.7), f(0), f(1)))
    return _mix(picture, ground, edge(y - near, 64))


def _boards(x: Array, y: Array, grid: Array, inks: Array) -> Array:
    """Boards side by side, across or upright, each with a grain and a tone of its own."""
    f = np.float32
    along, over = (x, y) if grid[0, 0] < 0.5 else (y, x)
    over = over * (f(2.5) + f(3) * grid[0, 1])
    board = np.floor(over)
    index = board.astype(np.intp) % len(grid)
    tone, start = grid[index, 3] + f(0) * along, grid[index, 5] * f(20)
    bend = fractal(along + start, over * f(0.3), grid, cells=1.5, octaves=3)
    grain = wave(over * f(1.5) + f(5) * bend)
    fine = fractal(along * f(0.5) + start, over * f(2.5), grid, cells=4, octaves=4)
    wood = _mix(inks[0], inks[1], np.clip(f(0.5) * grain + f(1.1) * fine - f(0.25), f(0), f(1)))
    wood = _mix(wood, inks[4], f(0.35) * tone) * (f(0.75) + f(0.45) * tone)
    inside = over - board
    gap = edge(f(0.05) - np.minimum(inside, f(1) - inside), 14)
    return _mix(wood, inks[3] * f(0.6), gap)


def _stones(x: Array, y: Array, grid: Array, inks: Array) -> Array:
    """Stones of one layer with dark gaps, each of its own tone and lit from the upper left."""
    f, n = np.float32, len(grid)
    many = f(3.5) + f(3.5) * grid[0, 0]
    u, v = (np.broadcast_to(c, np.broadcast_shapes(x.shape, y.shape)) for c in (x * many, y * many))
    i, j = np.floor(u).astype(np.intp), np.floor(v).astype(np.intp)
    nearest, second = np.full(u.shape, f(9)), np.full(u.shape, f(9))
    tone, ink, lit = (np.zeros(u.shape, f) for _ in range(3))
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            column, row = i + right, j + down
            p = u - column.astype(f) - grid[row % n, column % n]
            q = v - row.astype(f) - grid[(row + 7) % n, column % n]
            far = np.sqrt(p * p + q * q)
            first = far < nearest
            second = np.minimum(second, np.where(first, nearest, far))
            nearest = np.where(first, far, nearest)
            tone = np.where(first, grid[(row + 13) % n, column % n], tone)
            ink = np.where(first, grid[row % n, (column + 11) % n], ink)
            lit = np.where(first, p + q, lit)
    rough = fractal(x, y, grid, cells=6, octaves=4)
    stone = _mix(_mix(inks[0], inks[1], tone), inks[4], edge(ink - f(0.65), 6))
    stone = stone * (f(0.7) + f(0.4) * tone - f(0.45) * lit + f(0.5) * (rough - f(0.5)))
    return _mix(inks[3] * f(0.5), stone, edge(second - nearest - f(0.06), 8))


_KINDS = {"foliage": _foliage, "landscape": _landscape, "boards": _boards, "stones": _stones}
