"""The log of a search: a CSV file a trunk, a line a trial."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from benchmark.store import write_atomically
from benchmark.trial import Trial

KEY = list(Trial._fields)


def score(row: Any) -> float:
    """What a trial is judged by."""
    return float(row["accuracy_1"] + row["accuracy_5"]) / 2


class Log:
    """The trials of one trunk, in a CSV file that is written whole after every one.

    ``version`` is that of the data: trials on others are kept, and count for nothing.
    """

    def __init__(self, path: Path, version: str, code: str) -> None:
        self.path, self.version, self.code = path, version, code
        rows = pd.read_csv(path) if path.exists() else pd.DataFrame(columns=[*KEY, "version"])
        self.rows = rows.assign(
            arguments=rows["arguments"].astype(object).fillna("") if "arguments" in rows else ""
        )

    def done(self, like: Trial) -> dict[float, float]:
        """Rate -> score of the trials that differ from ``like`` in the rate alone."""
        return {float(row["rate"]): score(row) for _, row in self.like(like).iterrows()}

    def like(self, trial: Trial) -> pd.DataFrame:
        """The rows that differ from ``trial`` in the rate alone, in the order of rates."""
        rows = self.rows[self.rows["version"] == self.version]
        for name in KEY:
            if name != "rate":
                rows = rows[rows[name] == getattr(trial, name)]
        return rows.sort_values("rate")

    def add(self, trial: Trial, found: dict[str, float], where: dict[str, Any]) -> None:
        """Append a trial and store."""
        row = {**trial._asdict(), **found, "version": self.version, "code": self.code, **where}
        self.rows = (
            pd.concat([self.rows, pd.DataFrame([row])], ignore_index=True)
            if len(self.rows)
            else pd.DataFrame([row])
        )
        write_atomically(self.path, lambda part: self.rows.to_csv(part, index=False, float_format="%.6g"))


def table(logs: Mapping[str, Log], trials: Sequence[Trial]) -> list[str]:
    """Markdown: a line a method, what was tried and what is chosen."""
    lines = ["| trunk | method | tried: rate, 1-shot / 5-shot (%) | chosen |", "|---|---|---|---|"]
    for start in trials:
        rows = logs[start.trunk].like(start)
        if not len(rows):
            continue
        best = rows.loc[rows.apply(score, axis=1).idxmax()]
        told = "; ".join(
            f"{r['rate']:g}: {r['accuracy_1']:.1f} / {r['accuracy_5']:.1f}" for _, r in rows.iterrows()
        )
        edge = " (at the edge)" if best["rate"] in (rows["rate"].min(), rows["rate"].max()) else ""
        name = " ".join(filter(None, (f"`{start.method}`", start.arguments)))
        lines.append(f"| {start.trunk} | {name} | {told} | {best['rate']:g}{edge} |")
    return lines
