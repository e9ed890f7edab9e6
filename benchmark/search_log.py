"""The log of a search: a CSV file a trunk, a line a trial."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from benchmark.store import write_atomically
from benchmark.trial import Trial

KEY = list(Trial._fields)
#: what a log does not tell is usual
USUAL = Trial._field_defaults


def score(row: Any) -> float:
    """What a trial is judged by."""
    return float(row["accuracy_1"] + row["accuracy_5"]) / 2


def scores(rows: pd.DataFrame) -> dict[float, float]:
    """Rate -> score."""
    return {float(row["rate"]): score(row) for _, row in rows.iterrows()}


class Log:
    """The trials of one trunk, in a CSV file that is written whole after every one.

    ``version`` is that of the data: trials on others are kept, and count for nothing.
    """

    def __init__(self, path: Path, version: str, code: str) -> None:
        self.path, self.version, self.code = path, version, code
        rows = pd.read_csv(path) if path.exists() else pd.DataFrame(columns=[*KEY, "version"])
        for name, usual in USUAL.items():
            rows[name] = rows[name].astype(object).fillna(usual) if name in rows else usual
        self.rows = rows

    def done(self, like: Trial) -> dict[float, float]:
        """Rate -> score of the trials that differ from ``like`` in the rate alone."""
        return scores(self.like(like))

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


def next_seed(trial: Trial, step: int = 1) -> Trial:
    """The same trial with the seed of the second stage (``step`` -1: of the first)."""
    return trial._replace(seed=trial.seed + step)


def chosen(log: Log, start: Trial, again: bool = False) -> float | None:
    """The rate with the highest score among the trials that differ from ``start`` in the rate alone; ``again``: as soon as that
    rate was tried with the next seed too, the rate with the highest mean of both seeds. None: nothing was tried."""
    first, second = log.done(start), log.done(next_seed(start)) if again else {}
    best = max(first, key=first.__getitem__, default=None)
    if best not in second:
        return best
    means = {rate: first[rate] + second[rate] for rate in second if rate in first}
    return max(means, key=means.__getitem__)


def table(logs: Mapping[str, Log], trials: Sequence[Trial], again: bool = False) -> list[str]:
    """Markdown: a line a method, what was tried and what is :func:`chosen`."""
    heads = ["trunk", "method", "tried: rate, 1-shot / 5-shot (%)", *["next seed"] * again, "chosen"]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for start in trials:
        log = logs[start.trunk]
        best, first = chosen(log, start, again), log.done(start)
        if best is None:
            continue
        edge = " (at the edge)" if best in (min(first), max(first)) else ""
        head = f"with {start.head}" if start.head != USUAL["head"] else ""
        name = " ".join(filter(None, (f"`{start.method}`", start.arguments, head)))
        stages = [log.like(of) for of in (start, next_seed(start))[: 1 + again]]
        cells = [start.trunk, name, *map(_told, stages), f"{best:g}{edge}"]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _told(rows: pd.DataFrame) -> str:
    told = "; ".join(
        f"{row['rate']:g}: {row['accuracy_1']:.1f} / {row['accuracy_5']:.1f}" for _, row in rows.iterrows()
    )
    return told or "-"
