"""Tables and plots from stored results alone, nothing re-run: ``python benchmark/report.py [results/RUN]``."""

import argparse
import sys
from pathlib import Path
from typing import Any

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import pandas as pd

from benchmark import document, style, tables
from benchmark.marks import write_between
from benchmark.options import fail
from benchmark.store import Store, read_json, write_atomically
from benchmark.summary import Setting, settings

Speed = dict[tuple[str, str], dict[str, Any]]


def speeds(store: Store, code: str | None = None) -> tuple[Speed, list[dict[str, Any]]]:
    """The interleaved throughput by (trunk, method), the newest measurement of each trunk, and those measurements."""
    found = [read_json(path) for path in (store.root / "speed").glob("*.json")]
    newest = {item["trunk"]: item for item in sorted(found, key=lambda item: item["where"]["date"])
              if code is None or item["where"]["code"] == code}  # fmt: skip
    figures = {
        (trunk, method): figure
        for trunk, item in newest.items()
        for method, figure in item["figures"].items()
    }
    return figures, list(newest.values())


def write_tables(store: Store, found: list[Setting], left_out: int, figures: Speed) -> None:
    """Write ``table.md`` and ``table.csv`` into the run's folder."""
    lines = [f"# Results of `{store.root.name}`", ""]
    if any(setting.rows.embedded.any() for setting in found):
        lines += [document.EMBEDDED, ""]
    for setting in found:
        lines += document.section(setting, figures)
    if left_out:
        lines += [f"{left_out} stored results of other code versions are not shown.", ""]
    write_atomically(store.root / "table.md", lambda part: part.write_text("\n".join(lines), "utf-8"))
    rows = pd.concat([setting.rows.assign(setting=setting.title) for setting in found], ignore_index=True)
    write_atomically(
        store.root / "table.csv", lambda part: rows.to_csv(part, index=False, float_format="%.6g")
    )


def _curves(setting: Setting, trunk: str, head: str) -> pd.DataFrame:
    seen: dict[str, pd.DataFrame] = {}
    for record in setting.records:
        asked, curve = record["asked"], record["happened"].get("curve")
        first = min(r["asked"]["seed"] for r in setting.records)
        if (
            curve
            and curve.get("episode")
            and (asked["trunk"], asked["head"], asked["seed"]) == (trunk, head, first)
        ):
            seen[asked["job"]] = pd.DataFrame(curve).assign(dataset=asked["dataset"], method=asked["method"])
    return pd.concat(seen.values(), ignore_index=True) if seen else pd.DataFrame()


def write_plots(store: Store, setting: Setting, measured: list[dict[str, Any]]) -> list[Path]:
    """Write the plots of the newest setting under ``plots/``; returns their paths."""
    from benchmark import canvas, plots

    canvas.theme()
    folder, written = store.root / "plots", []
    rows = setting.rows[setting.rows.status == "ok"]
    groups = list(rows.groupby(["trunk", "head"], sort=True))
    for (trunk, head), part in groups:
        tag = f"-{trunk}-{head}" if len(groups) > 1 else ""
        titles = "; ".join(dict.fromkeys(part.data))
        note = f"{titles}\n{trunk}, {style.title(head)}; {setting.title.split('; profile')[0]}"
        for draw in (plots.by_parameters, plots.accuracies):
            written.append(folder / f"{draw.__name__}{tag}.png")
            draw(part, setting.chance, note, written[-1])
        curves = _curves(setting, trunk, head)
        if len(curves):
            written.append(folder / f"training{tag}.png")
            plots.training(curves, setting.chance, note, written[-1])
    for item in measured:
        tag = f"-{item['trunk']}" if len(measured) > 1 else ""
        written.append(folder / f"throughput{tag}.png")
        plots.throughput(item["figures"], item["note"], written[-1])
    return written


def report(store: Store) -> tuple[list[Setting], Speed]:
    """Write everything from what is stored, which has to be something."""
    found, left_out = settings(store)
    figures, measured = speeds(store, found[0].records[-1]["where"]["code"])
    write_tables(store, found, left_out, figures)
    write_plots(store, found[0], measured)
    return found, figures


def has_results(run: Path) -> bool:
    """Whether a folder holds any result, failed ones included."""
    return any(run.glob("cells/*.json")) or any(run.glob("failed/*.json"))


def newest(root: Path) -> Path | None:
    """The run of ``root`` whose results changed last."""
    runs = [path for path in root.glob("*") if has_results(path)]
    return max(runs, key=lambda run: max(p.stat().st_mtime for p in run.glob("[cf]*/*.json")), default=None)


def main() -> int:
    """Command line; exit code 2 and one sentence where there is nothing to report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "run", nargs="?", type=Path, help="folder of a run (default: the newest under results/)"
    )
    text = "also put the newest setting's table between the lines <!-- results --> of this page, as README.md"
    parser.add_argument("--write", type=Path, metavar="FILE", help=text)
    asked = parser.parse_args()
    run = asked.run or newest(Path("results"))
    if run is None or not has_results(run):
        fail(f"no results in {run or 'results'}/; python benchmark/run_all.py makes some")
    try:
        found, figures = report(Store(run))
        if asked.write is not None:
            write_between(asked.write, "results", document.summary(found[0], figures, run))
    except ValueError as error:
        fail(error)
    for setting in found:
        tables.show(*tables.main_table(setting, figures), title=setting.title)
    print(f"written: {run}/table.md, {run}/table.csv, {run}/plots/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
