"""Cells keep their identity, and lose it with each ingredient."""

from pathlib import Path

import pytest

from benchmark import grid, identity
from tests.benchmark.made_up import job


def test_digest_ignores_the_order_of_keys_only() -> None:
    assert identity.digest({"a": 1, "b": [1, 2]}) == identity.digest({"b": [1, 2], "a": 1})
    assert identity.digest({"a": [1, 2]}) != identity.digest({"a": [2, 1]})


def test_ids_change_with_identity_and_manifest() -> None:
    asked, data = job().asked, job().data
    base = grid.make_job(asked, {}, {"seed": 0}, data, {1: "m1", 5: "m5"})
    assert base == grid.make_job(asked, {}, {"seed": 0}, data, {5: "m5", 1: "m1"})
    other = grid.make_job(asked, {}, {"seed": 1}, data, {1: "m1", 5: "m5"})
    assert base.id != other.id and base.cells[0].id != other.cells[0].id
    fewer = grid.make_job(asked, {}, {"seed": 0}, data, {1: "m1"})
    assert fewer.id == base.id and fewer.cells == base.cells[:1]
    moved = grid.make_job(asked, {}, {"seed": 0}, data, {1: "m2"})
    assert moved.id == base.id and moved.cells[0].id != base.cells[0].id


def test_orders_survive_json() -> None:
    assert grid.from_json(grid.to_json(job())) == job()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for package in identity.PACKAGES:
        (tmp_path / package).mkdir()
        (tmp_path / package / "a.py").write_text('"""Doc."""\n\nX = 1  # one\n')
    return tmp_path


def test_code_version_follows_the_code_not_its_comments(tree: Path) -> None:
    before = identity.code_version(tree)
    (tree / "d2st" / "a.py").write_text('"""Better doc."""\nX = 1\n')
    assert identity.code_version(tree) == before
    (tree / "d2st" / "a.py").write_text('"""Doc."""\nX = 2\n')
    after = identity.code_version(tree)
    (tree / "baselines" / "b.py").write_text("Y = 1\n")
    assert len({before, after, identity.code_version(tree)}) == 3


def test_weights_are_known_by_their_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"w")
    (tmp_path / "b").write_bytes(b"w")
    assert identity.file_sha256(str(tmp_path / "a")) == identity.file_sha256(str(tmp_path / "b"))
