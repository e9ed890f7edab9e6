"""How far a job is: written by its worker a few times a second, read by the bar of ``run_all.py``."""

import json
import os
import time
from pathlib import Path
from typing import NamedTuple


class State(NamedTuple):
    """``stage`` (starting, training, encoding), and ``done`` of ``total`` steps of it."""

    stage: str = "starting"
    done: int = 0
    total: int = 0


class Progress:
    """The worker's end; writes at most every ``every`` seconds within a stage."""

    def __init__(self, path: Path, every: float = 0.5) -> None:
        self.path, self.every, self.stage, self.last = path, every, "", 0.0

    def tell(self, stage: str, done: int, total: int) -> None:
        """Say that ``done`` of ``total`` steps of ``stage`` are done."""
        now = time.monotonic()
        if stage == self.stage and now - self.last < self.every and done < total:
            return
        self.stage, self.last = stage, now
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps([stage, done, total]))
        os.replace(part, self.path)


def read(path: Path) -> State:
    """The last state told; the starting one before that."""
    try:
        return State(*json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return State()
