"""The table of methods: as text for the terminal, as Markdown and as LaTeX."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from benchmark import style
from benchmark.options import ORDERS
from benchmark.rows import columns_of, smallest_shots
from benchmark.summary import Setting


def count(value: float) -> str:
    """Parameters: ``0``, ``27,936``, ``7.28 M``."""
    if pd.isna(value):
        return "-"
    return f"{value / 1e6:.2f} M" if value >= 1e6 else f"{int(value):,}"


def seconds(value: float) -> str:
    """A duration: ``42 s``, ``3 min 05 s``, ``2 h 10 min``; ``-`` where nothing was trained."""
    if pd.isna(value) or value <= 0:
        return "-"
    if value < 59.5:
        return f"{value:.0f} s" if value >= 9.95 else f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def accuracy(row: Any) -> str:
    """``54.3 ± 0.4``, with the seeds' spread where there are several; ``failed``."""
    if row is None:
        return "-"
    if row["status"] != "ok":
        return "failed"
    text = f"{points(row['accuracy'])} ± {points(row['half_episodes'])}"
    return text + (f" (sd {row['seed_sd']:.1f}, {row['seeds']} seeds)" if row["seeds"] > 1 else "")


def points(value: float, sign: str = "") -> str:
    """Per cent or points with one decimal, ``-`` where there is none."""
    return "-" if pd.isna(value) else style.decimal(value, 1, sign)


def span(numbers: pd.Series) -> str:
    """``3``, or ``1 to 3`` where they differ."""
    least, most = numbers.min(), numbers.max()
    return f"{least}" if least == most else f"{least} to {most}"


def ranked(row: Any) -> str:
    """:func:`accuracy` with the rank in brackets, where there is one: ``54.3 ± 0.4 [1-2]``."""
    return accuracy(row) + (f" [{row['rank']}]" if row is not None and row["rank"] else "")


def drops(row: Any) -> str:
    """Points lost shuffled and reversed: ``12.3 ± 1.4, 2.0 ± 0.9``; ``-`` where that was not measured."""
    if row is None or all(pd.isna(row[f"drop_{order}"]) for order in ORDERS):
        return "-"
    return ", ".join(
        f"{points(row[f'drop_{order}'])} ± {points(row[f'half_drop_{order}'])}" for order in ORDERS
    )


def clips(figure: dict[str, Any]) -> str:
    """Throughput from the interleaved measurement: ``812 (0.84x)``, the ratio to the frozen trunk."""
    if not figure:
        return "-"
    ratio = f" ({figure['ratio']:.2f}x)" if figure.get("ratio") is not None else ""
    return f"{rate(figure['clips_per_second'])}{ratio}"


def rate(value: float) -> str:
    """Clips a second in three digits: ``812``, ``35.1``, ``1.24``."""
    return f"{value:.{0 if value >= 100 else 1 if value >= 10 else 2}f}"


def chance(p: float) -> str:
    """A p value: ``0.031``, ``< 0.001``; ``-`` where there is none."""
    if pd.isna(p):
        return "-"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def heads(setting: Setting) -> str:
    """``OTAM, ProtoNet``."""
    return ", ".join(map(style.title, dict.fromkeys(setting.rows["head"])))


def heading(setting: Setting) -> str:
    """What stands over the tables of a setting: its heads, and what its rows share."""
    return f"{heads(setting)}: {setting.title}"


def several(rows: pd.DataFrame) -> list[str]:
    """Which of trunk and head a table of these rows has to name."""
    return [name for name in ("trunk", "head") if rows[name].nunique() > 1]


def figure_of(
    setting: Setting, speed: dict[tuple[str, str], dict[str, Any]], trunk: str, method: str
) -> dict[str, Any]:
    """The throughput of a method, where it was measured on the device that made these results; else nothing."""
    figure = speed.get((trunk, method), {})
    return figure if figure.get("device") == setting.records[-1]["asked"]["device"] else {}


