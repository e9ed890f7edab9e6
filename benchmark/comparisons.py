"""Plots that set methods against each other: all pairs, every class, frames out of order."""

from pathlib import Path
from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from benchmark import style
from benchmark.canvas import INK, SOFT, Drawn, chance_line, finish, panels
from benchmark.plots import forest
from benchmark.rows import columns_of

LEVEL = 0.05
# Opacity says how much: paper shows through, dark or light. Blue: row is better, orange: it is worse.
LESS, MORE = (0.835, 0.369, 0.0), (0.0, 0.447, 0.698)
DIVERGING = LinearSegmentedColormap.from_list(
    "diverging", [(0, (*LESS, 0.65)), (0.5, (*LESS, 0)), (0.5, (*MORE, 0)), (1, (*MORE, 0.65))]
)
PAIRS = (
    "row minus column, points of accuracy on the same queries; blue: the row's method is better; bold: p < 0.05 by sign "
    "flips over classes with Holm's correction over all pairs; pale: not significant"
)
CLASSES = "bars: accuracy of the queries of each class, easiest on top (mean of methods); whiskers: 95 % interval; dashed: chance"
ORDER = (
    "points of accuracy lost when test frames are shuffled (filled) or the query's are played backwards (hollow), with 95 % "
    "intervals over classes; at zero, a method does not use the order of time"
)


def pairs(found: pd.DataFrame, what: str, note: str, path: Path) -> Drawn:
    """Heat map of paired differences: rows of ``method, reference, difference, half, p, p_holm``."""
    names = style.order([*found.method, *found.reference])
    both = pd.concat([found, found.rename(columns={"method": "reference", "reference": "method"}).assign(
        difference=-found.difference)])  # fmt: skip
    both = both.drop_duplicates(["method", "reference"])
    grid, sure = (
        both.pivot(index="method", columns="reference", values=value).reindex(index=names, columns=names)
        for value in ("difference", "p_holm")
    )
    cell, text = (0.72, 9.0) if len(names) <= 8 else (0.6, 7.6)
    size = (max(cell * len(names) + 2.1, 5), 0.42 * len(names) + 2.5)
    figure, (ax,) = panels(1, *size, least=0)
    most = max(float(grid.abs().max().max()), 1e-9)
    shown = grid.where(sure < LEVEL, grid * 0.25)
    sns.heatmap(shown, ax=ax, cmap=DIVERGING, vmin=-most, vmax=most, cbar=False)
    for y, row in enumerate(names):
        for x, column in enumerate(names):
            value, p = grid.loc[row, column], sure.loc[row, column]
            if pd.isna(value):
                continue
            look: dict[str, Any] = {"weight": "bold", "color": INK} if p < LEVEL else {"color": style.NOTE}
            ax.text(x + 0.5, y + 0.5, f"{value:+.1f}", ha="center", va="center", fontsize=text, **look)
    titles = [style.title(name) for name in names]
    ax.set_yticklabels(titles, rotation=0)
    ax.set_xticklabels(titles, rotation=35, ha="right", rotation_mode="anchor")
    ax.set(xlabel="minus", ylabel="")
    ax.grid(visible=False)
    return finish(figure, f"Paired differences: {what}", note, PAIRS, path)


def classes(found: pd.DataFrame, chance: float, what: str, note: str, path: Path) -> Drawn:
    """Accuracy of every class, a panel a method: rows of ``method, class, accuracy, half, queries``."""
    look = style.look(found.method)
    order = found.groupby("class").accuracy.mean().sort_values(ascending=False).index
    across = min(len(look), 5)
    figure, axes = panels(
        len(look), max(2.25, 7.6 / across), 1.5 + 0.19 * len(order), columns=5, sharey=True, sharex=True
    )
    for ax, method in zip(axes, look, strict=True):
        part = found[found.method == method].set_index("class").reindex(order)
        place, colour = range(len(order)), look[method][0]
        sns.barplot(
            x=part.accuracy.to_numpy(),
            y=list(order),
            ax=ax,
            color=colour,
            saturation=1,
            width=0.72,
            orient="h",
        )
        ax.errorbar(part.accuracy, place, xerr=part.half, fmt="none", ecolor=INK, elinewidth=0.9, capsize=0)
        ax.set(xlim=(0, 105), ylabel="", xlabel="accuracy (%)")
        ax.set_title(style.title(method), fontsize=10 if len(look) > 4 else None)
        ax.set_yticks(list(place), [name.replace("_", " ") for name in order], fontsize=8.5)
        ax.grid(visible=False, axis="y")
        ax.xaxis.set_major_locator(MaxNLocator(4, integer=True))
        chance_line(ax, chance, across=True)
        sns.despine(ax=ax, left=True)
    return finish(figure, f"Accuracy of every class: {what}", note, CLASSES, path)


def order(rows: pd.DataFrame, note: str, path: Path) -> Drawn:
    """How much accuracy each method loses out of order: columns ``drop_shuffled``, ``drop_reversed`` and their halves."""
    look, columns = style.look(rows.method), columns_of(rows)
    figure, axes = forest(list(look), columns)
    kinds = [
        (kind, shift) for kind, shift in (("shuffled", -0.16), ("reversed", 0.16)) if f"drop_{kind}" in rows
    ]
    for ax, (dataset, shot) in zip(axes, columns, strict=True):
        part = rows[(rows.dataset == dataset) & (rows.shot == shot)].set_index("method")
        for place, (method, (colour, marker)) in enumerate(look.items()):
            for kind, shift in kinds:
                if method not in part.index or pd.isna(part.loc[method, f"drop_{kind}"]):
                    continue
                drop, half = part.loc[method, f"drop_{kind}"], part.loc[method, f"half_drop_{kind}"]
                face = colour if kind == "shuffled" else style.PAPER
                ax.errorbar(drop, place + shift, xerr=half, color=colour, marker=marker, mfc=face, mec=colour, ms=7,
                            mew=1.5, elinewidth=1.5, capsize=2.5, zorder=3)  # fmt: skip
        ax.axvline(0, color=SOFT, lw=1.1, zorder=1)
        ax.set_xlabel("accuracy lost (points)")
    faces = {"shuffled": style.NOTE, "reversed": style.PAPER}
    handles = [
        Line2D(
            [],
            [],
            color=style.NOTE,
            marker="o",
            ls="",
            ms=7,
            mew=1.5,
            mfc=faces[kind],
            label=f"frames {kind}",
        )
        for kind, _ in kinds
    ]
    return finish(figure, "What is lost without the order of time", note, ORDER, path, handles)
