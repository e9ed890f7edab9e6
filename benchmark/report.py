"""Tables, plots and a page from stored results alone, nothing re-run: ``python benchmark/report.py [results/RUN]``."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import pandas as pd

from benchmark import by_head, canvas, cost_table, courses, document, figures, page, published, tables
from benchmark.canvas import Drawn
from benchmark.command import Parser, fail, write_option
from benchmark.marks import write_between
from benchmark.page import Chapter, Cost
from benchmark.points import pictures
from benchmark.store import Store, read_json, write_atomically
from benchmark.summary import REFERENCE, Setting, settings
from d2st.errors import UserError

Item = dict[str, Any]
Speed = dict[tuple[str, str], Item]


def speeds(store: Store, code: str | None = None) -> tuple[Speed, list[Item]]:
    """The interleaved throughput by (trunk, method), the newest measurement of each trunk, and those measurements."""
    found = [read_json(path) for path in (store.root / "speed").glob("*.json")]
    found = [item for item in found if code is None or item["where"]["code"] == code]
    here = next(iter(cost_table.by_machine(found).values()), [])  # different machines never share a table
    newest = {item["trunk"]: item for item in reversed(here)}
    rates = {
        (trunk, method): figure | {"device": item["device"]}
        for trunk, item in newest.items()
        for method, figure in item["figures"].items()
    }
    return rates, list(newest.values())


def write_tables(store: Store, found: list[Setting], left_out: int, rates: Speed) -> None:
    """Write ``table.md``, ``table.tex`` and ``table.csv`` into the run's folder."""
    lines = [f"# Results of `{store.root.name}`", ""]
    if any(setting.rows.embedded.any() for setting in found):
        lines += [document.EMBEDDED, ""]
    for setting in found:
        lines += document.section(setting, rates)
    heads = by_head.document(found)
    if heads:
        lines += ["## What the head decides", "", *heads, ""]
    if left_out:
        lines += [
            f"{left_out} stored results of earlier code, episodes, schedules or rates are not shown.",
            "",
        ]
    write_atomically(store.root / "table.md", lambda part: part.write_text("\n".join(lines), "utf-8"))
    parts = [tables.latex(*tables.main_table(setting, rates), tables.heading(setting)) for setting in found]
    write_atomically(store.root / "table.tex", lambda part: part.write_text("\n".join(parts), "utf-8"))
    rows = pd.concat([setting.rows.assign(setting=setting.title) for setting in found], ignore_index=True)
    write_atomically(
        store.root / "table.csv", lambda part: rows.to_csv(part, index=False, float_format="%.6g")
    )


def write_plots(
    store: Store, found: list[Setting], measured: list[Item], others: pd.DataFrame | None
) -> tuple[list[Chapter], list[Cost]]:
    """Write the plots of every setting and of every measurement of speed under ``plots/``; those of an earlier report go."""
    folder = store.root / "plots"
    chapters = []
    for number, setting in enumerate(found, 1):
        tag = f"-setting{number}" if number > 1 else ""
        shared, groups = figures.draw(setting, folder, tag, others)
        chapters.append(Chapter(setting, shared, groups, pictures(store, setting)))
    costs = []
    for item in measured:
        tag, frame = f"-{item['trunk']}" if len(measured) > 1 else "", cost_table.frame(item)
        drawn = [courses.throughput(item["figures"], item["note"], folder / f"throughput{tag}")]
        if courses.compared(frame):
            drawn.append(courses.ratios(frame, item["note"], folder / f"cost{tag}"))
        costs.append(Cost(item, frame, drawn))
    kept = {f"{drawn.path.name}.{kind}" for drawn in _all(chapters, costs) for kind in ("png", "svg")}
    kept |= {picture.path.name for chapter in chapters for picture in chapter.pictures if picture.path}
    for path in folder.glob("*"):
        if path.suffix in (".png", ".svg") and path.name not in kept:
            path.unlink()
    return chapters, costs


def _all(chapters: list[Chapter], costs: list[Cost]) -> Iterator[Drawn]:
    for chapter in chapters:
        yield from chapter.shared
        for group in chapter.groups:
            for section in group.sections.values():
                yield from section
    for cost in costs:
        yield from cost.drawn


def overlay(found: list[Setting]) -> pd.DataFrame:
    """The published figures. Raises ``UserError`` where results are of embedded data, which none was measured on."""
    if any(setting.rows.embedded.any() for setting in found):
        raise UserError(
            "published figures are not shown beside results on embedded data: leave out --published"
        )
    return published.load()


def report(
    store: Store, with_published: bool = False, reference: str = REFERENCE
) -> tuple[list[Setting], Speed]:
    """Write everything from what is stored, which has to be something.

    Raises:
        UserError: the published figures were asked for, and the results are of embedded data; no result of ``reference``.
    """
    found, left_out = settings(store, reference)
    others = overlay(found) if with_published else None
    rates, measured = speeds(store, found[0].records[-1]["where"]["code"])
    write_tables(store, found, left_out, rates)
    canvas.theme()
    chapters, costs = write_plots(store, found, measured, others)
    page.write(store.root / "report.html", chapters, rates, costs, others, left_out)
    return found, rates


def has_results(run: Path) -> bool:
    """Whether a folder holds any result, failed ones included."""
    return any(run.glob("cells/*.json")) or any(run.glob("failed/*.json"))


def newest(root: Path) -> Path | None:
    """The run of ``root`` whose results changed last."""
    runs = [path for path in root.glob("*") if has_results(path)]
    return max(runs, key=lambda run: max(p.stat().st_mtime for p in run.glob("[cf]*/*.json")), default=None)


def main() -> int:
    """Command line; exit code 2 and one sentence where there is nothing to report."""
    parser = Parser("report.py", __doc__)
    parser.add_argument(
        "run", nargs="?", type=Path, help="folder of a run (default: the newest under results/)"
    )
    write_option(parser, "results")
    text = "method that paired differences are measured from (default: frozen)"
    parser.add_argument("--reference", default=REFERENCE, metavar="METHOD", help=text)
    text = (
        "overlay figures from the literature (results/published.csv), marked as such; never on embedded data"
    )
    parser.add_argument("--published", action="store_true", help=text)
    asked = parser.parse_args()
    run = asked.run or newest(Path("results"))
    if run is None or not has_results(run):
        fail(f"no results in {run or 'results'}/; python benchmark/run_all.py makes some")
    try:
        found, rates = report(Store(run), asked.published, asked.reference)
        if asked.write is not None:
            write_between(asked.write, "results", document.summary(found[0], rates, run))
    except ValueError as error:
        fail(error)
    for setting in found:
        tables.show(*tables.main_table(setting, rates), title=tables.heading(setting))
    print(f"written: {run}/report.html, {run}/table.md, table.csv, table.tex, plots/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