def main_table(
    setting: Setting, speed: dict[tuple[str, str], dict[str, Any]]
) -> tuple[list[str], list[list[str]]]:
    """Header and lines: a method a line; accuracy, rank and points lost out of order; ``speed`` by (trunk, method)."""
    rows = setting.rows
    names = several(rows)
    columns = columns_of(rows)
    first = dict(smallest_shots(columns))
    header = [
        "method",
        *names,
        "tunable parameters",
        *(f"{data} {shot}-shot (%)" for data, shot in columns),
        *(f"{data} {shot}-shot lost {', '.join(ORDERS)}" for data, shot in first.items()),
    ]
    header += ["training time", "clips/s (x frozen)"]
    lines = []
    for (trunk, head), part in rows.groupby(["trunk", "head"], sort=False):
        for method in style.order(part.method):
            mine = part[part.method == method]
            found = {(item["dataset"], item["shot"]): item for _, item in mine.iterrows()}
            titles = {"trunk": trunk, "head": style.title(head)}
            value = mine.tunable_parameters.max()
            line = [style.title(method), *(titles[name] for name in names), count(value)]
            line += [ranked(found.get(column)) for column in columns]
            line += [drops(found.get(column)) for column in first.items()]
            time = mine.groupby("dataset").train_seconds.first().mean()
            lines.append([*line, seconds(time), clips(figure_of(setting, speed, trunk, method))])
    return header, lines


def paired_table(setting: Setting) -> tuple[list[str], list[list[str]]]:
    """Every result with its three intervals and the difference from the reference on the same episodes."""
    trunks = ["trunk"] * (setting.rows.trunk.nunique() > 1)
    header = [*trunks, "dataset", "shot", "head", "method"]
    header += ["accuracy (%)", "± episodes", "± videos", "± classes"]
    seeds = bool(setting.rows.seeds.max() > 1)
    header += ["sd (seeds)"] * seeds + [f"minus {style.title(setting.reference)}", "± classes"]
    header += ["by seed"] * seeds + ["p", "p (Holm)"]
    lines = []
    for _, item in setting.rows.iterrows():
        if item.status == "ok":
            line = [
                *(item[name] for name in trunks),
                item.dataset,
                str(item.shot),
                style.title(item["head"]),
                style.title(item.method),
            ]
            line += [points(item[n]) for n in ("accuracy", "half_episodes", "half_videos", "half_classes")]
            line += [points(item.seed_sd)] * seeds + [
                points(item.difference, "+"),
                points(item.half_difference),
            ]
            line += [item.by_seed] * seeds + [chance(item.p), chance(item.p_holm)]
            lines.append(line)
    return header, lines


def markdown(header: list[str], lines: Iterable[list[str]]) -> str:
    """A Markdown table; all columns but the first are aligned to the right."""
    rule = ["---", *("---:" for _ in header[1:])]
    return "\n".join("| " + " | ".join(line) + " |" for line in (header, rule, *lines))


def latex(header: list[str], lines: Iterable[list[str]], note: str = "") -> str:
    """A LaTeX table with the rules of booktabs, ``note`` above it as a comment."""
    special = dict(zip("&%$#_{}", (f"\\{c}" for c in "&%$#_{}"))) | {
        "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "±": r"$\pm$",
        "<": r"$<$", ">": r"$>$",
    }  # fmt: skip

    def written(cells: list[str]) -> str:
        return " & ".join("".join(special.get(c, c) for c in cell) for cell in cells) + r" \\"

    rules = [rf"\begin{{tabular}}{{l{'r' * (len(header) - 1)}}}", r"\toprule", written(header), r"\midrule"]
    body = [written(line) for line in lines]
    return (
        "\n".join(
            [f"% {line}" for line in note.splitlines()] + rules + body + [r"\bottomrule", r"\end{tabular}"]
        )
        + "\n"
    )


def show(header: list[str], lines: list[list[str]], title: str) -> None:
    """Print the table: with rich on a terminal, in plain columns into a file or a pipe."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    if console.is_terminal:
        table = Table(title=title, title_justify="left", header_style="bold")
        for index, name in enumerate(header):
            table.add_column(name, justify="right" if index else "left")
        for line in lines:
            table.add_row(*(f"[red]{cell}[/red]" if cell == "failed" else cell for cell in line))
        console.print(table)
        return
    widths = [max(len(line[index]) for line in (header, *lines)) for index in range(len(header))]
    print(title)
    for line in (header, ["-" * width for width in widths], *lines):
        aligned = (cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))
        print("  ".join([line[0].ljust(widths[0]), *aligned]))
