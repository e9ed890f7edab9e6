"""What of a run has been repeated on its own kind of machine: ``repeated.csv`` in its folder, filled by :mod:`benchmark.same`."""

from collections.abc import Iterable

import pandas as pd

from benchmark.ledger import Ledger
from benchmark.store import Record, Store

#: how many queries a result has, and how many of them differ
REPEATED = Ledger("repeated.csv", ("queries", "differ"))


def told(store: Store, records: Iterable[Record], repeated: pd.DataFrame) -> list[str]:
    """How much of the run is repeated: a line a trunk.

    Args:
        records: the finished results of the run.
        repeated: the list, as :meth:`benchmark.ledger.Ledger.add` and ``standing`` give it.
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
    return [*lines, f"{differ} of the repeated differ; {REPEATED.place(store)}"]
