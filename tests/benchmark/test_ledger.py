"""A run's list of what another run says of it."""

from datetime import date
from pathlib import Path
from unittest.mock import Mock

import pandas as pd
import pytest

from benchmark import ledger
from benchmark.ledger import Ledger
from benchmark.repeats import REPEATED
from benchmark.same import main
from benchmark.store import Store
from d2st.errors import UserError
from tests.benchmark.made_up import elsewhere, fill, job
from tests.benchmark.test_same import put


def test_the_day_is_when_it_was_first_found_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = put(tmp_path / "a")
    again = [str(put(tmp_path / name, change)) for name, change in (("b", None), ("c", ("predicted", "c99")))]
    days = {}
    for day, other in ((1, again[0]), (2, again[0]), (3, again[1])):
        monkeypatch.setattr(ledger, "date", Mock(today=lambda day=day: date(2030, 1, day)))
        main([str(first), other, "--keep"])
        days[day] = sorted(pd.read_csv(first / "repeated.csv").date)
    assert days == {1: ["2030-01-01"] * 4, 2: ["2030-01-01"] * 4, 3: ["2030-01-01"] * 3 + ["2030-01-03"]}


def test_what_is_repeated_no_longer_counts_once_the_run_holds_another_result(tmp_path: Path) -> None:
    first = put(tmp_path / "a")
    assert main([str(first), str(put(tmp_path / "b")), "--keep"]) == 0
    put(first, ("predicted", "c99"))
    gone = job("d2st").cells[0].id
    (first / "cells" / f"{gone}.json").unlink()
    left = REPEATED.standing(Store(first))
    assert len(left) == 2 and gone not in set(left.cell) and job("aim").cells[0].id not in set(left.cell)


@pytest.mark.parametrize("text", ["cell,day\n", "", "cell\n1,2\n3,4,5,6\n"])
def test_a_broken_list_is_named(tmp_path: Path, text: str) -> None:
    store = Store(put(tmp_path / "a"))
    REPEATED.place(store).write_text(text)
    with pytest.raises(UserError, match=r"repeated\.csv"):
        REPEATED.standing(store)


def test_rows_of_several_machines_stand_beside_each_other(tmp_path: Path) -> None:
    store, other, kept = (
        Store(tmp_path / "a"),
        Store(tmp_path / "b"),
        Ledger("list.csv", ("points",), ("cell", "machine_again")),
    )
    for each in (store, other):
        fill(each, job("aim"))
    cell = job("aim").cells[0].id
    for cpu, points in (("z", 1), ("b", 2), ("z", 3)):
        elsewhere(other, job("aim"), cpu)
        found = kept.add(store, [(store.get(cell), other.get(cell), (points,))])
    assert list(zip(found.machine_again, found.points)) == [("b, torch 2", 2), ("z, torch 2", 3)]
    assert (found.machine == "a processor, torch 2").all() and found.equals(kept.standing(store))


def test_nothing_to_add_leaves_a_list_of_no_rows(tmp_path: Path) -> None:
    store = Store(put(tmp_path / "a"))
    assert REPEATED.add(store, []).empty and REPEATED.standing(store).empty
