"""What of a run has been repeated, over several goes."""

from pathlib import Path

import pandas as pd
import pytest

from benchmark.identity import ROOT
from benchmark.repeats import REPEATED
from benchmark.same import main
from benchmark.store import Store
from tests.benchmark.made_up import elsewhere, fill, job
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


def test_another_kind_of_machine_repeats_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, again = put(tmp_path / "a"), Store(put(tmp_path / "b", ("predicted", "c99")))
    elsewhere(again, job("aim"))
    assert main([str(first), str(again.root), "--keep"]) == 1
    said = capsys.readouterr().out
    assert "2 results come from another kind of machine" in said
    assert f"elsewhere.py {first} --add {again.root}" in said and "0 of the repeated differ" in said
    kept = pd.read_csv(first / "repeated.csv")
    assert list(kept.cell) == sorted(cell.id for cell in job("d2st").cells) and (kept.differ == 0).all()
    elsewhere(again, job("d2st"))
    assert main([str(first), str(again.root), "--keep"]) == 1  # what is kept stays
    assert pd.read_csv(first / "repeated.csv").equals(kept)


def test_nothing_is_kept_unless_asked(tmp_path: Path) -> None:
    first = put(tmp_path / "a")
    assert main([str(first), str(put(tmp_path / "b"))]) == 0
    assert not (first / "repeated.csv").exists() and REPEATED.standing(Store(first)).empty


@pytest.mark.skipif(
    not (OFFICIAL / "repeated.csv").exists(), reason="no part of the official run is repeated"
)
def test_the_official_list_is_of_the_official_run() -> None:
    kept, store = pd.read_csv(OFFICIAL / "repeated.csv"), Store(OFFICIAL)
    assert len(REPEATED.standing(store)) == len(kept) > 0
    assert (kept.differ == 0).all()
