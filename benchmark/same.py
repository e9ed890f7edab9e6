"""Whether a run repeats another one, query by query: ``python benchmark/same.py results/official/embedded results/again``.

Of every result that both folders hold, the per-query tables are compared: the class predicted for each query, its margin (half
precision) and whether it was right with its frames shuffled and reversed. A result is named by all that it depends on but the
machine and the versions of packages (code, recipe, data version, trunk, seed, threads), so what both hold was asked for alike.

A run that takes hours can be repeated in parts: --keep adds what was compared to RUN/repeated.csv, which says how much of RUN is
repeated by now. Only results of the same kind of machine are kept there (torch and the processor's name, however many threads
it has, and its model where both records have it): another one rounds differently, and how far that carries a training is what
benchmark/elsewhere.py tells. Where the run's kind of machine is not at hand, two runs of another kind show that what it asked
for repeats there: --keep-in OFFICIAL adds what both made of its results to OFFICIAL/twice.csv.

Exit code 0: all results of the first are in the second, and the same (with --partial: those that are); 1: some differ or are
missing; 2: nothing to compare.
"""

import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import numpy as np
import pandas as pd

from benchmark.command import Parser, one_sentence
from benchmark.ledger import machine, one_kind
from benchmark.repeats import Found, keep, keep_twice
from benchmark.store import DESIGN, Record, Store

KEYS = ["episode", "query_video"]


class Difference(NamedTuple):
    """A result that is not the same: how many of its queries, what of them, and by how much the margin moved at most."""

    cell: str
    queries: int
    of: int
    what: str
    margin: float


def finished(store: Store) -> dict[str, Record]:
    """The results that did not fail, by name."""
    return {r["asked"]["cell"]: r for r in store.records() if r["happened"]["status"] == "ok"}


def difference(cell: str, first: pd.DataFrame, second: pd.DataFrame) -> Difference | None:
    """What differs between two tables of a result; ``None``: nothing.

    Args:
        first, second: per-query tables as :meth:`benchmark.store.Store.table` gives them.
    """
    first, second = (table.sort_values(KEYS, ignore_index=True) for table in (first, second))
    if sorted(first.columns) != sorted(second.columns) or not first[KEYS].equals(second[KEYS]):
        return Difference(cell, max(len(first), len(second)), len(first), "rows or columns", float("nan"))
    measured = [name for name in first if name not in DESIGN]
    off = {name: ~_equal(first[name], second[name]) for name in measured}
    where = np.logical_or.reduce(list(off.values()))
    if not where.any():
        return None
    what = ", ".join(name for name in measured if off[name].any())
    moved = float((first["margin"] - second["margin"]).abs().max())
    return Difference(cell, int(where.sum()), len(first), what, moved)


def _equal(one: pd.Series, two: pd.Series) -> np.ndarray:
    """Row by row; what is not a number equals itself here."""
    return ((one == two) | (one.isna() & two.isna())).to_numpy()


Both = list[tuple[Record, Record]]


def in_common(first: Store, second: Store) -> tuple[dict[str, Record], Both]:
    """The finished results of the first, and the records of those that both hold.

    Raises:
        UserError: they are one folder, have none in common, or a record is broken.
    """
    from d2st.errors import UserError

    if first.root.resolve() == second.root.resolve():
        raise UserError(f"{first.root} is compared with itself: give the folder of the run that repeats it")
    one, two = finished(first), finished(second)
    common = sorted(one.keys() & two.keys())
    if not common:
        raise UserError(
            f"{first.root} ({len(one)} results) and {second.root} ({len(two)}) have no result in common: "
            "other code, recipe, data version, seed or threads; run the commit and the command that the first names"
        )
    return one, [(one[cell], two[cell]) for cell in common]


class Compared(NamedTuple):
    """All records of the first; those of the results that both hold and how many queries each of these has; names of those that
    only the first holds; what differs."""

    first: Collection[Record]
    common: Both
    queries: list[int]
    missing: list[str]
    differences: list[Difference]


def compare(first: Store, second: Store) -> Compared:
    """Compare all that both hold. Raises as :func:`in_common`, and ``UserError`` where a table is broken."""
    held, common = in_common(first, second)
    queries, differences = list[int](), list[Difference]()
    for one, _ in common:
        cell = one["asked"]["cell"]
        tables = first.table(cell), second.table(cell)
        queries.append(len(tables[0]))
        differences += filter(None, [difference(cell, *tables)])
    both = {one["asked"]["cell"] for one, _ in common}
    return Compared(held.values(), common, queries, sorted(held.keys() - both), differences)


def found(compared: Compared) -> list[Found]:
    """Of each result that both hold from one kind of machine the two records, how many queries it has and how many differ."""
    differ = {one.cell: one.queries for one in compared.differences}
    return [
        (one, two, (queries, differ.get(one["asked"]["cell"], 0)))
        for (one, two), queries in zip(compared.common, compared.queries, strict=True)
        if one_kind(one, two)
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; see ``--help``."""
    parser = Parser("same.py", __doc__)
    parser.add_argument("first", type=Path, metavar="RUN", help="folder of a run's results")
    parser.add_argument("second", type=Path, metavar="AGAIN", help="folder of the run that repeats it")
    text = "results that only the first holds are counted, and no more"
    parser.add_argument("--partial", action="store_true", help=text)
    text = "keep what was compared in RUN/repeated.csv, and say how much of RUN is repeated by now"
    parser.add_argument("--keep", action="store_true", help=text)
    text = "keep in OFFICIAL/twice.csv what of OFFICIAL's results the two made twice on another kind of machine than its own"
    parser.add_argument("--keep-in", type=Path, metavar="OFFICIAL", help=text)
    asked = parser.parse_args(arguments)
    with one_sentence("nothing was changed"):
        first, second = Store(asked.first), Store(asked.second)
        compared, so_far = compare(first, second), list[str]()
        if asked.keep:
            so_far += keep(first, compared.first, found(compared))
        if asked.keep_in is not None:
            other = Store(asked.keep_in)
            so_far += keep_twice(other, finished(other).values(), found(compared))
    _, common, queries, missing, differences = compared
    methods = len({one["asked"]["method"] for one, _ in common})
    print(f"{len(common)} results in common ({methods} methods, {sum(queries):,} queries)")
    for store, records in zip((first, second), zip(*common, strict=True), strict=True):
        print(f"{store.root}: {', '.join(sorted(set(map(machine, records))))}")
    for one in differences:
        print(
            f"{one.cell}: {one.queries:,} of {one.of:,} queries differ ({one.what}; margin by {one.margin:.2g})"
        )
    for cell in missing if not asked.partial else ():
        print(f"{cell}: {'failed' if second.failed(cell) else 'not'} in {second.root}")
    print(f"{len(differences)} differ" if differences else "the same, query by query")
    if missing:
        print(f"{len(missing)} more results of {first.root} are not in {second.root}")
    if others := sum(not one_kind(one, two) for one, two in common):
        told_by = f"python benchmark/elsewhere.py {first.root} --add {second.root}"
        print(
            f"{others} results come from another kind of machine, which repeats no training to the bit and is not kept; {told_by}"
        )
    for line in so_far:
        print(line)
    return 1 if differences or (missing and not asked.partial) else 0


if __name__ == "__main__":
    sys.exit(main())
