"""The set-up: what is declared is pinned, nothing is set up twice, and packages are found from anywhere."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def pins() -> dict[str, str]:
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    return dict(line.split("==") for line in lines if line and not line.lstrip().startswith("#"))


def test_lock_has_every_requirement(pins):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for text in project["dependencies"] + project["optional-dependencies"]["test"]:
        wanted = Requirement(text)
        name = re.sub(r"[-_.]+", "-", wanted.name).lower()
        assert name in pins, f"{text}: not in requirements.lock, run make lock"
        assert wanted.specifier.contains(pins[name]), f"{text}: locked at {pins[name]}"


def test_lock_says_how_it_was_made():
    assert "make lock" in (ROOT / "requirements.lock").read_text()[:200]


def test_packages_are_found_from_another_directory(tmp_path):
    """As ``mim train`` needs: its child process has MMAction2's tools folder on the path, not ours."""
    code = """if True:
        from importlib.util import find_spec
        print(*(find_spec(name).origin for name in ("d2st", "baselines", "benchmark")))
    """
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert [Path(path).parent for path in found.stdout.split()] == [
        ROOT / name for name in ("d2st", "baselines", "benchmark")
    ]


@pytest.fixture
def clone(tmp_path) -> Path:
    """The files that set-up reads, with a .venv that looks set up just now."""
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copyfile(ROOT / name, tmp_path / name)
        os.utime(tmp_path / name, (1e9, 1e9))
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / ".ready").touch()
    return tmp_path


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))
    }
    return subprocess.run(
        ["make", "-C", str(folder), *arguments], env=environment, capture_output=True, text=True
    )


needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


@needs_make
@pytest.mark.parametrize(
    ("target", "command"), [("benchmark", "run_all.py --datasets ssv2 kinetics"), ("test", "pytest")]
)
def test_second_run_sets_nothing_up(clone, target, command):
    done = make(clone, "-n", target)
    assert command in done.stdout
    assert "pip" not in done.stdout


@needs_make
def test_changed_lock_brings_up_to_date(clone):
    (clone / "requirements.lock").write_text("# newer\n")
    os.utime(clone / ".venv" / ".ready", (1.5e9, 1.5e9))
    assert "pip install" in make(clone, "-n", "test").stdout


@needs_make
def test_interrupted_setup_starts_afresh(clone):
    """A Python that fails right after the version check leaves no stamp: the next run sets up again."""
    (clone / ".venv" / ".ready").unlink()
    python = clone / "python"
    python.write_text('#!/bin/sh\n[ "$1" = -c ]\n')
    python.chmod(0o755)
    done = make(clone, "setup", f"PYTHON={python}")
    assert done.returncode != 0
    assert not (clone / ".venv" / ".ready").exists()
    assert "venv --clear" in make(clone, "-n", "setup").stdout


@needs_make
@pytest.mark.parametrize("python", ["false", ""])
def test_old_or_missing_python_is_said(clone, python):
    (clone / ".venv" / ".ready").unlink()
    done = make(clone, "setup", f"PYTHON={python}")
    assert done.returncode != 0
    assert "error: Python 3.11 or newer is needed" in done.stdout + done.stderr
