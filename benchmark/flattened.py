"""Whether the trainings of a run were long enough: ``python benchmark/flattened.py RUN``.

Of every training the right queries of its training episodes in the last fifth of the budget, and by how much they are more than
in the fifth before. The rate falls to zero in the end and flattens any curve, so a small rise does not prove that a longer
budget would give nothing; a large one says that the method was still learning.
"""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import numpy as np
import pandas as pd

from benchmark import style, tables
from benchmark.block import of_settings, run_block
from benchmark.figures import curves
from benchmark.summary import Setting

TOLD = (
    "Right queries of the training episodes in the last fifth of each training (%), mean over seeds, and what it is above the "
    "fifth before, in points (in brackets the least and the most of the seeds)."
)


def rises(course: pd.DataFrame) -> pd.DataFrame:
    """``course`` as of :func:`benchmark.figures.curves`; one row a dataset, method and seed: ``last`` (%), ``rise`` (points)."""
    found = []
    for key, part in course.groupby(["dataset", "method", "seed"], sort=False):
        fifth = np.ceil(5 * part.episode / part.episode.max())  # 1 to 5, each with its end
        last, before = (part.accuracy[fifth == one].mean() for one in (5, 4))
        found.append((*key, last, last - before))
    return pd.DataFrame(found, columns=["dataset", "method", "seed", "last", "rise"])


def table(found: dict[str, pd.DataFrame]) -> str:
    """Markdown of one trunk: a line a method, a column a head (keys of ``found``) and dataset."""
    columns = [(head, name) for head, one in found.items() for name in style.datasets(one.dataset)]
    header = ["", *(f"{style.title(head)}, {name}" for head, name in columns)]
    rows = []
    for method in style.order(name for one in found.values() for name in one.method):
        cells = [style.title(method)]
        for head, name in columns:
            one = found[head][(found[head].dataset == name) & (found[head].method == method)]
            cells.append(_told(one) if len(one) else "-")
        rows.append(cells)
    return tables.markdown(header, rows)


def _told(one: pd.DataFrame) -> str:
    told = f"{one['last'].mean():.1f}, {one['rise'].mean():+.1f}"
    return told + (f" ({one['rise'].min():+.1f} to {one['rise'].max():+.1f})" if len(one) > 1 else "")


def document(found: Iterable[Setting]) -> list[str]:
    """A table a trunk in Markdown; none where no training is stored."""
    by_trunk: dict[str, dict[str, pd.DataFrame]] = {}
    for setting in found:
        for trunk in dict.fromkeys(setting.rows.trunk):
            for head in style.heads(setting.rows["head"][setting.rows.trunk == trunk]):
                course = curves(setting, trunk, head)
                if len(course):
                    by_trunk.setdefault(trunk, {}).setdefault(head, rises(course))
    lines = []
    for trunk, heads in by_trunk.items():
        ordered = {head: heads[head] for head in style.heads(heads)}
        lines += [f"**{trunk}**", "", table(ordered), ""]
    return [*lines, TOLD] if lines else []


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; see ``--help``."""
    nothing = "no training is stored in {run}: python benchmark/run_all.py makes some"
    needs, told = "folder of a run", of_settings(document)
    return run_block("flattened.py", __doc__, "flattened", needs, told, nothing, arguments)


if __name__ == "__main__":
    sys.exit(main())
