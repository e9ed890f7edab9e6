"""Sampled points on frames: a row a pathway, a column a frame, a colour a head, the area of a point its attention."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from d2st.errors import UserError

# Okabe and Ito's palette, without its black
COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#FFFFFF")
AREA = 26.0  # of a point with its even share of a head's attention, in square points of print
LARGEST = 8.0  # such shares: larger points would hide the frame
SIDE = 1.32  # of a frame with its margins, inches
MARGIN, LARGEST_MARGIN = 0.04, 0.3  # shown around a frame, of its side: points may leave it
INK, GREY = "#222222", "#5A5A5A"


class Pathway(NamedTuple):
    """What one pathway attends to.

    Attributes:
        points: sampled positions ``(g p 3)``, (t, h, w) in tokens; 0 is the centre of the first.
        reference: where they would be without offsets ``(p 3)``.
        weights: attention of each head ``(g p)``, sums to one over the points.
        grid: tokens ``(h, w)`` of a frame.
    """

    name: str
    points: np.ndarray
    reference: np.ndarray
    weights: np.ndarray
    grid: tuple[int, int]

    def shares(self, t: int) -> np.ndarray:
        """Percent of the attention that reads each of ``t`` frames ``(t)``: a point between two reads both (trilinear
        sampling). The rest of 100 reads the zeros before the first frame and behind the last."""
        near = np.maximum(1 - np.abs(self.points[..., None, 0] - np.arange(t)), 0)
        return 100 * (self.weights[..., None] * near).sum((0, 1)) / len(self.weights)


def draw(frames: np.ndarray, pathways: list[Pathway], title: str, note: str, output: Path) -> None:
    """Write the PNG ``output``.

    Args:
        frames: uint8 ``(t h w c)``.

    Raises:
        UserError: the file cannot be written.
    """
    t, rows = len(frames), len(pathways)
    width, height = max(SIDE * t + 0.45, 8.5), (SIDE + 0.2) * rows + 1.57
    figure = Figure(figsize=(width, height), facecolor="white")
    axes = figure.subplots(rows, t, squeeze=False)
    figure.subplots_adjust(
        left=0.36 / width,
        right=1 - 0.06 / width,
        top=1 - 0.83 / height,
        bottom=0.9 / height,
        wspace=0.04,
        hspace=0.2 / SIDE,
    )
    margin = max(_margin(pathway) for pathway in pathways)
    for row, pathway in zip(axes, pathways, strict=True):
        shares = pathway.shares(t)
        for number, (ax, frame) in enumerate(zip(row, frames, strict=True)):
            _background(ax, frame, margin)
            _points(ax, pathway, number, t, frame.shape[:2])
            ax.set_xlabel(f"{shares[number]:.0f} %", fontsize=8.5, color=GREY, labelpad=2)
        row[0].set_ylabel(f"{pathway.name} pathway", fontsize=10, color=INK, labelpad=5)
    for number, ax in enumerate(axes[0]):
        ax.set_title(f"frame {number + 1}", fontsize=9, color=GREY, pad=3)
    figure.text(0.36 / width, 1 - 0.1 / height, title, fontsize=12.5, weight="bold", color=INK, va="top")
    figure.text(0.36 / width, 1 - 0.36 / height, note, fontsize=9, color=GREY, va="top")
    _legend(figure, max(len(pathway.weights) for pathway in pathways))
    try:
        figure.savefig(output, dpi=160, format="png")
    except OSError as error:
        raise UserError(f"cannot write '{output}': {error.strerror or error}") from error


def _margin(pathway: Pathway) -> float:
    """How far points leave the frame, of its side, within bounds."""
    places = (pathway.points[..., 1:] + 0.5) / np.array(pathway.grid)
    outside = max(-places.min(), places.max() - 1, 0.0)
    return float(min(max(outside + 0.05, MARGIN), LARGEST_MARGIN))


def _background(ax: Axes, frame: np.ndarray, margin: float) -> None:
    """The frame, pale and greyish, so that the heads' colours stand out."""
    h, w = frame.shape[:2]
    grey = frame @ np.array([0.299, 0.587, 0.114])
    pale = 0.38 + 0.62 * (0.35 * grey[..., None] + 0.65 * frame) / 255
    ax.imshow(pale.clip(0, 1), interpolation="bicubic", zorder=1)
    edge = Rectangle((-0.5, -0.5), w, h, fill=False, edgecolor="#9A9A9A", linewidth=0.6, zorder=2)
    ax.add_patch(edge)
    ax.set_xlim(-0.5 - margin * w, w - 0.5 + margin * w)
    ax.set_ylim(h - 0.5 + margin * h, -0.5 - margin * h)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)


