"""What a process that trains is given."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from benchmark import launch, options
from benchmark.store import Store
from benchmark.variables import MEMORY, training_process
from tests.benchmark.made_up import job

PAGES_OF_FREED_MEMORY = """
import resource
for _ in range(30):
    b"x" * 2**26
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
"""


LIBC, VERSION = platform.libc_ver()
KEEPS = LIBC == "glibc" and tuple(map(int, VERSION.split(".")[:2])) >= (2, 35)


@pytest.mark.skipif(not KEEPS, reason="what is set is understood by glibc 2.35 and later")
def test_freed_memory_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GLIBC_TUNABLES", raising=False)
    given, kept = (
        int(subprocess.check_output([sys.executable, "-c", PAGES_OF_FREED_MEMORY], env={**os.environ, **own}))
        for own in ({}, training_process(threads=1))
    )
    assert kept < given / 5


def test_a_worker_is_started_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GLIBC_TUNABLES", raising=False)
    given = []
    monkeypatch.setattr(launch, "spawn", lambda module, orders, log, env: given.append(env))
    launch.starter(options.parse(["--threads", "3"]), Store(tmp_path))(job(), 0)
    assert given[0]["GLIBC_TUNABLES"] == MEMORY and given[0]["OMP_NUM_THREADS"] == "3"


def test_the_setting_of_the_caller_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.check=3")
    assert training_process(threads=2) == {
        "GLIBC_TUNABLES": "glibc.malloc.check=3",
        **dict.fromkeys(
            ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "2"
        ),
    }
    monkeypatch.delenv("GLIBC_TUNABLES")
    assert training_process(threads=2)["GLIBC_TUNABLES"] == MEMORY
