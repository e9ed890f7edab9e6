"""How much of a run has been made again, as kept by benchmark/same.py: ``python benchmark/repeated.py RUN [--write PAGE]``.

A table of trunks and heads: how many results there are, how many of them were made again on the run's kind of machine
(RUN/repeated.csv), how many of the others were made twice on another kind (RUN/twice.csv), and which were made once only.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import pandas as pd

from benchmark import style, tables
from benchmark.block import run_block
from benchmark.repeats import REPEATED, TWICE, made
from benchmark.same import finished
from benchmark.store import Store

HEADER = ["trunk and head", "results", "made again", "others made twice elsewhere", "made once only"]


def counts(results: pd.DataFrame) -> str:
    """Markdown, a row a trunk and head; ``results`` as :func:`benchmark.repeats.made` gives them."""
    lines = []
    for (trunk, head), part in _parts(results, ["trunk", "head"]):
        lines.append([f"{trunk}, {style.title(head)}", str(len(part)), *map(str, _made(part))])
    return tables.markdown(HEADER, lines)


def once(results: pd.DataFrame) -> list[str]:
    """A line for each trunk, head and dataset of which results were made once only: the methods, each with its seeds."""
    lines = []
    left = results[~(results.repeated | results.twice)]
    for (trunk, head, dataset), part in _parts(left, ["trunk", "head", "dataset"]):
        seeds = part.groupby("method").seed.unique()
        told = [
            f"{style.title(method)} ({', '.join(map(str, sorted(seeds[method])))})"
            for method in style.order(seeds.index)
        ]
        lines.append(f"- {trunk}, {style.title(head)}, {dataset}: {'; '.join(told)}")
    return lines


def _parts(results: pd.DataFrame, names: list[str]) -> list[tuple[tuple[str, ...], pd.DataFrame]]:
    """The groups of ``results`` in the order in which the other tables have them."""
    orders = {"trunk": style.trunks, "head": style.heads, "dataset": style.datasets}
    ordered = {name: pd.Categorical(results[name], orders[name](results[name])) for name in names}
    return list(results.assign(**ordered).groupby(names, observed=True))


def _made(results: pd.DataFrame) -> tuple[int, int, int]:
    """How many were made again, how many of the others twice elsewhere, how many once only."""
    again, elsewhere = int(results.repeated.sum()), int(results.twice.sum())
    return again, elsewhere, len(results) - again - elsewhere


def sentence(results: pd.DataFrame, repeated: pd.DataFrame, twice: pd.DataFrame) -> str:
    """All of it in numbers: results, queries, how many differ."""
    again, elsewhere, left = _made(results)
    where = f"on the run's kind of machine, {_queries(repeated)}"
    told = [f"Of {len(results):,} results {again:,} were made again {where}"]
    if elsewhere:
        others = twice[twice.cell.isin(results.cell[results.twice])]
        machines = "; or ".join(sorted(set(others.machine)))  # a machine's text has commas
        told.append(f"{elsewhere:,} more twice on another kind ({machines}), {_queries(others)}")
    return "; ".join([*told, f"{left:,} were made once only."])


def _queries(compared: pd.DataFrame) -> str:
    differ = compared.differ.sum()
    return f"{compared.queries.sum():,} queries, {f'{differ:,} of them not alike' if differ else 'all alike'}"


def document(store: Store) -> list[str]:
    """The lines of the block; none where nothing of the run was made again.

    Raises:
        UserError: a list or a record is broken.
    """
    repeated, twice = REPEATED.standing(store), TWICE.standing(store)
    if repeated.empty and twice.empty:
        return []
    results = made(finished(store).values(), repeated, twice)
    left = once(results)
    told = ["", "Made once only (in brackets: seeds):", "", *left] if left else []
    return [sentence(results, repeated, twice), "", counts(results), *told]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; see ``--help``."""
    nothing = "nothing of {run} was made again: python benchmark/same.py {run} AGAIN --keep"
    needs = "folder of a run's results"
    return run_block("repeated.py", __doc__, "repeated", needs, document, nothing, arguments)


if __name__ == "__main__":
    sys.exit(main())
