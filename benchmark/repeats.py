"""What of a run has been repeated: ``repeated.csv`` in its folder, filled by :mod:`benchmark.same` in as many goes as it takes.

One row a result: its name, the SHA-256 of the per-query file that was repeated, how many queries it has and how many of them
differ, both machines, the day it was first found so. A row counts as long as the run still holds that very file.
"""

import hashlib
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pandas as pd

from benchmark.machine import processor
from benchmark.store import Record, Store, write_atomically

COLUMNS = ("cell", "sha256", "queries", "differ", "machine", "machine_again", "date")


def machine(record: Record) -> str:
    """What a result was measured on."""
    where = record["where"]
    return f"{processor(where)}, torch {where['packages'].get('torch', 'unknown')}"


def place(store: Store) -> Path:
    """Where a run's list lies."""
    return store.root / "repeated.csv"


def standing(store: Store) -> pd.DataFrame:
    """The rows that still count, by name; none where nothing was repeated.

    Raises:
        UserError: the list is broken.
    """
    from d2st.errors import UserError

    path = place(store)
    if not path.exists():
        return pd.DataFrame(columns=COLUMNS)
    try:
        found = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read {path} ({error}); delete it and compare the runs again") from None
    if tuple(found.columns) != COLUMNS:
        raise UserError(
            f"{path} has the columns {', '.join(found.columns)}, not {', '.join(COLUMNS)}; delete it and compare the runs again"
        )
    here = [store.done(cell) and digest(store, cell) == kept for cell, kept in zip(found.cell, found.sha256)]
    return found[here].reset_index(drop=True)


def digest(store: Store, cell: str) -> str:
    """SHA-256 of the per-query file of a result as it is now (:func:`benchmark.identity.file_sha256` remembers a file).

    Raises:
        UserError: it cannot be read.
    """
    from d2st.errors import UserError

    path = store.rows(cell)
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise UserError(f"cannot read {path} ({error}); delete its .json to re-run it") from None


def add(store: Store, found: Iterable[tuple[Record, Record, int, int]]) -> pd.DataFrame:
    """Add what was compared to the list of ``store``, in place of what it said of the same results; a row that says the same
    once more stays as it is, with its day. Returns the list.

    Args:
        found: for each result its record, that of its repetition, the number of its queries and of those that differ.
    """
    rows = [
        (
            one["asked"]["cell"],
            digest(store, one["asked"]["cell"]),
            queries,
            differ,
            machine(one),
            machine(two),
            date.today().isoformat(),
        )
        for one, two, queries, differ in found
    ]
    new = pd.DataFrame(rows, columns=COLUMNS)
    known, says = standing(store), [name for name in COLUMNS if name != "date"]
    both = pd.concat([part for part in (known, new) if len(part)])
    both = both.drop_duplicates(says)  # what says the same stays, with its day
    whole = both.drop_duplicates("cell", keep="last").sort_values("cell", ignore_index=True)
    write_atomically(place(store), lambda part: whole.to_csv(part, index=False))
    return whole


def told(store: Store, records: Iterable[Record], repeated: pd.DataFrame) -> list[str]:
    """How much of the run is repeated: a line a trunk.

    Args:
        records: the finished results of the run.
        repeated: the list, as :func:`add` and :func:`standing` give it.
    """
    table = pd.DataFrame(
        [(r["asked"]["trunk"], r["asked"]["method"], r["asked"]["cell"]) for r in records],
        columns=["trunk", "method", "cell"],
    )
    table["repeated"] = table.cell.isin(repeated.cell)
    lines = []
    for trunk, part in table.groupby("trunk"):
        left = sorted(part.method[~part.repeated].unique())
        line = f"{trunk}: {part.repeated.sum()} of {len(part)} results repeated"
        lines.append(line + (f"; not all of {', '.join(left)}" if left else ""))
    differ = int((repeated.differ > 0).sum())
    return [*lines, f"{differ} of the repeated differ; {place(store)}"]
