"""Timings of the kernels that matter, compared with stored ratios: ``make speed``, or ``python benchmark/kernels.py``.

Runs the pytest-benchmark cases of ``tests/benchmarks``, each in turns with a reference kernel, and fails where a median ratio
to it has grown by more than a tolerance. Seconds are compared too, by pytest-benchmark, where the machine is the stored one.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmark.command import Parser, one_sentence, write_option
from benchmark.kernels_document import document
from benchmark.machine import cpu_name, git
from benchmark.marks import write_between
from benchmark.options import ROOT
from benchmark.store import read_json, write_json
from benchmark.tables import show
from d2st.errors import UserError

CASES = ROOT / "tests" / "benchmarks"
BASELINE = CASES / "baseline.json"
SAME, OTHER = 30.0, 100.0  # percent that a ratio may grow: on the stored machine, on another
GROWN = "median:100%"  # what pytest-benchmark calls too slow, in seconds, on the stored machine


def measured(output: Path, baseline: dict[str, Any] | None, pattern: str) -> dict[str, Any]:
    """Run the cases and return pytest-benchmark's JSON with ``where``. Raises UserError where a case fails."""
    command = [sys.executable, "-m", "pytest", str(CASES), "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    command += ["-o", "python_files=bench_*.py", "--benchmark-disable-gc", "--benchmark-json", str(output)]
    command += ["--benchmark-columns=median,iqr,rounds", "--benchmark-sort=fullname", "-k", pattern]
    if baseline is not None and baseline["where"] == where():
        command += [f"--benchmark-compare={BASELINE}", f"--benchmark-compare-fail={GROWN}"]
    done = subprocess.run(command, cwd=ROOT, check=False)
    found = read_json(output) if output.is_file() and output.stat().st_size else {"benchmarks": []}
    if not found["benchmarks"]:
        raise UserError(f"no case of {CASES} was measured (pytest ended with {done.returncode}), see above")
    for case in found["benchmarks"]:
        case["stats"].pop("data", None)
    return {**found, "where": where(), "failed": done.returncode != 0}


def where() -> dict[str, Any]:
    """What seconds depend on."""
    import torch

    return {
        "cpu": cpu_name(),
        "threads": len(os.sched_getaffinity(0)),
        "torch": torch.__version__.split("+")[0],
    }


def compared(
    found: dict[str, Any], baseline: dict[str, Any], tolerance: float
) -> tuple[list[list[str]], list[str]]:
    """A line a case (case, median seconds, ratio, stored ratio, change in percent), and the cases that are too slow."""
    stored = {case["fullname"]: case["extra_info"]["ratio"] for case in baseline["benchmarks"]}
    lines, slow = [], []
    for case in found["benchmarks"]:
        name, ratio, before = case["name"], case["extra_info"]["ratio"], stored.get(case["fullname"])
        change = None if before is None else 100 * (ratio / before - 1)
        if change is not None and change > tolerance:
            slow.append(f"{name}: {change:+.0f} %")
        told = ["new", "-"] if before is None else [f"{before:.3g}", f"{change:+.0f}"]
        lines.append([name, f"{case['stats']['median']:.3g}", f"{ratio:.3g}", *told])
    return lines, slow


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0: no ratio has grown; 1: one has, or a case failed; 2: wrong input."""
    parser = Parser("kernels.py", __doc__)
    text = "keep pytest-benchmark's JSON of this run here"
    parser.add_argument("--benchmark-json", type=Path, metavar="FILE", help=text)
    write_option(parser, "speed")
    text = f"percent that a ratio may grow (default: {SAME:g} on the stored machine, {OTHER:g} on another)"
    parser.add_argument("--tolerance", type=float, metavar="PERCENT", help=text)
    parser.add_argument("-k", default="", metavar="NAMES", help="only some cases, by pytest's -k")
    text = "store this run's ratios as the ones to compare with; needs a tree without uncommitted changes"
    parser.add_argument("--update", action="store_true", help=text)
    asked = parser.parse_args(arguments)
    with one_sentence("nothing is stored"):
        return run(asked)


def run(asked: argparse.Namespace) -> int:
    """Measure, compare, print, write."""
    if asked.update and git("status", "--porcelain", "--untracked-files=no"):
        raise UserError("--update needs a tree without uncommitted changes: commit or undo them first")
    if asked.update and asked.k:
        raise UserError("--update stores all cases: leave out -k")
    baseline = read_json(BASELINE) if BASELINE.is_file() and not asked.update else None
    with tempfile.TemporaryDirectory() as folder:
        found = measured(Path(folder) / "found.json", baseline, asked.k)
    if asked.benchmark_json is not None:
        write_json(asked.benchmark_json, found)
    lines, slow = compared(found, baseline or {"benchmarks": []}, tolerance(asked, baseline))
    show(
        ["case", "median (s)", "ratio", "stored", "change (%)"],
        lines,
        title="Kernels; ratio to the reference kernel",
    )
    print(
        json.dumps(found["where"])
        + ("" if baseline is None else f"; stored: {json.dumps(baseline['where'])}")
    )
    if asked.write is not None:
        write_between(asked.write, "speed", document(found))
    if asked.update and not found["failed"]:
        write_json(BASELINE, {key: value for key, value in found.items() if key != "failed"})
    for sentence in slow:
        print(
            f"slower than stored by more than {tolerance(asked, baseline):g} %: {sentence}", file=sys.stderr
        )
    return int(bool(slow) or found["failed"])


def tolerance(asked: argparse.Namespace, baseline: dict[str, Any] | None) -> float:
    """Percent that a ratio may grow."""
    if asked.tolerance is not None:
        return float(asked.tolerance)
    return SAME if baseline is not None and baseline["where"] == where() else OTHER


if __name__ == "__main__":
    sys.exit(main())
