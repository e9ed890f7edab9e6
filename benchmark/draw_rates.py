"""The learning rate of every config of configs/paper/, in one drawing: ``python benchmark/draw_rates.py``.

What is drawn is the scheduler of each recipe itself, stepped through its run.
"""

import sys
from pathlib import Path
from typing import Any

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmark.command import draw_command
from benchmark.options import ROOT

TITLES = {
    "ssv2": "SSv2, full", "ssv2_small": "SSv2, small", "kinetics": "Kinetics-100", "hmdb51": "HMDB51", "ucf101": "UCF101",
}  # fmt: skip
LOOKS = {"vit": ("ViT-B/16", "#0072B2", "-"), "resnet": ("ResNet-50", "#D55E00", (0, (4, 2)))}
TARGET = ROOT / "docs" / "images" / "paper_rates.png"


def course(dataset: str, family: str) -> list[float]:
    """The learning rate in every iteration of a recipe."""
    import torch

    from d2st.rates import WarmupStepsLR
    from d2st.recipes import recipe, scheduler

    found = recipe(dataset, family)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=found.rate)
    rates = WarmupStepsLR(optimizer, **scheduler(found), end=found.iterations, by_epoch=False)
    seen = []
    for _ in range(found.iterations):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        rates.step()
    return seen


def draw(target: Path) -> None:
    """One panel a data set, both backbones in each."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(TITLES), figsize=(12, 2.9), sharey=True, layout="constrained")
    for axis, (dataset, title) in zip(axes, TITLES.items(), strict=True):
        for family, (name, colour, dashes) in LOOKS.items():
            rates = course(dataset, family)
            axis.plot(range(len(rates)), rates, color=colour, linestyle=dashes, label=name, linewidth=1.8)
            _end(axis, len(rates), rates[-1], colour)
        axis.set_title(title, fontsize=10, loc="left")
        axis.set_yscale("log")
        axis.set_ylim(3.5e-6, 3e-3)
        axis.grid(axis="y", color="#e6e6e6", linewidth=0.8)
        axis.spines[["top", "right"]].set_visible(False)
        axis.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axis.locator_params(axis="x", nbins=3)
        axis.tick_params(labelsize=8)
    axes[0].set_ylabel("learning rate")
    axes[len(axes) // 2].set_xlabel("training episode")
    axes[0].legend(frameon=False, fontsize=8, loc="lower left")
    figure.savefig(target, dpi=150)


def _end(axis: Any, last: int, rate: float, colour: str) -> None:
    axis.plot([last], [rate], marker="o", markersize=3, color=colour, clip_on=False)


def main() -> int:
    """The command line."""
    return draw_command("draw_rates.py", __doc__, TARGET, draw)


if __name__ == "__main__":
    sys.exit(main())