def _points(ax: Axes, pathway: Pathway, number: int, t: int, size: tuple[int, int]) -> None:
    """The points nearest to frame ``number``, each with a line from where it would be without offset."""
    scale = np.array(size) / pathway.grid
    count = pathway.weights.shape[-1]
    # all heads' points in one list, the largest first, so that none is hidden
    order = np.argsort(-pathway.weights, axis=None)
    points, share = pathway.points.reshape(-1, 3)[order], count * pathway.weights.reshape(-1)[order]
    places = [((p[:, 1:] + 0.5) * scale - 0.5) for p in (points, pathway.reference[order % count])]
    here = np.flatnonzero(np.clip(np.rint(points[:, 0]), 0, t - 1) == number)
    for i in here:
        (y, x), (y0, x0) = places[0][i], places[1][i]
        opacity = float(np.clip(1 - abs(points[i, 0] - number), 0.15, 1))
        colour = COLOURS[order[i] // count % len(COLOURS)]
        ax.plot([x0, x], [y0, y], color=colour, lw=0.9, alpha=0.9 * opacity, zorder=3)
        ax.plot([x0], [y0], marker="+", ms=2.5, mew=0.5, color=INK, zorder=3)
        face, edge = to_rgba(colour, opacity), (1, 1, 1, opacity)
        size_here = (AREA * min(share[i], LARGEST)) ** 0.5
        ax.plot([x], [y], "o", color=face, ms=size_here, mec=edge, mew=0.6, zorder=4)


def _legend(figure: Figure, heads: int) -> None:
    def circle(label: str, colour: str, area: float, alpha: float = 1.0) -> Line2D:
        return Line2D(
            [],
            [],
            ls="",
            marker="o",
            color=to_rgba(colour, alpha),
            ms=area**0.5,
            mec="#9A9A9A" if colour == "#FFFFFF" else "white",
            mew=0.6,
            label=label,
        )

    headed = [circle(f"head {i + 1}", COLOURS[i % len(COLOURS)], AREA) for i in range(heads)]
    sizes = [
        circle(label, "#777777", AREA * factor)
        for label, factor in (("½ ×", 0.5), ("1 ×", 1.0), ("2 × even attention", 2.0))
    ]
    sizes += [
        Line2D(
            [],
            [],
            color="#777777",
            lw=0.9,
            marker="+",
            markevery=[0],
            mec=INK,
            ms=4,
            label="offset from the grid",
        ),
        circle("between two frames", "#777777", AREA, 0.4),
    ]
    for row, handles in ((0.44, headed), (0.2, sizes)):
        figure.legend(
            handles=handles,
            loc="lower center",
            bbox_to_anchor=(0.5, row / figure.get_figheight()),
            ncols=len(handles),
            frameon=False,
            fontsize=8.5,
            handletextpad=0.2,
            columnspacing=1.0,
            borderaxespad=0.0,
        )
    told = "Per cent: the share of a pathway's attention that reads this frame. Points outside a frame read zeros."
    figure.text(0.5, 0.07 / figure.get_figheight(), told, fontsize=8.5, color=GREY, ha="center", va="bottom")
