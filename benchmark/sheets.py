"""The two tables of results of the page: a line a method, and a line a result."""

from typing import Any

import pandas as pd

from benchmark import style, tables
from benchmark.cells import Cell, Line, Sheet, number
from benchmark.rows import columns_of, smallest_shots
from benchmark.summary import Setting

ACCURACY = "± 95 % interval over episodes; sd: over training seeds"


def commands(setting: Setting) -> list[str]:
    """The command lines that made a setting's results, each once."""
    return sorted({record["asked"]["command"] for record in setting.records})


def _made_by(setting: Setting, row: pd.DataFrame) -> Cell:
    """Numbers of the commands that made the results behind some rows."""
    known, names = commands(setting), ("trunk", "method", "head", "dataset", "shot")
    wanted = set(row[list(names)].itertuples(index=False, name=None))
    used = {
        r["asked"]["command"] for r in setting.records if tuple(r["asked"][name] for name in names) in wanted
    }
    numbers = tuple(known.index(command) + 1 for command in sorted(used))
    return Cell("", numbers[0], links=numbers)


def _accuracy(item: Any) -> Cell:
    if item is None:
        return Cell("-")
    if item["status"] != "ok":
        return Cell("failed")
    note = f"± {item['half_episodes']:.1f}" + (f", sd {item['seed_sd']:.1f}" if item["seeds"] > 1 else "")
    return Cell(f"{item['accuracy']:.1f}", float(item["accuracy"]), note, item["accuracy"] / 100)


def drop(item: Any, kind: str) -> Cell:
    """Points lost when test frames are ``kind``; a dash where that was not measured."""
    if item is None or pd.isna(item.get(f"drop_{kind}")):
        return Cell("-")
    value = item[f"drop_{kind}"]
    return Cell(f"{value:.1f}", float(value), f"± {item[f'half_drop_{kind}']:.1f}")


def main(setting: Setting, speed: dict[tuple[str, str], dict[str, Any]]) -> Sheet:
    """A line for every method with every trunk and head; ``speed`` is the throughput by (trunk, method)."""
    rows = setting.rows
    several = tables.several(rows)
    columns, ranked = columns_of(rows), "rank" in rows
    kinds = [
        kind
        for kind in ("shuffled", "reversed")
        if f"drop_{kind}" in rows and rows[f"drop_{kind}"].notna().any()
    ]
    first = dict(smallest_shots(columns))
    header = [("method", ""), *((name, "") for name in several)]
    told_rank = "methods that the paired test does not tell apart share a rank"
    for data, shot in columns:
        header.append((f"{data} {shot}\N{NON-BREAKING HYPHEN}shot (%)", ACCURACY))
        header += [("rank", f"{data} {shot}-shot; {told_rank}")] * ranked
    told = {"shuffled": "shuffled", "reversed": "played backwards"}
    header += [
        (f"{data}: lost when {told[kind]} (points)", f"{shot}-shot; paired, ± 95 % interval over classes")
        for data, shot in first.items()
        for kind in kinds
    ]
    header += [
        ("tunable parameters", ""),
        ("training time", "mean over datasets"),
        ("clips/s", "forward passes of the encoder, methods interleaved"),
        ("x frozen", "throughput as a ratio to the frozen trunk in the same rounds"),
        ("made by", "number of its command, below"),
    ]
    lines = []
    for (trunk, head), part in rows.groupby(["trunk", "head"], sort=False):
        for method in style.order(part.method):
            mine = part[part.method == method]
            found = {(item["dataset"], item["shot"]): item for _, item in mine.iterrows()}
            cells = [Cell(style.title(method), style.order(rows.method).index(method))]
            cells += [Cell({"trunk": trunk, "head": style.title(head)}[name]) for name in several]
            for column in columns:
                cells.append(_accuracy(found.get(column)))
                cells += [_rank(found.get(column))] if ranked else []
            cells += [drop(found.get(column), kind) for column in first.items() for kind in kinds]
            seconds = mine.groupby("dataset").train_seconds.first().mean()
            figure = tables.figure_of(setting, speed, trunk, method)
            clips, ratio = figure.get("clips_per_second"), figure.get("ratio")
            cells += [
                Cell(tables.count(mine.tunable_parameters.max()), _plain(mine.tunable_parameters.max())),
                Cell(tables.seconds(seconds), _plain(seconds)),
                Cell(tables.rate(clips), clips) if clips is not None else Cell("-"),
                number(ratio if ratio is not None else float("nan"), 2),
                _made_by(setting, mine),
            ]
            lines.append(Line(method, cells))
    return Sheet(header, lines)


def _rank(item: Any) -> Cell:
    if item is None or pd.isna(item["rank"]):
        return Cell("-")
    text = str(item["rank"])
    return Cell(text.replace("-", "–"), float(text.split("-")[0]))


def _plain(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


def every(setting: Setting) -> Sheet:
    """A line a result: all intervals, and the difference from the reference on the same episodes."""
    rows = setting.rows
    several = tables.several(rows)
    header = [(name, "") for name in ("method", *several, "dataset", "shot", "seeds", "accuracy (%)")]
    header += [
        ("± episodes", "95 % interval of the sampler only, comparable with papers"),
        ("± videos", "other test videos of the same classes"),
        ("± classes", "other classes"),
        (f"minus {style.title(setting.reference)}", "points, paired over the same queries"),
        ("± classes", "of the difference"),
        ("by seed", "the difference within each training seed, ± over trainings"),
        ("p", "sign flips over classes"),
        ("p (Holm)", "corrected over the methods of one dataset, shot, trunk and head"),
        ("made by", "number of its command, below"),
    ]
    lines = []
    for place, item in rows.iterrows():
        cells = [Cell(style.title(item["method"]), style.order(rows.method).index(item["method"]))]
        cells += [Cell(style.title(item[name]) if name == "head" else item[name]) for name in several]
        cells += [
            Cell(item["dataset"]),
            Cell(str(item["shot"]), item["shot"]),
            Cell(str(item["seeds"]), item["seeds"]),
        ]
        if item["status"] != "ok":
            cells += [Cell("failed"), *[Cell("-")] * 8]
        else:
            cells += [
                number(item[name]) for name in ("accuracy", "half_episodes", "half_videos", "half_classes")
            ]
            cells += [number(item["difference"], sign=True), number(item["half_difference"])]
            cells.append(Cell(item["by_seed"]))
            cells += [
                Cell(tables.chance(p), float(p)) if pd.notna(p) else Cell("-") for p in item[["p", "p_holm"]]
            ]
        lines.append(Line(item["method"], [*cells, _made_by(setting, rows.loc[[place]])]))
    return Sheet(header, lines)
