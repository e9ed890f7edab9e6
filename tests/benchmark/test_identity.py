"""Cells keep their identity, and lose it with each ingredient."""

import ast
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


WRITTEN = """
def f(x: int = 0, *, y=None) -> str:
    'Doc.'
    return f"{x!r:>{y}} and 'so' {x + 1:.2f}" "tail"
class C:
    z = {**{}, 1: None, "two": b"2"}
"""


def test_the_same_code_has_one_name_in_every_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """Written down, because this Python is the only one at hand; later ones add empty fields to what they parse."""
    before = identity.digest(identity._meaning(ast.parse(WRITTEN)))
    assert before == "246c3827210690fe"
    later = ast.parse(WRITTEN)
    for node in ast.walk(later):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            fields = dict.fromkeys((*type(node)._fields, "type_params"))
            monkeypatch.setattr(type(node), "_fields", tuple(fields))
            node.type_params = []
    assert identity.digest(identity._meaning(later)) == before
    other = ast.parse(WRITTEN.replace("1: None", "1: 0"))
    assert identity.digest(identity._meaning(other)) != before


def test_weights_are_known_by_their_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"w")
    (tmp_path / "b").write_bytes(b"w")
    assert identity.file_sha256(str(tmp_path / "a")) == identity.file_sha256(str(tmp_path / "b"))
