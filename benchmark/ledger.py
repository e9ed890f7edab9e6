"""Lists in a run's folder of what another run says of its results, filled in as many goes as it takes.

One row a result: its name, the SHA-256 of the per-query file that was compared, what was found, both machines, the day it was
first found so. A row counts as long as the run still holds that very file.
"""

import hashlib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from benchmark.machine import processor, same_kind
from benchmark.store import Record, Store, write_atomically


def machine(record: Record) -> str:
    """What a result was measured on."""
    return f"{processor(record['where'])}, torch {_torch(record)}"


def one_kind(one: Record, two: Record) -> bool:
    """Whether two results come from one kind of machine: processor and torch."""
    return _torch(one) == _torch(two) and same_kind(one["where"], two["where"])


def _torch(record: Record) -> str:
    return str(record["where"]["packages"].get("torch", "unknown"))


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


class Ledger(NamedTuple):
    """``file`` in the folder of a run; ``found`` are the columns of what a comparison found; ``key`` tells rows apart."""

    file: str
    found: tuple[str, ...]
    key: tuple[str, ...] = ("cell",)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns, in order."""
        return ("cell", "sha256", *self.found, "machine", "machine_again", "date")

    def place(self, store: Store) -> Path:
        """Where the list of a run lies."""
        return store.root / self.file

    def standing(self, store: Store) -> pd.DataFrame:
        """The rows that still count, by name; none where nothing was compared.

        Raises:
            UserError: the list is broken.
        """
        from d2st.errors import UserError

        path = self.place(store)
        if not path.exists():
            return pd.DataFrame(columns=self.columns)
        try:
            kept = pd.read_csv(path)
        except (OSError, ValueError) as error:
            raise UserError(f"cannot read {path} ({error}); delete it and compare the runs again") from None
        if tuple(kept.columns) != self.columns:
            raise UserError(
                f"{path} has the columns {', '.join(kept.columns)}, not {', '.join(self.columns)}; "
                "delete it and compare the runs again"
            )
        here = [
            store.done(cell) and digest(store, cell) == known for cell, known in zip(kept.cell, kept.sha256)
        ]
        return kept[here].reset_index(drop=True)

    def add(self, store: Store, compared: Iterable[tuple[Record, Record, tuple[Any, ...]]]) -> pd.DataFrame:
        """Add what was compared to the list of ``store``, in place of what it said of the same; a row that says the same once
        more stays as it is, with its day. Returns the list.

        Args:
            compared: for each result its record, that of the other run, and what was found.
        """
        rows = []
        for one, two, found in compared:
            cell, today = one["asked"]["cell"], date.today().isoformat()
            rows.append((cell, digest(store, cell), *found, machine(one), machine(two), today))
        new, known = pd.DataFrame(rows, columns=self.columns), self.standing(store)
        both = pd.concat([part for part in (known, new) if len(part)] or [known])
        both = both.drop_duplicates([name for name in self.columns if name != "date"])
        whole = both.drop_duplicates(list(self.key), keep="last").sort_values(
            list(self.key), ignore_index=True
        )
        write_atomically(self.place(store), lambda part: whole.to_csv(part, index=False))
        return whole
