"""What of a run has been repeated, over several goes."""

from datetime import date
from pathlib import Path
from unittest.mock import Mock

import pandas as pd
import pytest

from benchmark import repeats
from benchmark.identity import ROOT
from benchmark.same import main
from benchmark.store import Store
from d2st.errors import UserError
from tests.benchmark.made_up import fill, job
from tests.benchmark.test_same import put

OFFICIAL = ROOT / "results/official/embedded"


def test_goes_add_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, again = put(tmp_path / "a"), tmp_path / "b"
    fill(Store(again), job("d2st"))
    assert main([str(first), str(again), "--partial", "--keep"]) == 0
    said = capsys.readouterr().out
    assert (
        "vit_mini: 2 of 4 results repeated; not all of aim\n" in said and "0 of the repeated differ" in said
    )
    assert main([str(first), str(put(tmp_path / "c", ("predicted", "c99"))), "--keep"]) == 1
    said = capsys.readouterr().out
    assert "vit_mini: 4 of 4 results repeated\n" in said and "1 of the repeated differ" in said
    kept = pd.read_csv(first / "repeated.csv")
    assert kept.cell.is_unique and kept.cell.is_monotonic_increasing
    assert kept.queries.tolist() == [300] * 4 and sorted(kept.differ) == [0, 0, 0, 1]
    # a later go replaces what an earlier one said of the same results
    assert main([str(first), str(put(tmp_path / "d")), "--keep"]) == 0
    assert pd.read_csv(first / "repeated.csv").differ.sum() == 0


def test_the_day_is_when_it_was_first_found_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = put(tmp_path / "a")
    again = [str(put(tmp_path / name, change)) for name, change in (("b", None), ("c", ("predicted", "c99")))]
    days = {}
    for day, other in ((1, again[0]), (2, again[0]), (3, again[1])):
        monkeypatch.setattr(repeats, "date", Mock(today=lambda day=day: date(2030, 1, day)))
        main([str(first), other, "--keep"])
        days[day] = sorted(pd.read_csv(first / "repeated.csv").date)
    assert days == {1: ["2030-01-01"] * 4, 2: ["2030-01-01"] * 4, 3: ["2030-01-01"] * 3 + ["2030-01-03"]}


def test_nothing_is_kept_unless_asked(tmp_path: Path) -> None:
    first = put(tmp_path / "a")
    assert main([str(first), str(put(tmp_path / "b"))]) == 0
    assert not (first / "repeated.csv").exists() and repeats.standing(Store(first)).empty


def test_what_is_repeated_no_longer_counts_once_the_run_holds_another_result(tmp_path: Path) -> None:
    first = put(tmp_path / "a")
    assert main([str(first), str(put(tmp_path / "b")), "--keep"]) == 0
    put(first, ("predicted", "c99"))
    gone = job("d2st").cells[0].id
    (first / "cells" / f"{gone}.json").unlink()
    left = repeats.standing(Store(first))
    assert len(left) == 2 and gone not in set(left.cell) and job("aim").cells[0].id not in set(left.cell)


@pytest.mark.parametrize("text", ["cell,day\n", "", "cell\n1,2\n3,4,5,6\n"])
def test_a_broken_list_is_named(tmp_path: Path, text: str) -> None:
    store = Store(put(tmp_path / "a"))
    repeats.place(store).write_text(text)
    with pytest.raises(UserError, match=r"repeated\.csv"):
        repeats.standing(store)


@pytest.mark.skipif(
    not (OFFICIAL / "repeated.csv").exists(), reason="no part of the official run is repeated"
)
def test_the_official_list_is_of_the_official_run() -> None:
    kept, store = pd.read_csv(OFFICIAL / "repeated.csv"), Store(OFFICIAL)
    assert len(repeats.standing(store)) == len(kept) > 0
    assert (kept.differ == 0).all()
