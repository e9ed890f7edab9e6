"""What the plots of accuracy draw."""

from pathlib import Path
from unittest import mock

import pandas as pd
import pytest
from matplotlib.axes import Axes

from benchmark import canvas, plots
from benchmark.store import Store
from benchmark.summary import settings
from tests.benchmark.made_up import fill, job


@pytest.mark.parametrize("seeds", [(0,), (0, 1, 2)])
def test_every_seed_is_a_dot_below_its_method(tmp_path: Path, seeds: tuple[int, ...]) -> None:
    store = Store(tmp_path / "run")
    for seed in seeds:
        fill(store, job("d2st", seed=seed, shots=(1,)))
    (setting,), _ = settings(store)
    with mock.patch.object(Axes, "plot", autospec=True, side_effect=Axes.plot) as plot:
        drawn = plots.accuracies(setting.rows, 20.0, "", tmp_path / "accuracies")
    dots = [call.args[1:] for call in plot.call_args_list if isinstance(call.args[1], tuple)]
    (row,) = setting.rows.to_dict("records")
    below = [(row["accuracies"], [0.3] * 3, "o")]
    assert len(row["accuracies"]) == len(seeds) and dots == (below if len(seeds) > 1 else [])
    assert drawn.told.endswith(plots.SEEDS) == (len(seeds) > 1)


@pytest.mark.filterwarnings("error::UserWarning")
@pytest.mark.parametrize("handles", [0, 12])
def test_low_panels_keep_their_room_below_a_long_note(tmp_path: Path, handles: int) -> None:
    """Panels of one method are lower than title, note and legend: the figure grows instead of squeezing them away."""
    figure, (axis,) = canvas.panels(1, 4.0, 0.5)
    legend = canvas.legend(["d2st", "aim", "st_adapter", "frozen"] * 3)[:handles]
    canvas.finish(figure, "Title", "a long note " * 60, "", tmp_path / "low", legend)
    top = axis.get_tightbbox().y1 / figure.dpi
    drawn_from = min(text.get_window_extent().y0 for text in figure.texts) / figure.dpi
    assert axis.get_window_extent().height / figure.dpi > 0.6 and top < drawn_from


@pytest.mark.parametrize(
    ("parameters", "scale", "label"),
    [
        ([0, 20_000, 500_000], "symlog", "tunable parameters (log scale, 0 = frozen)"),
        ([0, 0], "linear", "tunable parameters (log scale, 0 = frozen)"),
        ([95_000, 600_000], "log", "tunable parameters (log scale)"),
        ([21_000, 24_000], "log", "tunable parameters (log scale)"),
        ([7], "log", "tunable parameters (log scale)"),
    ],
)
def test_zero_has_a_place_only_where_something_tunes_nothing(
    parameters: list[int], scale: str, label: str
) -> None:
    figure, (axis,) = canvas.panels(1, 4.0, 4.0)
    axis.errorbar(parameters, parameters)
    assert plots.log_scale(axis, pd.Series(parameters)) == label and axis.get_xscale() == scale
    low, high = axis.get_xlim()
    figure.canvas.draw()
    ticks = [tick for tick in axis.get_xticks() if low <= tick <= high]
    assert low < min(parameters) and max(parameters) < high
    assert (0 in ticks) == (0 in parameters) and (len(ticks) > 1 or parameters == [0, 0])
