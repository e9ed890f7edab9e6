"""Who may work on a job: an advisory lock on a file, given back by the kernel however its holder ends, kill -9 included."""

import fcntl
import os
import socket
from pathlib import Path
from typing import IO


def take(path: Path) -> IO[str] | None:
    """Lock ``path`` and write who holds it; None where somebody else does. Keep the file open as long as you work."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = open(path, "a+", encoding="utf-8")  # noqa: SIM115 - open means held
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    file.truncate(0)
    file.write(f"process {os.getpid()} on {socket.gethostname()}")
    file.flush()
    return file


def holder(path: Path) -> str:
    """Who wrote itself into the lock last, for messages."""
    try:
        return path.read_text("utf-8").strip() or "another process"
    except OSError:
        return "another process"
