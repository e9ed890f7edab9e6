"""What all plots share: the look, a grid of panels, title, protocol line and legend, the line at chance, PNG and SVG."""

import math
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from benchmark import style
from benchmark.store import write_atomically

INK, SOFT = style.INK, style.SOFT
PANEL = 1.4  # inches that the panels keep below title, note and legend
HEADING = "heading"  # name of title and note in an SVG, with their height in points behind a dash


class Drawn(NamedTuple):
    """A plot on disk: ``path.png`` and ``path.svg``, its title, and what its marks mean."""

    path: Path
    title: str
    told: str


def theme() -> None:
    """Set seaborn's look for every plot; text in an SVG stays text, and its bytes depend on the data alone."""
    look: dict[str, Any] = {
        "axes.edgecolor": style.EDGE,
        "grid.color": style.GRID,
        "text.color": INK,
        "axes.labelcolor": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "axes.titlesize": 11.5,
        "axes.titleweight": "bold",
        "axes.labelsize": 10.5,
        "xtick.labelsize": 9.5,
        "ytick.labelsize": 9.5,
        "savefig.dpi": 160,
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans", "Verdana", "sans-serif"],
        "svg.fonttype": "none",
        "svg.hashsalt": "d2st",
    }
    sns.set_theme(context="notebook", style="whitegrid", rc=look)


def panels(
    number: int, width: float, height: float, columns: int = 4, least: float = 7.6, **options: Any
) -> tuple[Figure, list[Axes]]:
    """A grid of ``number`` panels, each ``width x height`` inches, the figure at least ``least`` inches wide."""
    columns = min(number, columns)
    rows = math.ceil(number / columns)
    size = (max(width * columns, least), height * rows)
    figure, axes = plt.subplots(rows, columns, figsize=size, squeeze=False, **options)
    for empty in axes.flat[number:]:
        empty.set_visible(False)
    if rows > 1:  # the panel above an empty place has no axis below to share
        for ax in axes.flat[max(number - columns, 0) : number]:
            ax.tick_params(labelbottom=True)
    return figure, list(axes.flat[:number])


def finish(
    figure: Figure, title: str, note: str, told: str, path: Path, handles: Sequence[Any] = ()
) -> Drawn:
    """Title, protocol, what marks mean, and legend above the panels; written atomically as ``path.png`` and ``path.svg``."""
    width, height = figure.get_size_inches()
    note = f"{note}\n{told}" if told else note
    note = "\n".join(part for line in note.split("\n") for part in textwrap.wrap(line, int(15 * width)))
    below = 0.46 + 0.165 * (note.count("\n") + 1)
    columns = max(1, min(len(handles), int(width / 1.45)))
    room = below + (0.1 + 0.22 * math.ceil(len(handles) / columns) if handles else 0)
    height = max(height, room + PANEL)  # the panels of one method may be lower than what stands above them
    figure.set_size_inches(width, height)
    place: dict[str, Any] = {"ha": "left", "va": "top", "gid": f"{HEADING}-{72 * below:.0f}"}
    figure.text(0.012, 1 - 0.12 / height, title, fontsize=13.5, fontweight="bold", **place)
    figure.text(0.012, 1 - 0.43 / height, note, fontsize=8.8, color=style.NOTE, linespacing=1.25, **place)
    if handles:
        spot = {
            "loc": "upper left",
            "bbox_to_anchor": (0.004, 1 - (below - 0.02) / height),
            "borderaxespad": 0.2,
        }
        text = {"frameon": False, "fontsize": 9.5, "handletextpad": 0.35, "columnspacing": 1.2}
        figure.legend(handles=handles, ncols=columns, **spot, **text)
    figure.tight_layout(pad=0.6, rect=(0, 0, 1, 1 - room / height))
    for kind, facts in (("png", {}), ("svg", {"Date": None, "Title": title, "Description": note})):

        def write(part: Path, kind: str = kind, facts: dict[str, Any] = facts) -> None:
            figure.savefig(part, format=kind, metadata=facts)

        write_atomically(path.with_name(f"{path.name}.{kind}"), write)
    plt.close(figure)
    return Drawn(path, title, told)


def legend(methods: Sequence[str], line: bool = False) -> list[Line2D]:
    """Legend entries of the methods: their markers, on a piece of ``line`` where lines are drawn."""
    return [
        Line2D(
            [], [], color=colour, marker=shape, ls="-" if line else "", lw=2, ms=7, label=style.title(name)
        )
        for name, (colour, shape) in style.look(methods).items()
    ]


def chance_line(axes: Axes, chance: float, across: bool = False) -> None:
    """Dashed line at the accuracy of guessing, with its name; without it ``across``, where accuracy runs from left to right."""
    look: dict[str, Any] = {"color": SOFT, "ls": (0, (4, 3)), "lw": 1.1, "zorder": 1}
    if across:
        axes.axvline(chance, **look)
        return
    axes.axhline(chance, **look)
    axes.annotate(f"chance {chance:.0f} %", (0.995, chance), (0, 1), xycoords=axes.get_yaxis_transform(),
                  textcoords="offset points", fontsize=8.5, color=SOFT, ha="right", va="bottom")  # fmt: skip
