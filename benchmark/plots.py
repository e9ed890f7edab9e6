"""The plots of a report, from the rows of :mod:`benchmark.summary`; pandas, seaborn and matplotlib only.

One colour and marker a method everywhere, intervals drawn, chance as a dashed line, the protocol under each title.
"""

from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
import seaborn as sns
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from benchmark import style
from benchmark.canvas import INK, chance_line, finish, legend, panels
from benchmark.tables import rate


def by_parameters(rows: pd.DataFrame, chance: float, note: str, path: Path) -> None:
    """Accuracy against tunable parameters: filled markers are the smallest shot, hollow ones the others."""
    look, datasets, shots = (
        style.look(rows.method),
        list(dict.fromkeys(rows.dataset)),
        sorted(rows.shot.unique()),
    )
    figure, axes = panels(len(datasets), 5.2, 4.9, sharey=True)
    smallest = rows.tunable_parameters[rows.tunable_parameters > 0].min()
    for ax, dataset in zip(axes, datasets, strict=True):
        for item in rows[rows.dataset == dataset].itertuples():
            colour, marker = look[item.method]
            face = colour if item.shot == shots[0] else "white"
            ax.errorbar(item.tunable_parameters, item.accuracy, item.half_episodes, color=colour, marker=marker, ms=9,
                        mfc=face, mec=colour, mew=1.8, elinewidth=1.8, capsize=3.5, zorder=3)  # fmt: skip
        if pd.notna(smallest):
            ax.set_xscale("symlog", linthresh=10 ** int(len(str(int(smallest))) - 1), linscale=0.5)
        ax.set_xlim(left=-0.12 * (smallest if pd.notna(smallest) else 1))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))
        ax.xaxis.set_minor_locator(mpl.ticker.NullLocator())
        ax.set(title=dataset, xlabel="tunable parameters (log scale, 0 = frozen)")
        chance_line(ax, chance)
        sns.despine(ax=ax)
    axes[0].set_ylabel("accuracy (%)")
    fills = [
        Line2D([], [], color="#555555", marker="o", ls="", ms=8, mew=1.8, mfc="#555555" if shot == shots[0] else "white",
               label=f"{shot}-shot")
        for shot in shots
    ]  # fmt: skip
    finish(figure, "Accuracy against tunable parameters", note, path, [*legend(list(look)), *fills])


def _short(value: float) -> str:
    for unit, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= unit:
            return f"{value / unit:g} {name}"
    return f"{value:g}"


def accuracies(rows: pd.DataFrame, chance: float, note: str, path: Path) -> None:
    """Accuracy per dataset and shot: thick bar the interval over episodes, thin bar the one over classes."""
    look = style.look(rows.method)
    columns = list(dict.fromkeys(zip(rows.dataset, rows.shot, strict=True)))
    figure, axes = panels(len(columns), max(2.9, 0.55 * len(look) + 0.9), 4.7, sharey=True)
    for ax, (dataset, shot) in zip(axes, columns, strict=True):
        part = rows[(rows.dataset == dataset) & (rows.shot == shot)].set_index("method")
        for place, (method, (colour, marker)) in enumerate(look.items()):
            if method not in part.index:
                continue
            item = part.loc[method]
            ax.errorbar(
                place,
                item.accuracy,
                item.half_classes,
                color=colour,
                lw=0,
                elinewidth=1.2,
                capsize=3,
                alpha=0.75,
            )
            ax.errorbar(
                place, item.accuracy, item.half_episodes, color=colour, lw=0, elinewidth=5, alpha=0.55
            )
            ax.plot(place, item.accuracy, marker, color=colour, ms=8, mec="white", mew=0.9, zorder=4)
            ax.annotate(f"{item.accuracy:.1f}", (place, item.accuracy), (8, 0), textcoords="offset points", va="center",
                        fontsize=8.8, color=INK)  # fmt: skip
        ax.set_xticks(range(len(look)), [style.title(name) for name in look], rotation=35, ha="right")
        ax.set(title=f"{dataset}, {shot}-shot", xlim=(-0.6, len(look) - 0.15))
        ax.grid(visible=False, axis="x")
        chance_line(ax, chance)
        sns.despine(ax=ax)
    axes[0].set_ylabel("accuracy (%)")
    told = "thick bar: 95 % over episodes (sampler only); thin bar: 95 % over test classes"
    finish(figure, "Accuracy with 95 % intervals", f"{note}\n{told}", path)


def throughput(figures: dict[str, dict[str, Any]], note: str, path: Path) -> None:
    """Clips a second of one forward pass: median over interleaved rounds, whiskers the middle half of them."""
    look = style.look(figures)
    figure, (ax,) = panels(1, 8.2, 1.75 + 0.5 * len(look))
    names = list(reversed(look))
    for place, name in enumerate(names):
        item = figures[name]
        value, low, high = (item[key] for key in ("clips_per_second", "low", "high"))
        ax.barh(place, value, color=look[name][0], height=0.62, zorder=2)
        ax.errorbar(
            value,
            place,
            xerr=[[max(value - low, 0)], [max(high - value, 0)]],
            color=INK,
            elinewidth=1.4,
            capsize=3,
        )
        ratio = f"   {item['ratio']:.2f} x frozen" if item.get("ratio") is not None else ""
        ax.annotate(
            f"{rate(value)}{ratio}",
            (max(value, high), place),
            (7, 0),
            textcoords="offset points",
            va="center",
            fontsize=9.5,
        )
    ax.set_yticks(range(len(names)), [style.title(name) for name in names])
    ax.set(xlabel="throughput (clips/s)", xlim=(0, 1.28 * max(item["high"] for item in figures.values())))
    ax.grid(visible=False, axis="y")
    sns.despine(ax=ax, left=True)
    finish(figure, "Inference throughput, methods interleaved", note, path)


def training(curves: pd.DataFrame, chance: float, note: str, path: Path) -> None:
    """Accuracy of the training episodes over time, smoothed: columns ``dataset, method, episode, accuracy``."""
    look, datasets = style.look(curves.method), style.datasets(curves.dataset)
    figure, axes = panels(len(datasets), 5.2, 4.3, sharey=True)
    for ax, dataset in zip(axes, datasets, strict=True):
        for method, part in curves[curves.dataset == dataset].groupby("method"):
            part = part.sort_values("episode")
            smooth = part.accuracy.ewm(span=max(3, len(part) // 8)).mean()
            ax.plot(part.episode, part.accuracy, color=look[method][0], lw=0.8, alpha=0.22)
            ax.plot(part.episode, smooth, color=look[method][0], lw=2.2)
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        ax.set(title=dataset, xlabel="training episodes", ylim=(0, 101))
        ax.set_xlim(left=0)
        chance_line(ax, chance)
        sns.despine(ax=ax)
    axes[0].set_ylabel("accuracy on training episodes (%)")
    finish(
        figure, "Training curves", f"{note}; bold: exponential mean", path, legend(list(look), marker=False)
    )
