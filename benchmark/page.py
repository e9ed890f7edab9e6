"""``report.html``: one file that opens without a server, from the plots and tables of a report and ``templates/``."""

import base64
import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
import pandas as pd
from markupsafe import Markup

from benchmark import (
    ablation,
    by_head,
    cells,
    cost_document,
    cost_sheet,
    document,
    sheets,
    style,
    summary,
    tables,
)
from benchmark.canvas import Drawn
from benchmark.figures import Group
from benchmark.inline import inline
from benchmark.machine import commit, processor
from benchmark.points import TOLD as POINTS
from benchmark.points import Picture
from benchmark.rows import columns_of, smallest_shots
from benchmark.store import write_atomically
from benchmark.summary import Setting

TEMPLATES = Path(__file__).parent / "templates"
SECTIONS = {
    "accuracy": "Accuracy",
    "pairs": "Is the difference real?",
    "order": "Does it use the order of time?",
    "classes": "Class by class",
    "training": "Training",
}


@dataclass(frozen=True)
class Chapter:
    """One setting with its plots: those of all trunks and heads, of each of them, and its sampled points."""

    setting: Setting
    shared: list[Drawn]
    groups: list[Group]
    pictures: list[Picture]


class Cost(NamedTuple):
    """A measurement of cost, its figures as :func:`benchmark.cost_table.frame` has them, and its plots."""

    item: dict[str, Any]
    frame: pd.DataFrame
    drawn: list[Drawn]


def _facts(setting: Setting) -> dict[str, list[Any]]:
    """Data, machines and protocol of a setting, each fact once."""
    records, where = setting.records, [record["where"] for record in setting.records]
    asked = records[-1]["asked"]
    data = {
        (r["asked"]["dataset"], r["asked"]["shot"], r["where"]["data"], r["where"]["manifest"])
        for r in records
    }
    names = [f"{key}: {value}" for key, value in where[-1]["packages"].items()]
    machines = dict.fromkeys(
        (
            processor(w),
            w.get("platform", ""),
            w.get("python", ""),
            commit(w),
            w["code"],
        )
        for w in where
    )
    fragments = {
        kind: [(key, value) for key, value in asked["config"].get(kind, {}).items()]
        for kind in ("protocol", "schedule", "data", "trunk")
        if asked["config"].get(kind)
    }
    dates = sorted(w["date"] for w in where)
    return {
        "data": sorted(data),
        "machines": list(machines),
        "packages": names,
        "dates": [dates[0], dates[-1]],
        "fragments": list(fragments.items()),
        "failed": [r for r in records if r["happened"]["status"] == "failed"],
    }


def _confusions(setting: Setting, group: Group) -> list[tuple[str, cells.Sheet]]:
    rows = setting.rows[(setting.rows.status == "ok") & (setting.rows.trunk == group.trunk)]
    rows, found = rows[rows["head"] == group.head], []
    for dataset, shot in smallest_shots(columns_of(rows)):
        frame = summary.confusions(setting, group.trunk, group.head, dataset, shot, top=10_000)
        if len(frame):
            found.append((f"{dataset}, {shot}-shot", cells.confusions(frame)))
    return found


def _environment() -> jinja2.Environment:
    def picture(path: Path) -> str:
        return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()

    numbers = itertools.count(1)

    def plot(drawn: Drawn) -> Markup:
        return Markup(
            inline(
                drawn.path.with_name(f"{drawn.path.name}.svg"), next(numbers), f"{drawn.title}. {drawn.told}"
            )
        )

    def source(name: str) -> Markup:
        return Markup((TEMPLATES / name).read_text("utf-8"))

    def sentence(text: str) -> str:
        return f"{text[:1].upper()}{text[1:]}."

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=jinja2.select_autoescape(("html", "jinja")),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"plot": plot, "picture": picture, "title": style.title, "sentence": sentence}
    made.filters |= {"heads": tables.heads, "heading": tables.heading}
    made.globals |= {"source": source, "sections": SECTIONS, "points_told": POINTS}
    made.globals |= {
        "by_head": by_head,
        "document": document,
        "cost_document": cost_document,
        "ablation": ablation,
    }
    return made


def write(
    path: Path,
    chapters: list[Chapter],
    figures: dict[tuple[str, str], dict[str, Any]],
    costs: list[Cost],
    published: pd.DataFrame | None,
    left_out: int,
) -> None:
    """Write the page.

    Args:
        figures: the throughput by (trunk, method).
        published: figures of others to list as such.
        left_out: number of results of other code versions.
    """
    shown = [
        {
            "chapter": chapter,
            "main": sheets.main(chapter.setting, figures),
            "every": sheets.every(chapter.setting),
            "parts": ablation.rows(chapter.setting),
            "commands": sheets.commands(chapter.setting),
            "groups": [(group, _confusions(chapter.setting, group)) for group in chapter.groups],
            "facts": _facts(chapter.setting),
        }
        for chapter in chapters
    ]
    methods = [method for chapter in chapters for method in chapter.setting.rows.method]
    looks = {method: colour for method, (colour, _) in style.look(methods).items()}
    text = (
        _environment()
        .get_template("report.html.jinja")
        .render(
            run=path.parent.name,
            chapters=shown,
            heads=[
                (b, by_head.sheet(b), by_head.agreement(b))
                for b in by_head.blocks(c.setting for c in chapters)
            ],
            costs=[(cost, cost_sheet.cost(cost.frame)) for cost in costs],
            published=None if published is None else cells.plain(published),
            left_out=left_out,
            embedded=any(chapter.setting.rows.embedded.any() for chapter in chapters),
            looks=looks,
            dark=style.dark_colours(),
        )
    )
    write_atomically(path, lambda part: part.write_text(text, "utf-8"))
