"""The plots of accuracy, from the rows of :mod:`benchmark.summary`; pandas, seaborn and matplotlib only.

One colour and marker a method everywhere, intervals drawn, chance as a dashed line, the protocol under each title.
"""

from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from benchmark import style
from benchmark.canvas import INK, Drawn, chance_line, finish, legend, panels
from benchmark.rows import columns_of

FOREST = "thick bar: 95 % over episodes (sampler only); thin bar: 95 % over test classes; dashed: chance"
SEEDS = "; dots below: seeds"
GROUPS = "mean over datasets and shots"
PUBLISHED: dict[str, Any] = {"marker": "d", "mfc": style.PAPER, "mec": INK, "mew": 1.4, "ls": "", "zorder": 5}


def by_parameters(rows: pd.DataFrame, chance: float, note: str, path: Path) -> Drawn:
    """Accuracy against tunable parameters: filled markers are the smallest shot, hollow ones the others."""
    look, datasets = style.look(rows.method), style.datasets(rows.dataset)
    shots = sorted(rows.shot.unique())
    figure, axes = panels(len(datasets), 5.2, 4.6, columns=2, sharey=True)
    for ax, dataset in zip(axes, datasets, strict=True):
        for item in rows[rows.dataset == dataset].itertuples():
            colour, marker = look[item.method]
            face = colour if item.shot == shots[0] else style.PAPER
            ax.errorbar(item.tunable_parameters, item.accuracy, item.half_episodes, color=colour, marker=marker, ms=9,
                        mfc=face, mec=colour, mew=1.8, elinewidth=1.8, capsize=3.5, zorder=3)  # fmt: skip
        ax.set(title=dataset, xlabel=log_scale(ax, rows.tunable_parameters))
        chance_line(ax, chance)
        sns.despine(ax=ax)
    for ax in axes[::2]:
        ax.set_ylabel("accuracy (%)")
    fills = [
        Line2D([], [], color=style.NOTE, marker="o", ls="", ms=8, mew=1.8, label=f"{shot}-shot",
               mfc=style.NOTE if shot == shots[0] else style.PAPER)
        for shot in shots
    ]  # fmt: skip
    handles = [*legend(list(look)), *fills]
    return finish(figure, "Accuracy against tunable parameters", note, "", path, handles)


def log_scale(ax: Axes, parameters: pd.Series) -> str:
    """Scale the x axis for counts of tunable parameters and say what its label is; with a place for 0 only where one is 0 (a
    frozen trunk under a head that has nothing to train)."""
    frozen, smallest = (parameters == 0).any(), parameters[parameters > 0].min()
    if frozen:
        if pd.notna(smallest):
            ax.set_xscale("symlog", linthresh=10 ** (len(str(int(smallest))) - 1), linscale=0.5)
        ax.set_xlim(left=-0.12 * (smallest if pd.notna(smallest) else 1))
    else:
        ticks = sorted(digit * 10**power for power in range(13) for digit in (1, 2, 5))
        left = max(tick for tick in ticks if tick < 0.95 * smallest or tick == 1)
        right = min(tick for tick in ticks if tick > 1.05 * parameters.max())
        ax.set_xscale("log")
        ax.set_xticks([tick for tick in ticks if left <= tick <= right])
        ax.set_xlim(0.93 * left, 1.08 * right)
    ax.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: "" if 0 < value < smallest / 10 else _short(value))
    )
    ax.xaxis.set_minor_locator(mpl.ticker.NullLocator())
    return f"tunable parameters (log scale{', 0 = frozen' if frozen else ''})"


def _short(value: float) -> str:
    for unit, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= unit:
            return f"{value / unit:g} {name}"
    return f"{value:g}"


def forest(methods: list[str], columns: list[tuple[str, int]]) -> tuple[Any, list[Any]]:
    """A panel a (dataset, shot), a line a method, the first on top."""
    across, share = min(len(columns), 4), {"sharex": True, "sharey": True}
    figure, axes = panels(len(columns), 3.0 if across > 1 else 7.6, 1.7 + 0.36 * len(methods), **share)
    for ax, (dataset, shot) in zip(axes, columns, strict=True):
        ax.set(title=f"{dataset}, {shot}-shot", ylim=(len(methods) - 0.45, -0.85))
        ax.set_yticks(range(len(methods)), [style.title(name) for name in methods])
        ax.grid(visible=False, axis="y")
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        sns.despine(ax=ax, left=True)
    return figure, axes


