"""Results appear whole or not at all, and a broken file is named."""

from pathlib import Path

import pandas as pd
import pytest

from benchmark.store import Store, write_atomically
from d2st.errors import UserError
from tests.benchmark.made_up import fail, fill, job


def test_a_result_comes_back(tmp_path: Path) -> None:
    store, made = Store(tmp_path / "run"), job(shots=(1,))
    cell = made.cells[0].id
    assert not store.root.exists() and not store.done(cell) and list(store.records()) == []
    fill(store, made)
    assert store.done(cell) and store.get(cell)["asked"]["method"] == "d2st"
    rows = store.table(cell)
    assert len(rows) == 5 * rows.episode.nunique() and len(rows.support_videos[0]) == 5
    assert not [path for path in tmp_path.rglob("*") if path.suffix == ".part"]


def test_the_same_table_has_the_same_bytes(tmp_path: Path) -> None:
    made = job(shots=(1,))
    for name in ("a", "b"):
        fill(Store(tmp_path / name), made)
    one, two = (next((tmp_path / name / "cells").glob("*.parquet")).read_bytes() for name in ("a", "b"))
    assert one == two


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def broken(part: Path) -> None:
        part.write_text("ne")
        raise OSError("disk full")

    with pytest.raises(OSError):
        write_atomically(path, broken)
    assert path.read_text() == "old" and [item.name for item in tmp_path.iterdir()] == ["file"]


def test_a_failure_lies_apart_and_goes_with_success(tmp_path: Path) -> None:
    store, made = Store(tmp_path), job(shots=(1,))
    cell = made.cells[0].id
    fail(store, made)
    assert store.failed(cell) and not store.done(cell)
    assert [record["happened"]["status"] for record in store.records()] == ["failed"]
    fill(store, made)
    assert store.done(cell) and not store.failed(cell)
    assert [record["happened"]["status"] for record in store.records()] == ["ok"]


@pytest.mark.parametrize("text", ["{", '{"asked": {}}', "[]"])
def test_a_broken_record_is_named(tmp_path: Path, text: str) -> None:
    store = Store(tmp_path)
    (tmp_path / "cells").mkdir()
    (tmp_path / "cells" / "x.json").write_text(text)
    with pytest.raises(UserError, match=r"x\.json"):
        store.get("x")


def test_a_broken_table_is_named(tmp_path: Path) -> None:
    store, made = Store(tmp_path), job(shots=(1,))
    fill(store, made)
    cell = made.cells[0].id
    (tmp_path / "cells" / f"{cell}.parquet").write_bytes(b"nothing")
    with pytest.raises(UserError, match=cell):
        store.table(cell)


def test_columns_that_the_episodes_decide_are_stored_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    one, two = job("d2st", shots=(1,)), job("aim", shots=(1,))
    for made in (one, two):
        fill(store, made)
    assert len(list((tmp_path / "episodes").iterdir())) == 1
    whole = store.table(one.cells[0].id)
    assert whole.margin.dtype == "float32"
    for names in (["correct"], ["episode"], ["correct", "class"], ["margin", "episode", "predicted"]):
        assert store.table(one.cells[0].id, names).equals(whole[names])


def test_a_table_of_other_episodes_is_refused(tmp_path: Path) -> None:
    store, made = Store(tmp_path), job(shots=(1,))
    fill(store, made)
    (path,) = (tmp_path / "episodes").iterdir()
    known = pd.read_parquet(path)
    known.iloc[::-1].to_parquet(path)
    with pytest.raises(RuntimeError, match="not those of its episodes"):
        fill(store, made)
    known.iloc[:-5].to_parquet(path)
    with pytest.raises(UserError, match="rows"):
        store.table(made.cells[0].id)
    path.write_bytes(b"nothing")  # what cannot be read is written anew
    with pytest.raises(UserError, match="episodes"):
        store.table(made.cells[0].id)
    fill(store, made)
    assert len(store.table(made.cells[0].id)) == len(known)
