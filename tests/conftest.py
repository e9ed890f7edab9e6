"""What every test shares: one thread a process, quiet dependencies, parity fixtures, embedded videos."""

import os

from benchmark.variables import threads_of

os.environ.update(threads_of(1))  # before torch is imported; inherited by what a test starts
os.environ.pop("D2ST_DATA_ROOT", None)  # tests use the embedded data unless they say otherwise

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.registry import DefaultScope

import d2st  # noqa: F401  (mends MMAction2 before any test module imports it)

torch.set_num_threads(1)
logging.getLogger("mmengine").setLevel(logging.WARNING)
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def default_scope() -> Iterator[None]:
    """A Runner sets MMEngine's default scope for the whole process; the next test finds it as it was."""
    before = DefaultScope._instance_dict.copy()
    yield
    DefaultScope._instance_dict.clear()
    DefaultScope._instance_dict.update(before)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data beside the repository: $D2ST_SHARED, or ../shared."""
    folder = Path(os.environ.get("D2ST_SHARED") or ROOT.parent / "shared").resolve()
    if not folder.is_dir():
        pytest.skip(f"needs the reference data: no folder {folder} (D2ST_SHARED names another)")
    return folder


@pytest.fixture(scope="session")
def parity(shared: Path) -> Callable[[str], Any]:
    """``parity("otam")`` loads ``shared/parity/otam.pt``: numbers that the official code computed."""

    def load(name: str) -> Any:
        path = shared / "parity" / f"{name}.pt"
        if not path.is_file():
            pytest.skip(f"needs the parity fixture {path}")
        return torch.load(path, map_location="cpu", weights_only=True)

    return load


@pytest.fixture(scope="session")
def embedded_cache() -> dict[str, Path]:
    """The folders of the embedded datasets by name, written on first use (two processes may ask at once)."""
    from d2st.data import embedded

    return {name: Path(embedded.ensure(name)) for name in embedded.NAMES}
