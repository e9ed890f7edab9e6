"""What of a run has been repeated, over several goes."""

from pathlib import Path

import pandas as pd
import pytest

from benchmark.identity import ROOT
from benchmark.ledger import Ledger
from benchmark.repeats import REPEATED, TWICE
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


def test_the_kind_of_a_machine_is_not_how_many_threads_it_has(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, again = Store(put(tmp_path / "a")), Store(put(tmp_path / "b"))
    for method in ("d2st", "aim"):
        elsewhere(first, job(method), "A(R) Processor (2 threads)")
        elsewhere(again, job(method), "A(R) Processor (16 threads)")
    assert main([str(first.root), str(again.root), "--keep"]) == 0
    assert "vit_mini: 4 of 4 results repeated\n" in capsys.readouterr().out
    kept = pd.read_csv(first.root / "repeated.csv")
    assert kept.machine.str.contains("(2 threads)", regex=False).all()  # both are told in full
    assert kept.machine_again.str.contains("(16 threads)", regex=False).all()


def test_models_of_one_name_are_kinds_of_machines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A record that keeps no model, as older ones, matches by name."""
    old, first, again = (Store(put(tmp_path / name)) for name in "abc")
    for store, model in ((first, {"cpu_model": "X 25 17"}), (again, {"cpu_model": "X 25 1"}), (old, {})):
        for method in ("d2st", "aim"):
            elsewhere(store, job(method), "An X", **model)
    assert main([str(old.root), str(first.root), "--keep"]) == 0
    said = capsys.readouterr().out
    assert "vit_mini: 4 of 4 results repeated\n" in said and "another kind" not in said
    assert set(pd.read_csv(old.root / "repeated.csv").machine_again) == {"An X, X 25 17, torch 2"}
    assert main([str(first.root), str(again.root), "--keep"]) == 0
    said = capsys.readouterr().out
    assert "vit_mini: 0 of 4 results repeated" in said and "4 results come from another kind" in said


def test_nothing_is_kept_unless_asked(tmp_path: Path) -> None:
    first = put(tmp_path / "a")
    assert main([str(first), str(put(tmp_path / "b"))]) == 0
    assert not (first / "repeated.csv").exists() and REPEATED.standing(Store(first)).empty


def test_what_two_runs_on_another_kind_of_machine_made_is_told_beside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    official, again = put(tmp_path / "official"), tmp_path / "again"
    fill(Store(again), job("d2st"))
    assert main([str(official), str(again), "--partial", "--keep"]) == 0
    capsys.readouterr()
    roots = [put(tmp_path / name) for name in "ab"]
    roots.append(put(tmp_path / "c", ("predicted", "c99")))
    for root in roots:
        elsewhere(Store(root), job("aim"))
        elsewhere(Store(root), job("d2st"))
    one, two, three = map(str, roots)
    assert main([one, two, "--keep-in", str(official)]) == 0
    said = capsys.readouterr().out
    assert (
        "vit_mini: 2 of 4 results repeated; 2 more made twice on another kind of machine; not all of aim\n"
        in said
    )
    assert "0 of the 4 made twice elsewhere differ" in said and not (tmp_path / "a" / "twice.csv").exists()
    assert len(pd.read_csv(official / "repeated.csv")) == 2
    assert main([one, three, "--keep-in", str(official)]) == 1
    assert "1 of the 4 made twice elsewhere differ" in capsys.readouterr().out
    assert len(pd.read_csv(official / "twice.csv")) == 4


@pytest.mark.parametrize("kind", ["its own", "two others", "nothing of it"])
def test_what_was_not_made_twice_on_another_kind_of_machine_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    roots = [put(tmp_path / name) for name in "ab"]
    official = tmp_path / "official"
    if kind == "nothing of it":
        fill(Store(official), job("frozen"))
    else:
        put(official)
    if kind == "two others":
        for root, cpu in zip(roots, ("one", "two"), strict=True):
            for method in ("aim", "d2st"):
                elsewhere(Store(root), job(method), cpu)
    with pytest.raises(SystemExit) as ended:
        main([*map(str, roots), "--keep-in", str(official)])
    said = capsys.readouterr().err
    assert ended.value.code == 2 and "holds no result that both runs made on another kind" in said
    assert len(said.splitlines()) == 1 and not (official / "twice.csv").exists()


@pytest.mark.skipif(
    not (OFFICIAL / "repeated.csv").exists(), reason="no part of the official run is repeated"
)
@pytest.mark.parametrize("ledger", [REPEATED, TWICE], ids=lambda ledger: ledger.file)
def test_the_official_lists_are_of_the_official_run(ledger: Ledger) -> None:
    kept, store = pd.read_csv(OFFICIAL / ledger.file), Store(OFFICIAL)
    assert len(ledger.standing(store)) == len(kept) > 0
    assert (kept.differ == 0).all()
