"""``docs/add_a_method.md`` followed to the letter, in a copy of the tree: the toy passes the generic suite and the harness."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "add_a_method.md").read_text("utf-8")
CODE = re.findall(r"^## \d+\. .*?(?:`(\S+)`)?\n+```(\w+)\n(.*?)```", PAGE, re.M | re.S)
FILES = {path: text for path, language, text in CODE if language == "python"}
COMMANDS = [text.strip() for _, language, text in CODE if language == "sh"]
SMALL = "--datasets ssv2 --shots 1 --train-episodes 4 --episodes 20 --device cpu --workers 1 --output out"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("tree")
    for name in ("d2st", "baselines", "configs", "benchmark", "tests", "docs"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    for path, text in FILES.items():
        assert not (copy / path).exists()
        (copy / path).write_text(text)
    return copy


def follow(command: str, tree: Path) -> str:
    """The output of ``command`` of the page, run in ``tree``, with what the environment runs as Python."""
    python, *rest = shlex.split(command)
    assert python == "python"
    env = {**os.environ, "PYTHONPATH": str(tree)}
    done = subprocess.run([sys.executable, *rest], cwd=tree, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_the_page_names_two_files_of_under_40_lines_and_two_commands() -> None:
    assert list(FILES) == ["baselines/shift.py", "configs/_base_/method/shift.py"]
    assert sum(len(text.splitlines()) for text in FILES.values()) < 40
    assert [command.split()[1] for command in COMMANDS] == ["-m", "benchmark/run_all.py"]


def test_the_toy_passes_the_generic_suite(tree: Path) -> None:
    told = follow(f"{COMMANDS[0]} -q -p no:cacheprovider", tree)
    assert int(re.search(r"(\d+) passed", told)[1]) > 15 and "failed" not in told


@pytest.mark.slow
def test_the_toy_goes_through_the_harness(tree: Path, embedded_cache: dict[str, Path]) -> None:
    told = follow(f"{COMMANDS[1]} {SMALL}", tree)
    table = pd.read_csv(tree / "out" / "table.csv")
    assert {"shift", "frozen"} <= set(table.method) and "shift" in told