def accuracies(
    rows: pd.DataFrame, chance: float, note: str, path: Path, published: pd.DataFrame | None = None
) -> Drawn:
    """Accuracy per dataset and shot with both intervals; ``published`` figures as hollow diamonds.

    ``published``: columns ``method, dataset, shot, accuracy`` in per cent.
    """
    look, columns = style.look(rows.method), columns_of(rows)
    figure, axes = forest(list(look), columns)
    for ax, (dataset, shot) in zip(axes, columns, strict=True):
        part = rows[(rows.dataset == dataset) & (rows.shot == shot)].set_index("method")
        for place, (method, (colour, marker)) in enumerate(look.items()):
            if method not in part.index:
                continue
            item = part.loc[method]
            thin: dict[str, Any] = {"xerr": item.half_classes, "elinewidth": 1.2, "capsize": 3, "alpha": 0.8}
            thick: dict[str, Any] = {"xerr": item.half_episodes, "elinewidth": 5.5, "alpha": 0.55}
            for bar in (thin, thick):
                ax.errorbar(item.accuracy, place, color=colour, lw=0, **bar)
            ax.plot(item.accuracy, place, marker, color=colour, ms=7.5, mec=style.PAPER, mew=0.8, zorder=4)
            if item.seeds > 1:
                ax.plot(item.accuracies, [place + 0.3] * item.seeds, "o", color=colour, ms=3, mew=0, zorder=4)
            ax.annotate(f"{item.accuracy:.1f}", (item.accuracy, place), (0, 5.5), textcoords="offset points",
                        ha="center", va="bottom", fontsize=8, color=INK)  # fmt: skip
        if published is not None:
            told = published[(published.dataset == dataset) & (published.shot == shot)]
            for item in told[told.method.isin(list(look))].itertuples():
                ax.plot(item.accuracy, list(look).index(item.method), ms=6.5, **PUBLISHED)
        ax.set_xlabel("accuracy (%)")
        chance_line(ax, chance, across=True)
    shown = published is not None and len(published)
    handles = (
        [Line2D([], [], ms=6.5, label="published by others, other episodes", **PUBLISHED)] if shown else []
    )
    told = FOREST + (SEEDS if rows.seeds.max() > 1 else "")
    return finish(figure, "Accuracy with 95 % intervals", note, told, path, handles)


def groups(rows: pd.DataFrame, note: str, path: Path) -> Drawn:
    """Mean accuracy over datasets and shots of every method with every trunk and head, as a table in colours."""
    rows = rows.assign(group=[f"{r.trunk}\n{style.title(r.head)}" for r in rows.itertuples()])
    table = rows.pivot_table(index="method", columns="group", values="accuracy", aggfunc="mean", sort=False)
    table = table.reindex(style.order(table.index), columns=list(dict.fromkeys(rows.group)))
    size = (max(1.15 * table.shape[1] + 2.2, 7.6), 0.4 * len(table) + 2.1)
    figure, (ax,) = panels(1, *size)
    ramp = mpl.colors.LinearSegmentedColormap.from_list("ramp", [(0, 0.447, 0.698, a) for a in (0.04, 0.6)])
    sns.heatmap(table, ax=ax, cmap=ramp, cbar=False, linewidths=0)
    for y, line in enumerate(table.to_numpy()):
        for x, value in enumerate(line):
            text = f"{value:.1f}" if pd.notna(value) else "-"
            ax.text(x + 0.5, y + 0.5, text, ha="center", va="center", fontsize=9, color=INK)
    ax.set_yticklabels([style.title(name) for name in table.index], rotation=0)
    ax.set(xlabel="trunk and head", ylabel="")
    ax.tick_params(axis="x", rotation=0)
    ax.grid(visible=False)
    return finish(figure, "Mean accuracy (%) with every trunk and head", note, GROUPS, path)
