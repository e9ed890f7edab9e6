"""What of a run has been made twice: lists in its folder, filled by :mod:`benchmark.same`.

``repeated.csv``: the run's own results, made again on its kind of machine. ``twice.csv``: results of the same names, made twice
on another kind of machine, which rounds differently: they are not the run's, but show that what it asked for repeats there.
"""

from collections.abc import Collection, Iterable

import pandas as pd

from benchmark.ledger import Ledger, one_kind
from benchmark.store import Record, Store

#: how many queries a result has, and how many of them differ
REPEATED = Ledger("repeated.csv", ("queries", "differ"))
TWICE = Ledger("twice.csv", REPEATED.found, ("cell", "machine"))

#: records of one result from two runs on one kind of machine, and what was found
Found = tuple[Record, Record, tuple[int, int]]


def keep(store: Store, records: Iterable[Record], found: Iterable[Found]) -> list[str]:
    """Add to :data:`REPEATED` what of ``store`` was found made again; see :func:`told` for the rest."""
    return told(store, records, REPEATED.add(store, found), TWICE.standing(store))


def keep_twice(store: Store, records: Collection[Record], found: Iterable[Found]) -> list[str]:
    """Add to :data:`TWICE` what two other runs made of the results of ``store``, on another kind of machine than its own.

    Raises:
        UserError: they made nothing of that kind.
    """
    from d2st.errors import UserError

    here = {record["asked"]["cell"]: record for record in records}
    mine = ((here.get(row[0]["asked"]["cell"]), row) for row in found)
    rows = [row for own, row in mine if own is not None and not one_kind(own, row[0])]
    if not rows:
        raise UserError(
            f"{store.root} holds no result that both runs made on another kind of machine than its own; "
            "what was made on its own kind is compared with it and kept by --keep"
        )
    return told(store, records, REPEATED.standing(store), TWICE.add(store, rows))


def made(records: Iterable[Record], repeated: pd.DataFrame, twice: pd.DataFrame) -> pd.DataFrame:
    """A row a result: trunk, head, dataset, method, seed, cell, whether it is ``repeated``, and if not whether made ``twice``
    elsewhere.

    Args: as :func:`told`.
    """
    names = ["trunk", "head", "dataset", "method", "seed", "cell"]
    table = pd.DataFrame([[record["asked"][name] for name in names] for record in records], columns=names)
    table["repeated"] = table.cell.isin(repeated.cell)
    table["twice"] = ~table.repeated & table.cell.isin(twice.cell)
    return table


def told(store: Store, records: Iterable[Record], repeated: pd.DataFrame, twice: pd.DataFrame) -> list[str]:
    """How much of the run is made twice: a line a trunk, and what differs.

    Args:
        records: the finished results of the run.
        repeated, twice: the lists, as :meth:`benchmark.ledger.Ledger.add` and ``standing`` give them.
    """
    table = made(records, repeated, twice)
    lines = []
    for trunk, part in table.groupby("trunk"):
        left = sorted(part.method[~part.repeated].unique())
        line = f"{trunk}: {part.repeated.sum()} of {len(part)} results repeated"
        more = f"; {part.twice.sum()} more made twice on another kind of machine" if part.twice.any() else ""
        lines.append(line + more + (f"; not all of {', '.join(left)}" if left else ""))
    lines.append(f"{(repeated.differ > 0).sum()} of the repeated differ; {REPEATED.place(store)}")
    if len(twice):
        lines.append(
            f"{(twice.differ > 0).sum()} of the {len(twice)} made twice elsewhere differ; {TWICE.place(store)}"
        )
    return lines
