"""Sampled points on frames: a row a pathway, a column a frame, a colour a head, the area of a point its attention."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from d2st.errors import UserError

# Okabe and Ito's palette, without its black
COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#FFFFFF")
AREA = 60.0  # of a point with its even share of a head's attention, in square points of print
SIDE = 2.0  # of a frame, inches
MARGIN = 0.05  # shown around a frame, of its side: points may leave it


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


def draw(frames: np.ndarray, pathways: list[Pathway], title: str, note: str, output: Path) -> None:
    """Write the PNG ``output``.

    Args:
        frames: uint8 ``(t h w c)``.

    Raises:
        UserError: the file cannot be written.
    """
    t, rows = len(frames), len(pathways)
    width, height = max(SIDE * t + 0.5, 8), SIDE * rows + 1.5
    figure = Figure(figsize=(width, height), facecolor="white")
    axes = figure.subplots(rows, t, squeeze=False)
    figure.subplots_adjust(
        left=0.42 / width,
        right=1 - 0.08 / width,
        top=1 - 0.95 / height,
        bottom=0.5 / height,
        wspace=0.03,
        hspace=0.03,
    )
    for row, pathway in zip(axes, pathways, strict=True):
        for number, (ax, frame) in enumerate(zip(row, frames, strict=True)):
            _background(ax, frame)
            _points(ax, pathway, number, t, frame.shape[:2])
        row[0].set_ylabel(f"{pathway.name} pathway", fontsize=11, labelpad=6)
    for number, ax in enumerate(axes[0]):
        ax.set_title(f"frame {number + 1}", fontsize=9, color="#444444", pad=3)
    figure.text(0.42 / width, 1 - 0.12 / height, title, fontsize=14, weight="bold", va="top")
    figure.text(0.42 / width, 1 - 0.42 / height, note, fontsize=10, color="#444444", va="top")
    _legend(figure, max(len(pathway.weights) for pathway in pathways))
    try:
        figure.savefig(output, dpi=110, format="png")
    except OSError as error:
        raise UserError(f"cannot write '{output}': {error.strerror or error}") from error


def _background(ax: Axes, frame: np.ndarray) -> None:
    h, w = frame.shape[:2]
    ax.set_facecolor("#EFEFEF")
    ax.imshow(0.35 + 0.65 * frame / 255, interpolation="nearest")
    ax.set_xlim(-0.5 - MARGIN * w, w - 0.5 + MARGIN * w)
    ax.set_ylim(h - 0.5 + MARGIN * h, -0.5 - MARGIN * h)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)


def _points(ax: Axes, pathway: Pathway, number: int, t: int, size: tuple[int, int]) -> None:
    """The points nearest to frame ``number``, each with a line from where it would be without offset."""
    scale = np.array(size) / pathway.grid
    share = pathway.weights * pathway.weights.shape[-1]
    for head, (points, weights) in enumerate(zip(pathway.points, share, strict=True)):
        time = points[:, 0]
        here = np.clip(np.rint(time), 0, t - 1) == number
        opacity = np.clip(1 - np.abs(time - number), 0.12, 1)[here]
        colour = COLOURS[head % len(COLOURS)]
        (y, x), (y0, x0) = (((p[here, 1:] + 0.5) * scale - 0.5).T for p in (points, pathway.reference))
        for i, alpha in enumerate(opacity):
            ax.plot([x0[i], x[i]], [y0[i], y[i]], color=colour, lw=0.9, alpha=0.8 * alpha, zorder=2)
        faces = [to_rgba(colour, alpha) for alpha in opacity]
        edges = [(1, 1, 1, alpha) for alpha in opacity]
        ax.scatter(x, y, s=AREA * weights[here], c=faces, edgecolors=edges, linewidths=0.7, zorder=3)


def _legend(figure: Figure, heads: int) -> None:
    def circle(label: str, colour: str, area: float) -> Line2D:
        return Line2D(
            [], [], ls="", marker="o", color=colour, ms=area**0.5, mec="white", mew=0.7, label=label
        )

    handles = [circle(f"head {i + 1}", COLOURS[i % len(COLOURS)], AREA) for i in range(heads)]
    handles += [
        circle(f"{share} x even attention", "#777777", AREA * factor)
        for share, factor in (("1/2", 0.5), ("1", 1.0), ("2", 2.0))
    ]
    handles += [
        Line2D([], [], color="#777777", lw=0.9, label="offset from the grid"),
        Line2D(
            [], [], ls="", marker="o", color="#777777", alpha=0.4, ms=AREA**0.5, label="faint: between frames"
        ),
    ]
    figure.legend(
        handles=handles,
        loc="lower center",
        ncols=len(handles),
        frameon=False,
        fontsize=9,
        handletextpad=0.4,
        columnspacing=1.2,
        borderaxespad=0.3,
    )
