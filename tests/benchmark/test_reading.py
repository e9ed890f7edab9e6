"""What a method reads of ``motion``, told of invented results."""

from pathlib import Path

import pandas as pd
import pytest

from benchmark.reading import of_one_sign, reading
from benchmark.store import Store
from benchmark.summary import Setting, settings
from tests.benchmark.made_up import fill, job

MOTION = "vit_mini", "bimhm", "motion", 1
NAMES = ["rising", "falling", "growing", "shrinking"]
TWIN = dict(zip(NAMES, ("falling", "rising", "shrinking", "growing"), strict=True))


def made(root: Path, right: dict[str, tuple[bool, ...]]) -> tuple[Setting, pd.DataFrame]:
    """Methods that always see the change, but for episode 1, and are right in every fourth episode beside those of the changes
    (the objects rise or fall, grow or shrink) in which ``right`` says they are; 12 classes in two changes."""
    store, jobs = Store(root), [job(method, "motion", shots=(1,)) for method in right]
    for one in jobs:
        fill(store, one)
    known = [(one.cells[0].id, store.table(one.cells[0].id), store.get(one.cells[0].id)) for one in jobs]
    (store.root / "episodes").joinpath(f"{jobs[0].cells[0].manifest}.parquet").unlink()
    for (cell, table, record), always in zip(known, right.values(), strict=True):
        table["class"] = [NAMES[int(name[1:]) % 4] for name in table["class"]]
        moves = table["class"].isin(["rising", "falling"])
        knows = (table.episode % 4 == 0) | moves & always[0] | ~moves & always[1]
        table["predicted"] = table["class"].where(knows, table["class"].map(TWIN))
        wrong = table["class"].map({"rising": "growing", "falling": "growing"}).fillna("rising")
        table.loc[table.episode == 1, "predicted"] = wrong
        table["correct"] = table["predicted"] == table["class"]
        store.put(cell, record, table)
    return settings(store)[0][0], table


def test_the_right_change_and_the_right_order_are_told_apart(tmp_path: Path) -> None:
    """Who names the twin sees the change and no order; lots are drawn among the episode's classes of that change."""
    setting, table = made(tmp_path, {"frozen": (False, False)})
    row = reading(setting, MOTION).loc["frozen"]
    seen = table.episode != 1
    moves = table["class"].isin(["rising", "falling"])
    assert row["right change"] == pytest.approx(100 * seen.mean())
    assert row["right order, given the change"] == pytest.approx(100 * (table.episode[seen] % 4 == 0).mean())
    assert row["rising"] == pytest.approx(100 * table.correct[moves].mean())
    lots = [
        1 / len({c for c in episode["class"] if (c in NAMES[:2]) == (name in NAMES[:2])})
        for _, episode in table[seen].groupby("episode")
        for name in episode["class"]
    ]
    assert 0.5 < sum(lots) / len(lots) < 1  # two classes of a change, or one alone
    assert row["by lot"] == pytest.approx(100 * sum(lots) / len(lots))


def test_a_lead_is_of_one_sign_or_not(tmp_path: Path) -> None:
    setting, _ = made(
        tmp_path,
        {"d2st": (True, True), "aim": (True, False), "frozen": (False, False), "st_adapter": (False, True)},
    )
    pairs = [("d2st", "frozen"), ("aim", "st_adapter"), ("frozen", "d2st"), ("d2st", "aim")]
    # d2st is not ahead of aim where objects rise or fall
    assert [of_one_sign(setting, MOTION, [pair]) for pair in pairs] == [1, 0, 1, 0]
    assert of_one_sign(setting, MOTION, pairs) == 2


def test_of_unknown_classes_no_sign_is_told(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for method in ("d2st", "frozen"):
        fill(store, job(method, "motion", shots=(1,)))
    (setting,), _ = settings(store)
    assert of_one_sign(setting, MOTION, [("d2st", "frozen")]) is None
