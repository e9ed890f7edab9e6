"""Plots of what training and inference cost: curves of training, throughput."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.ticker import MaxNLocator

from benchmark import style
from benchmark.canvas import INK, SOFT, Drawn, chance_line, finish, legend, panels
from benchmark.tables import rate

CURVES = "exponential mean of the training episodes' accuracy, mean of seeds; thin: every seed"

RATIOS = {
    "flops": "FLOPs of a clip",
    "latency": "latency of a clip",
    "peak_throughput": "best throughput",
    "step": "training step",
    "inference_memory": "memory of inference",
    "training_memory": "memory of training",
}
TURNS = "median of the ratios within each round; a training step is compared with a forward pass of the frozen trunk"
ROUNDS = "bars: median of rounds; whiskers: the middle half of them"


def training(curves: pd.DataFrame, chance: float, note: str, path: Path) -> Drawn:
    """Accuracy of training episodes over time, smoothed: columns ``dataset, method, seed, episode, accuracy``."""
    look, datasets = style.look(curves.method), style.datasets(curves.dataset)
    figure, axes = panels(len(datasets), 5.2, 4.3, columns=2, sharey=True)
    for ax, dataset in zip(axes, datasets, strict=True):
        for place, (method, (colour, marker)) in enumerate(look.items()):
            part = curves[(curves.dataset == dataset) & (curves.method == method)]
            smooth = {}
            for seed, one in part.groupby("seed"):
                one = one.sort_values("episode").set_index("episode").accuracy
                smooth[seed] = one.ewm(span=max(3, len(one) // 8)).mean()
            if not smooth:
                continue
            if len(smooth) > 1:
                for line in smooth.values():
                    ax.plot(line.index, line, color=colour, lw=0.8, alpha=0.35)
            mean = pd.DataFrame(smooth).mean(axis=1)  # drawn on top of those of later names
            every = max(1, len(mean) // 5)
            first = min(len(mean) - 1, place * every // max(len(look), 1))  # markers of methods side by side
            ax.plot(mean.index, mean, color=colour, lw=2, marker=marker, ms=6, mec=style.PAPER, mew=0.7,
                    markevery=(first, every), zorder=4 - place / len(look))  # fmt: skip
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        ax.set(title=dataset, xlabel="training episodes", ylim=(0, 101))
        ax.set_xlim(left=0)
        chance_line(ax, chance)
        sns.despine(ax=ax)
    for ax in axes[::2]:
        ax.set_ylabel("accuracy on training episodes (%)")
    return finish(figure, "Training curves", note, CURVES, path, legend(list(look), line=True))


def throughput(figures: dict[str, dict[str, Any]], note: str, path: Path) -> Drawn:
    """Clips a second of one forward pass: median over interleaved rounds, whiskers the middle half of them."""
    look = style.look(figures)
    figure, (ax,) = panels(1, 8.2, 1.75 + 0.42 * len(look))
    names = list(reversed(look))
    for place, name in enumerate(names):
        item = figures[name]
        value, low, high = (item[key] for key in ("clips_per_second", "low", "high"))
        ax.barh(place, value, color=look[name][0], height=0.62, zorder=2)
        spread = np.maximum([[value - low], [high - value]], 0)
        ax.errorbar(value, place, xerr=spread, color=INK, elinewidth=1.4, capsize=3)
        ratio = f" · {item['ratio']:.2f} x frozen" if item.get("ratio") is not None else ""
        ax.annotate(f"{rate(value)}{ratio}", (max(value, high), place), (7, 0), textcoords="offset points",
                    va="center", fontsize=9.5)  # fmt: skip
    ax.set_yticks(range(len(names)), [style.title(name) for name in names])
    ax.set(xlabel="throughput (clips/s)", xlim=(0, 1.28 * max(item["high"] for item in figures.values())))
    ax.grid(visible=False, axis="y")
    sns.despine(ax=ax, left=True)
    return finish(figure, "Inference throughput, methods interleaved", note, ROUNDS, path)


def compared(frame: pd.DataFrame) -> list[str]:
    """Which costs of a measurement have ratios (the throughput at the common batch has a plot of its own)."""
    return [name for name in RATIOS if frame[f"{name}_ratio"].notna().sum() > 1]


def ratios(frame: pd.DataFrame, note: str, path: Path) -> Drawn:
    """Every cost as a ratio to the frozen trunk, a panel a cost: rows of :func:`benchmark.cost_table.frame`."""
    look, names = style.look(frame.method), compared(frame)
    figure, axes = panels(len(names), 2.6, 1.6 + 0.3 * len(look), sharey=True)
    by_method = frame.set_index("method")
    for ax, name in zip(axes, names, strict=True):
        for place, (method, (colour, marker)) in enumerate(look.items()):
            value = by_method.loc[method, f"{name}_ratio"]
            if pd.notna(value):
                ax.plot([1, value], [place, place], color=colour, lw=2, alpha=0.6)
                ax.plot(value, place, marker, color=colour, ms=7.5, mec=style.PAPER, mew=0.8, zorder=3)
                ax.annotate(f"{value:.2f}", (value, place), (0, 5.5), textcoords="offset points", ha="center",
                            va="bottom", fontsize=8)  # fmt: skip
        ax.axvline(1, color=SOFT, lw=1.1, zorder=1)
        ax.set(title=RATIOS[name], xlabel="x frozen trunk", ylim=(len(look) - 0.45, -0.6))
        ax.set_yticks(range(len(look)), [style.title(method) for method in look])
        ax.xaxis.set_major_locator(MaxNLocator(4))
        ax.margins(x=0.18)
        ax.grid(visible=False, axis="y")
        sns.despine(ax=ax, left=True)
    return finish(figure, "Cost as a ratio to the frozen trunk", note, TURNS, path)
