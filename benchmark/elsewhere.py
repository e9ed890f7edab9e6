"""How far another kind of machine carries the same training: ``python benchmark/elsewhere.py RUN --add OTHER``.

On one kind of machine a training repeats to the bit (``benchmark/same.py``). Another one rounds differently (other vector
instructions, other kernels), and training enlarges that. Of every result of RUN that OTHER holds from another machine, the same
code, recipe, seed and episodes, this tells both accuracies and how many queries were given the same class, and beside them how
far two seeds lie apart on RUN's machine: whether a machine moves a result more than a seed does.

What was compared is kept in RUN/elsewhere.csv; without --add that is told.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import numpy as np
import pandas as pd

from benchmark import distances, style, tables
from benchmark.command import Parser, fail, one_sentence, write_option
from benchmark.distances import accuracy
from benchmark.ledger import Ledger, one_kind
from benchmark.marks import made_by, tell
from benchmark.same import KEYS, finished, in_common
from benchmark.store import Record, Store

#: queries of a result, how many were given the same class on both machines, accuracy in per cent on either
ELSEWHERE = Ledger(
    "elsewhere.csv", ("queries", "alike", "accuracy", "accuracy_again"), ("cell", "machine_again")
)
ROW = ("trunk", "dataset", "head", "method", "shot", "seed")
PROTOCOL = ("profile", "way", "queries", "episodes", "threads", "device")
BLOCK = ["machine_again", "machine", "protocol", "head"]
TOLD = (
    "Here: on the machine of the run; there: the same seed on the other one; between seeds: mean distance of two seeds here; "
    "alike: queries given the same class here and there. Accuracies in per cent, distances in points."
)


def compare(store: Store, other: Store) -> list[tuple[Record, Record, tuple[Any, ...]]]:
    """Of every result that both hold from different machines the two records and what :data:`ELSEWHERE` keeps.

    Raises:
        UserError: there is none, or a file is broken.
    """
    from d2st.errors import UserError

    pairs = [(one, two) for one, two in in_common(store, other)[1] if not one_kind(one, two)]
    if not pairs:
        raise UserError(
            f"{store.root} and {other.root} are of one kind of machine: benchmark/same.py compares them query by query"
        )
    return [(one, two, (*_alike(store, other, one), accuracy(one), accuracy(two))) for one, two in pairs]


def _alike(store: Store, other: Store, record: Record) -> tuple[int, int]:
    """How many queries there are, and how many were given one class."""
    one, two = (
        s.table(record["asked"]["cell"], [*KEYS, "predicted"]).sort_values(KEYS) for s in (store, other)
    )
    same = one.predicted.astype(str).to_numpy() == two.predicted.astype(str).to_numpy()
    return len(one), int(same.sum())


def rows(store: Store) -> pd.DataFrame:
    """What is kept, with what was asked (:data:`ROW`) of each.

    ``protocol``: how it was tested (:data:`PROTOCOL`), and the code version; ``seeds``: accuracies here by seed; ``apart``: how
    far these lie; ``trained``: whether the method has tunable parameters.

    Raises:
        UserError: the list or a record is broken.
    """
    kept, held = ELSEWHERE.standing(store), finished(store)
    seeds, records = distances.seeds_here(held.values()), [held[cell] for cell in kept.cell]
    for name in ROW:
        kept[name] = [record["asked"][name] for record in records]
    kept["protocol"] = [(*(r["asked"][name] for name in PROTOCOL), r["where"]["code"]) for r in records]
    kept["seeds"] = [seeds[distances.but_the_seed(record)] for record in records]
    kept["trained"] = [record["happened"]["tunable_parameters"] > 0 for record in records]
    kept["apart"] = [distances.apart(one) for one in kept.seeds]
    return kept


def sentence(shot: int, part: pd.DataFrame) -> str:
    """How far the machine moves the results of one shot, and how far a seed does; of what was trained, where something was."""
    part = part[part.trained] if part.trained.any() else part
    moved, methods = (part.accuracy_again - part.accuracy).abs(), part.method.nunique()
    of = f"mean of {methods} methods" if methods > 1 else "one method"
    told = f"{shot}-shot: another machine moves a result by {moved.mean():.1f} points ({of}, at most {moved.max():.1f})"
    if part.apart.notna().any():
        told += f", another seed by {part.apart.mean():.1f}"
    taus = (("machines", distances.tau_of_machines(part)), ("seeds", distances.tau_of_seeds(part)))
    orders = [f"{tau:.2f} between {name}" for name, tau in taus if np.isfinite(tau)]
    return told + (f"; Kendall's tau of the order of methods {', '.join(orders)}." if orders else ".")


def table(block: pd.DataFrame) -> str:
    """A line a method and seed, in Markdown."""
    shots = sorted(block.shot.unique())
    header = ["method", "seed"]
    for shot in shots:
        header += [f"{shot}-shot here", "there", "difference", "between seeds", "alike (%)"]
    lines = []
    for method in style.order(block.method):
        for seed, mine in block[block.method == method].groupby("seed"):
            by_shot = mine.set_index("shot")
            cells = [style.title(method), str(seed)]
            for shot in shots:
                cells += _cells(by_shot.loc[shot]) if shot in by_shot.index else ["-"] * 5
            lines.append(cells)
    return tables.markdown(header, lines)


def _cells(row: pd.Series) -> list[str]:
    moved = tables.points(row.accuracy_again - row.accuracy, "+")
    others = map(tables.points, (row.apart, 100 * row.alike / row.queries))
    return [tables.points(row.accuracy), tables.points(row.accuracy_again), moved, *others]


def document(store: Store) -> list[str]:
    """The lines of every machine, trunk, dataset and head in Markdown; none where nothing was compared.

    Raises as :func:`rows`.
    """
    found = rows(store)
    lines = []
    for trunk in style.trunks(found.trunk):
        for dataset in style.datasets(found.dataset):
            part = found[(found.trunk == trunk) & (found.dataset == dataset)]
            for (there, here, (profile, *_), head), block in part.groupby(BLOCK):
                told = f"{trunk}, {dataset}, {style.title(head)}, profile {profile}"
                lines += [f"**{told}: here {here}, there {there}**", ""]
                lines += [table(block), ""]
                lines += [" ".join(sentence(shot, one) for shot, one in block.groupby("shot")), ""]
    return [*lines, TOLD] if lines else []


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; see ``--help``."""
    parser = Parser("elsewhere.py", __doc__)
    parser.add_argument("run", type=Path, metavar="RUN", help="folder of a run's results")
    text = "folder of results of the same code, recipe and seeds from another machine: compare them and keep what was found"
    parser.add_argument("--add", type=Path, metavar="OTHER", help=text)
    write_option(parser, "elsewhere", "docs/embedded.md")
    asked = parser.parse_args(arguments)
    with one_sentence("nothing was changed"):
        store = Store(asked.run)
        if asked.add is not None:
            ELSEWHERE.add(store, compare(store, Store(asked.add)))
        lines = document(store)
        if not lines:
            fail(
                f"nothing of {asked.run} was compared with another machine: give the folder of its results to --add"
            )
        tell([*lines, "", made_by("elsewhere.py", asked.run)], asked.write, "elsewhere")
    return 0


if __name__ == "__main__":
    sys.exit(main())
