"""Two runs, query by query."""

from pathlib import Path

import pytest

from benchmark.same import main
from benchmark.store import Store
from tests.benchmark.made_up import asked, elsewhere, fail, fill, job, table, where


def put(root: Path, change: tuple[str, object] | None = None) -> Path:
    """Results of two methods, perhaps with the first query of one of them changed."""
    store, made = Store(root), job("aim")
    for each in (job("d2st"), made):
        fill(store, each)
    if change is not None:
        cell, (name, value) = made.cells[0], change
        rows = table("aim", "ssv2", cell.shot)
        rows.loc[7, name] = value
        happened = store.get(cell.id)["happened"]
        record = {"asked": asked(made, cell), "happened": happened, "where": where(made, cell.manifest)}
        store.put(cell.id, record, rows)
    return root


def test_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(put(tmp_path / "a")), str(put(tmp_path / "b"))]) == 0
    said = capsys.readouterr().out
    assert "4 results in common (2 methods, 1,200 queries)" in said and "the same, query by query" in said


@pytest.mark.parametrize("change", [("predicted", "c99"), ("margin", 3.5), ("margin", float("nan"))])
def test_one_query_differs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: tuple[str, object]
) -> None:
    assert main([str(put(tmp_path / "a")), str(put(tmp_path / "b", change))]) == 1
    said = capsys.readouterr().out
    assert f"1 of 300 queries differ ({change[0]}; margin by" in said and "1 differ" in said


def test_what_is_not_a_number_in_both_is_the_same(tmp_path: Path) -> None:
    nan = ("margin", float("nan"))
    assert main([str(put(tmp_path / "a", nan)), str(put(tmp_path / "b", nan))]) == 0


def test_a_result_that_the_second_run_lacks_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = put(tmp_path / "a"), put(tmp_path / "b")
    fill(Store(second), job("frozen"))  # more of it is no fault
    assert main([str(first), str(second)]) == 0
    fail(Store(second), job("st_adapter"))
    fill(Store(first), job("st_adapter"))
    fill(Store(first), job("full_finetune"))
    assert main([str(first), str(second)]) == 1
    said = capsys.readouterr().out
    assert said.count(": failed in ") == 2 and said.count(": not in ") == 2 and "4 more results of " in said
    assert main([str(first), str(second), "--partial"]) == 0
    said = capsys.readouterr().out
    assert "4 results in common" in said and "4 more results of " in said and ": not in " not in said


def test_another_kind_of_machine_is_named_though_nothing_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = put(tmp_path / "a"), put(tmp_path / "b")
    assert main([str(first), str(second)]) == 0 and "another kind" not in capsys.readouterr().out
    elsewhere(Store(second), job("aim"))
    assert main([str(first), str(second)]) == 0
    said = capsys.readouterr().out
    assert (
        "2 results come from another kind of machine" in said
        and f"elsewhere.py {first} --add {second}" in said
    )


def test_nothing_in_common_is_wrong_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(Store(tmp_path / "b"), job("frozen"))
    with pytest.raises(SystemExit) as ended:
        main([str(put(tmp_path / "a")), str(tmp_path / "b")])
    said = capsys.readouterr().err
    assert ended.value.code == 2 and said.startswith("error: ") and "no result in common" in said
    assert len(said.splitlines()) == 1


def test_a_run_does_not_repeat_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = put(tmp_path / "a")
    with pytest.raises(SystemExit) as ended:
        main([str(root), str(tmp_path / "b" / ".." / "a"), "--keep"])
    assert ended.value.code == 2 and "compared with itself" in capsys.readouterr().err
    assert not (root / "repeated.csv").exists()
