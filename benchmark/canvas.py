"""What all plots share: the look, a row of panels, title, protocol line and legend, the line at chance."""

import math
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from benchmark import style
from benchmark.store import write_atomically

INK, SOFT = "#222222", "#8A8A8A"


def theme() -> None:
    """Set seaborn's look for every plot."""
    look: dict[str, Any] = {
        "axes.edgecolor": "#BBBBBB",
        "grid.color": "#E6E6E6",
        "text.color": INK,
        "axes.labelcolor": INK,
    }
    look |= {
        "axes.titlesize": 11.5,
        "axes.titleweight": "bold",
        "axes.labelsize": 10.5,
        "savefig.dpi": 160,
    }
    sns.set_theme(
        context="notebook", style="whitegrid", rc=look | {"xtick.labelsize": 9.5, "ytick.labelsize": 9.5}
    )


def panels(number: int, width: float, height: float, **options: Any) -> tuple[Figure, list[Axes]]:
    """A row of ``number`` panels, each ``width x height`` inches, and not below 7.6 in all."""
    figure, axes = plt.subplots(
        1, number, figsize=(max(width * number, 7.6), height), squeeze=False, **options
    )
    return figure, list(axes[0])


def finish(figure: Figure, title: str, note: str, path: Path, handles: Sequence[Any] = ()) -> None:
    """Title, protocol line and legend above the panels; written atomically as PNG."""
    width, height = figure.get_size_inches()
    note = "\n".join(part for line in note.split("\n") for part in textwrap.wrap(line, int(15 * width)))
    below = 0.46 + 0.165 * (note.count("\n") + 1)
    place: dict[str, Any] = {"ha": "left", "va": "top"}
    figure.text(0.012, 1 - 0.12 / height, title, fontsize=13.5, fontweight="bold", **place)
    figure.text(0.012, 1 - 0.43 / height, note, fontsize=8.8, color="#666666", linespacing=1.25, **place)
    if handles:
        columns = min(len(handles), max(1, int(width / 1.15)))
        spot = {
            "loc": "upper left",
            "bbox_to_anchor": (0.004, 1 - (below - 0.02) / height),
            "borderaxespad": 0.2,
        }
        text = {"frameon": False, "fontsize": 9.5, "handletextpad": 0.35, "columnspacing": 1.2}
        figure.legend(handles=handles, ncols=columns, **spot, **text)
        below += 0.1 + 0.22 * math.ceil(len(handles) / columns)
    figure.tight_layout(rect=(0, 0, 1, 1 - below / height))
    write_atomically(path, lambda part: figure.savefig(part, format="png"))
    plt.close(figure)


def legend(methods: Sequence[str], marker: bool = True) -> list[Line2D]:
    """Legend entries of the methods."""
    options = [(name, *pair) for name, pair in style.look(methods).items()]
    return [
        Line2D(
            [],
            [],
            color=colour,
            marker=shape if marker else "",
            ls="" if marker else "-",
            lw=2.2,
            ms=8,
            label=style.title(name),
        )
        for name, colour, shape in options
    ]


def chance_line(axes: Axes, chance: float) -> None:
    """Dashed line at the accuracy of guessing."""
    axes.axhline(chance, color=SOFT, ls=(0, (4, 3)), lw=1.1, zorder=1)
    axes.text(0.995, chance, f"chance {chance:.0f} %", transform=axes.get_yaxis_transform(), ha="right", va="top",
              fontsize=8.5, color=SOFT)  # fmt: skip
