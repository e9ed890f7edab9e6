"""What a process that trains is given."""

import os
import platform
import subprocess
import sys

import pytest

from benchmark.variables import MEMORY, training_process

PAGES_OF_FREED_MEMORY = """
import resource
for _ in range(30):
    b"x" * 2**26
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="what is set is glibc's")
def test_freed_memory_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GLIBC_TUNABLES", raising=False)
    given, kept = (
        int(subprocess.check_output([sys.executable, "-c", PAGES_OF_FREED_MEMORY], env={**os.environ, **own}))
        for own in ({}, training_process(threads=1))
    )
    assert kept < given / 5


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
