"""Processes end with the one that started them, however that ends."""

import os
import subprocess
import sys
import time
from pathlib import Path


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def soon(happens) -> bool:
    deadline = time.monotonic() + 60
    while not happens() and time.monotonic() < deadline:
        time.sleep(0.05)
    return happens()


def test_a_process_dies_with_its_parent() -> None:
    child = "import os, time; from d2st.lifetime import die_with; die_with({}); print(os.getpid(), flush=True); time.sleep(60)"
    code = (
        "import os, subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, '-c', {child!r}.format(os.getpid())]); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    assert alive(worker)
    parent.kill()
    parent.wait()
    assert soon(lambda: not alive(worker))


def test_who_draws_the_embedded_videos_ends_with_who_asked_for_them(tmp_path: Path) -> None:
    code = "from d2st.data.embedded import ensure; ensure('motion')"
    asking = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "D2ST_CACHE": str(tmp_path)})
    children = Path(f"/proc/{asking.pid}/task/{asking.pid}/children")
    assert soon(lambda: any(tmp_path.rglob("*.mp4")))
    drawing = [int(child) for child in children.read_text().split()]
    assert drawing and all(map(alive, drawing))
    asking.kill()
    asking.wait()
    assert soon(lambda: not any(map(alive, drawing)))
    assert not (tmp_path / "motion-v5").exists()
