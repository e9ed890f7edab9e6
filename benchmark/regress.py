"""The regression gate: ``python benchmark/regress.py`` fails with a table of what changed.

For every method on ``vit_mini``, and four on ``resnet_mini``: (1) a stored checkpoint is tested on a fixed list of episodes and
its predictions are compared query by query; (2) the method is trained for a few steps from a fixed seed and its losses are
compared; parameters and FLOPs are compared exactly.

Exit code: 0 nothing changed, 1 something did, 2 wrong input, 130 interrupted.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import as_completed
from pathlib import Path
from typing import TYPE_CHECKING

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmark.command import Parser, fail, one_sentence
from benchmark.pool import processes
from benchmark.variables import training_process

if TYPE_CHECKING:
    from benchmark.gate.cases import Case
    from benchmark.gate.compare import Finding
    from benchmark.gate.measure import Measured
    from benchmark.gate.references import References

CODE = ("d2st", "baselines", "benchmark", "configs", "requirements.lock")


def _parser() -> argparse.ArgumentParser:
    parser = Parser("regress.py", __doc__)
    parser.add_argument("--methods", nargs="+", metavar="NAME", help="only these methods (default: all)")
    parser.add_argument(
        "--trunks", nargs="+", metavar="NAME", help="only these miniature trunks (default: all)"
    )
    cores = len(os.sched_getaffinity(0))
    text = "processes of one thread each (default: the processor's cores)"
    parser.add_argument("--workers", type=int, default=cores, metavar="N", help=text)
    text = "take what is measured now as the references; refuses a tree with uncommitted changes"
    parser.add_argument("--update", action="store_true", help=text)
    text = "with --update: train the stored checkpoints anew too (minutes)"
    parser.add_argument("--retrain", action="store_true", help=text)
    parser.add_argument("--references", type=Path, metavar="DIR", help="default: results/reference")
    return parser


def refuse_dirty_tree() -> None:
    """UserError where the code differs from the commit: references have to belong to one."""
    from benchmark.machine import git
    from d2st.errors import UserError

    changed = git("status", "--porcelain", "--", *CODE)
    if changed or not git("rev-parse", "HEAD"):
        first = changed.splitlines()[0].split(maxsplit=1)[-1] if changed else "no git repository"
        raise UserError(f"references are taken from a clean tree only ({first}): commit first, then --update")


def _quiet(log: str) -> None:
    """In each process: what MMEngine prints goes into a file."""
    with open(log, "ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)


def _measure(case: "Case", folder: Path, retrained: bool) -> "Measured":
    from benchmark.gate import cases, measure, references

    checkpoint = references.References(folder).checkpoint(case)
    if retrained:
        measure.retrain(case, cases.BUDGET, checkpoint)
    return measure.measure(case, checkpoint)


def measured(
    wanted: "list[Case]", references: "References", workers: int, retrain: bool, update: bool
) -> "Iterator[tuple[Case, Measured]]":
    """Measure the cases in processes of one thread, yielding each when it is done."""
    os.environ.update(training_process(threads=1) | {"CUDA_VISIBLE_DEVICES": ""})
    os.environ.pop("D2ST_DATA_ROOT", None)  # the gate is about the embedded data whatever is configured
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.txt"
        try:
            with processes(workers, _quiet, str(log)) as pool:
                tasks = {}
                for case in wanted:
                    anew = retrain or (update and not references.checkpoint(case).is_file())
                    tasks[pool.submit(_measure, case, references.folder, anew)] = case
                for task in as_completed(tasks):
                    yield tasks[task], task.result()
        except BaseException:
            if log.exists() and not isinstance(sys.exc_info()[1], KeyboardInterrupt):
                print(log.read_text(errors="replace")[-3000:], file=sys.stderr)
            raise


def run(asked: argparse.Namespace) -> "list[Finding]":
    """Measure, show the progress, and compare or update; returns what changed."""
    from rich.progress import track

    from benchmark.gate.cases import cases
    from benchmark.gate.compare import compare
    from benchmark.gate.references import FOLDER, References
    from benchmark.machine import describe

    references = References((asked.references or FOLDER).resolve())
    wanted = cases(asked.methods, asked.trunks)
    if asked.update:
        refuse_dirty_tree()
    else:
        references.check(wanted)
    found: list[Finding] = []
    work = measured(wanted, references, asked.workers, asked.retrain, asked.update)
    for case, now in track(work, "cases", total=len(wanted), disable=not sys.stdout.isatty()):
        if not asked.update or references.complete(case):
            found += compare(case.name, references.get(case), now)
        if asked.update:
            references.put(case, now, describe("cpu"))
    return sorted(found, key=lambda finding: finding.case)


def main(arguments: list[str] | None = None) -> int:
    """The command line; see ``--help``."""
    asked = _parser().parse_args(arguments)
    if asked.retrain and not asked.update:
        fail("--retrain makes new references: say --update too")
    if asked.workers < 1:
        fail("--workers is at least 1")
    from benchmark import tables, turn

    with one_sentence("nothing was decided"), turn.shared():
        found = run(asked)
    if found:
        header = ["case", "what", "reference", "now", "allowed"]
        rows = [[f.case, f.what, f.reference, f.now, f.allowed] for f in found]
        tables.show(header, rows, title="what changed")
    if asked.update:
        print("references updated: look at results/reference, and commit it with the reason")
        return 0
    print(f"regression gate: {'CHANGED' if found else 'nothing changed'}")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
