"""Of the command lines that made a set of results, those that no other one contains."""

import contextlib
import io
import shlex
from collections.abc import Iterable
from typing import Any, NamedTuple

from benchmark import options

GRID = ("datasets", "methods", "heads", "trunks", "shots", "seeds")
#: what does not change results
INDIFFERENT = ("explicit", "list", "output", "workers")


class Read(NamedTuple):
    """What a command line asks for: sets of names, and the rest, which has to be the same."""

    grid: tuple[frozenset[Any], ...]
    rest: Any

    def holds(self, other: "Read") -> bool:
        """Whether this makes all that ``other`` makes."""
        return self.rest == other.rest and all(mine >= its for mine, its in zip(self.grid, other.grid))


def covering(commands: Iterable[str]) -> list[str]:
    """Those of ``commands`` (of ``run_all.py``) that no other holds, sorted; one that cannot be read here stays."""
    read = {command: _read(command) for command in sorted(set(commands))}
    kept: list[str] = []
    for command in sorted(read, key=lambda one: -sum(map(len, read[one].grid))):
        if not any(read[one].holds(read[command]) for one in kept):
            kept.append(command)
    return sorted(kept)


def _read(command: str) -> Read:
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            asked = vars(options.parse(shlex.split(command)[2:]))
    except SystemExit:  # a data root or weights that are not here, a method of another version
        return Read((), command)
    rest = {name: value for name, value in asked.items() if name not in (*GRID, *INDIFFERENT)}
    return Read(tuple(frozenset(asked[name]) for name in GRID), rest)
