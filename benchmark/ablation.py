"""What each part of D2ST contributes: its ablations against the whole, on the same queries."""

from typing import Any

import pandas as pd

from benchmark import pairing, stats, style, tables
from benchmark.cells import Cell, Line, Sheet, number
from benchmark.sheets import drop
from benchmark.summary import Setting

WHOLE, NAN = "d2st", float("nan")
#: those that leave out or replace a part of it, the most first
PARTS = ("bottleneck", "dst", "d2st_spatial", "d2st_temporal", "d2st_isotropic", "d2st_fixed")
TOLD = (
    "D2ST without a part: no pathways at all (Bottleneck: frames do not see each other, but on a "
    "ViT the tuned temporal embedding tells each its place), depthwise convolutions in place of attention (DST-Adapter), one "
    "pathway, both with the same density in space and time (isotropic), points that do not move (fixed). Differences are "
    "paired over the same queries and the seeds that both have, and clustered by class; by seed: the same within each "
    "training seed, from three on with the 95 % interval of its mean over trainings; p by sign flips over classes, with "
    "Holm's correction over the ablations of one trunk, head, dataset and shot."
)


def rows(setting: Setting) -> pd.DataFrame:
    """The rows of D2ST and of its ablations, wherever there are both, with what they have more than D2ST.

    ``more``, ``half_more``, ``by_seed`` are points of accuracy, their 95 % interval over classes and the same within each
    seed, ``p_more`` is corrected; NaN for D2ST.
    """
    found = []
    done = setting.rows[setting.rows.status == "ok"]
    for column, family in done.groupby(["trunk", "head", "dataset", "shot"], sort=False):
        names = [name for name in PARTS if name in set(family.method)]
        if WHOLE not in set(family.method) or not names:
            continue
        against = pairing.against(setting.pairs[column], WHOLE)
        corrected = stats.holm({name: against[name].p for name in names})
        for name in (WHOLE, *names):
            minus = against.get(name, pairing.Minus(NAN, NAN, (), NAN))
            more = {
                "more": minus.difference,
                "half_more": minus.half,
                "by_seed": minus.seeds,
                "p_more": corrected.get(name, NAN),
            }
            found.append(family[family.method == name].iloc[0].to_dict() | more)
    return pd.DataFrame(found)


def text(frame: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Header and lines of ``table.md``."""
    names = tables.several(frame)
    header = [*names, "dataset", "shot", "method", "tunable parameters", "accuracy (%)", "± classes"]
    header += ["minus D2ST", "± classes", "by seed", "p (Holm)", "lost shuffled"]
    return header, [[_name(item, name) for name in names] + _line(item) for _, item in frame.iterrows()]


def _name(item: Any, name: str) -> str:
    return style.title(item[name]) if name == "head" else str(item[name])


def _line(item: Any) -> list[str]:
    lost = tables.points(item["drop_shuffled"])
    return [
        item["dataset"],
        str(item["shot"]),
        style.title(item["method"]),
        tables.count(item["tunable_parameters"]),
        tables.points(item["accuracy"]),
        tables.points(item["half_classes"]),
        tables.points(item["more"], "+"),
        tables.points(item["half_more"]),
        item["by_seed"],
        tables.chance(item["p_more"]),
        lost if lost == "-" else f"{lost} ± {tables.points(item['half_drop_shuffled'])}",
    ]


def sheet(frame: pd.DataFrame) -> Sheet:
    """The same for the page."""
    names, order = tables.several(frame), (WHOLE, *PARTS)
    header = [("method", ""), *((name, "") for name in (*names, "dataset", "shot", "tunable parameters"))]
    header += [
        ("accuracy (%)", "± 95 % interval over classes"),
        ("minus D2ST", "points, paired, ± over classes"),
    ]
    header += [
        ("by seed", "the difference within each training seed, ± over trainings"),
        ("p (Holm)", "corrected over the ablations"),
        ("lost shuffled", "points, ± over classes"),
    ]
    lines = []
    for _, item in frame.iterrows():
        count, p = item["tunable_parameters"], item["p_more"]
        cells = [Cell(style.title(item["method"]), order.index(item["method"]))]
        cells += [Cell(_name(item, name)) for name in (*names, "dataset")]
        cells += [Cell(str(item["shot"]), item["shot"]), Cell(tables.count(count), float(count))]
        for name, half, sign in (("accuracy", "half_classes", False), ("more", "half_more", True)):
            cells.append(number(item[name], sign=sign)._replace(note=_half(item[half])))
        cells += [Cell(item["by_seed"]), Cell(tables.chance(p), None if pd.isna(p) else float(p))]
        cells.append(drop(item, "shuffled"))
        lines.append(Line(item["method"], cells))
    return Sheet(header, lines)


def _half(value: float) -> str:
    return "" if pd.isna(value) else f"± {value:.1f}"
