"""Figures from the literature, ``results/published.csv``: one a row, each with its source and how that was confirmed.

The papers' own tables were seen for none of them; other episodes, other training. Never to be mixed with stored results.
"""

from pathlib import Path

import pandas as pd

PATH = Path(__file__).resolve().parents[1] / "results" / "published.csv"
COLUMNS = ("method", "backbone", "dataset", "shot", "accuracy", "source", "confirmed", "note")
CONFIRMED = ("paper", "authors' README", "second-hand digest", "run log")


def load(path: Path = PATH) -> pd.DataFrame:
    """The rows, ``accuracy`` in per cent, 5-way, ``note`` perhaps empty.

    Raises:
        UserError: a column is missing, a figure is no percentage, or a row has no source.
    """
    from d2st.errors import UserError

    try:
        found = pd.read_csv(path, keep_default_na=False, dtype={"shot": int, "accuracy": float})
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read the published figures {path}: {error}") from None
    if tuple(found.columns) != COLUMNS:
        raise UserError(
            f"the columns of {path} are {', '.join(found.columns)}; they have to be {', '.join(COLUMNS)}"
        )
    empty = (found[list(COLUMNS[:-1])].astype(str).apply(lambda column: column.str.strip()) == "").any(axis=1)
    wrong = empty | ~found.accuracy.between(0, 100) | (found.shot < 1) | ~found.confirmed.isin(CONFIRMED)
    if wrong.any():
        line = int(wrong.to_numpy().argmax()) + 2
        raise UserError(
            f"{path}, line {line}: it needs a source, a figure in 0..100 and one of {', '.join(CONFIRMED)}"
        )
    return found
