"""Tables of the page as cells: what is shown, and what is sorted by."""

from typing import NamedTuple

import pandas as pd

from benchmark import style


class Cell(NamedTuple):
    """``text`` and a smaller ``note``; ``value`` is sorted by; ``share`` 0..1 draws a bar or a ``shade``; ``links``: commands."""

    text: str
    value: float | str | None = None
    note: str = ""
    share: float | None = None
    shade: bool = False
    links: tuple[int, ...] = ()


class Line(NamedTuple):
    """A row: the method whose colour it bears, and its cells."""

    method: str
    cells: list[Cell]


class Sheet(NamedTuple):
    """Header as pairs of label and explanation, and rows."""

    header: list[tuple[str, str]]
    lines: list[Line]


def number(value: float, digits: int = 1, sign: bool = False) -> Cell:
    """A number, or a dash that sorts last."""
    if pd.isna(value):
        return Cell("-")
    return Cell(style.decimal(value, digits, "+" if sign else ""), float(value))


def plain(frame: pd.DataFrame) -> Sheet:
    """A data frame as it is; a column ``method`` gets the methods' titles and colours."""
    lines = []
    for _, item in frame.iterrows():
        cells = []
        for name, value in item.items():
            if name == "method":
                cells.append(Cell(style.title(str(value)), style.order(frame["method"]).index(value)))
            elif isinstance(value, str) or pd.isna(value):
                cells.append(Cell("-" if not isinstance(value, str) else value))
            else:
                cells.append(Cell(f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}", float(value)))
        lines.append(Line(str(item.get("method", "")), cells))
    return Sheet([(str(name).replace("_", " "), "") for name in frame.columns], lines)


def confusions(found: pd.DataFrame, most: int = 10) -> Sheet:
    """The ``most`` worst pairs of classes by their mean share over methods: rows of ``method, class, predicted, share``.

    A share is the part of a class's queries, 0..1, that was taken for the other class.
    """
    methods = style.order(found.method)
    wide = found.pivot_table(index=["class", "predicted"], columns="method", values="share").fillna(0.0)
    wide = wide.loc[wide.mean(axis=1).sort_values(ascending=False).index[:most], methods]
    most_of_all = float(wide.to_numpy().max())
    header = [
        ("class", ""),
        ("taken for", ""),
        *((style.title(name), "% of the class's queries") for name in methods),
    ]
    lines = []
    for pair, shares in zip(wide.index, wide.to_numpy().tolist(), strict=True):
        names = [Cell(name.replace("_", " ")) for name in pair]
        parts = [Cell(f"{100 * v:.0f}", v, share=v / most_of_all, shade=True) for v in shares]
        lines.append(Line("", names + parts))
    return Sheet(header, lines)
