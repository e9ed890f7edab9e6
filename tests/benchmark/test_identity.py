"""Cells keep their identity, and lose it with each ingredient."""

import ast
import subprocess
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


def test_what_only_draws_does_not_count(tree: Path) -> None:
    before = identity.code_version(tree)
    for name in identity.PICTURES:
        assert (identity.ROOT / name).is_file()
        (tree / name).write_text("Z = 1\n")
    assert identity.code_version(tree) == before


def test_a_version_may_repeat_an_earlier_one(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(identity.REPEATS, identity.code_version(tree), "earlier")
    assert identity.code_version(tree) == "earlier"
    (tree / "d2st" / "a.py").write_text("X = 3\n")
    assert identity.code_version(tree) != "earlier"


WRITTEN = """
def f(x: int = 0, *, y=None) -> str:
    'Doc.'
    return f"{x!r:>{y}} and 'so' {x + 1:.2f}" "tail"
class C:
    z = {**{}, 1: None, "two": b"2"}
"""


def test_the_same_code_has_one_name_in_every_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """Written down; what other Pythons add to the tree, empty fields and empty texts, does not count, anything else does."""
    before = identity.digest(identity._meaning(ast.parse(WRITTEN)))
    assert before == "246c3827210690fe"
    later = ast.parse(WRITTEN)
    for node in ast.walk(later):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            fields = dict.fromkeys((*type(node)._fields, "type_params"))
            monkeypatch.setattr(type(node), "_fields", tuple(fields))
            node.type_params = []
        if isinstance(node, ast.JoinedStr):
            node.values.append(ast.Constant(""))
    assert identity.digest(identity._meaning(later)) == before
    other = ast.parse(WRITTEN.replace("1: None", "1: 0"))
    assert identity.digest(identity._meaning(other)) != before


def newer(python: Path) -> bool:
    """Whether this is one that can parse the code: 3.11 and later."""
    return tuple(map(int, python.parts[-3].split(".")[:2])) >= (3, 11)


PYTHONS = sorted(filter(newer, Path.home().glob(".pyenv/versions/[0-9]*/bin/python3")))


@pytest.mark.skipif(not PYTHONS, reason="no other Python under ~/.pyenv")
@pytest.mark.parametrize("python", PYTHONS, ids=lambda path: path.parts[-3])
def test_other_pythons_give_the_code_the_same_name(python: Path) -> None:
    """The module itself, run there: it needs the standard library alone."""
    ask = "import runpy; print(runpy.run_path('benchmark/identity.py')['code_version']())"
    done = subprocess.run([python, "-c", ask], cwd=identity.ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == identity.code_version()


def test_weights_are_known_by_their_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"w")
    (tmp_path / "b").write_bytes(b"w")
    assert identity.file_sha256(str(tmp_path / "a")) == identity.file_sha256(str(tmp_path / "b"))
