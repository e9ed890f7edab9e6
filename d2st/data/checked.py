"""What ``check_data.py`` saw of each video: one line of ``checked.csv``, written as soon as it is known."""

import csv
import os
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Literal

Status = Literal["ok", "missing", "broken", "short"]


@dataclass(frozen=True)
class Seen:
    """One video.

    Attributes:
        key: ``<split>/<id>``.
        path: the file or folder.
        size: its bytes when it was read.
        mtime_ns: when it was written, as its file system says (a folder: when frames were added or removed).
        status: ``short`` has fewer frames than a clip; ``broken`` cannot be read to its end.
        frames: pictures that its stream decodes to, each counted once whatever its time stamp.
        decoder: ``decord`` where that reads the same pictures at the same places, else ``pyav``; empty for frames.
        reason: why it is not ``ok``, or why not decord.
    """

    key: str
    path: str
    size: int
    mtime_ns: int
    status: Status
    frames: int
    decoder: str
    reason: str

    @property
    def good(self) -> bool:
        """Whether it can be used."""
        return self.status == "ok"

    def unchanged(self) -> bool:
        """Whether the file is the one that was read, by its size and time."""
        try:
            about = os.stat(self.path)
        except OSError:
            return False
        return (about.st_size, about.st_mtime_ns) == (self.size, self.mtime_ns)


COLUMNS = tuple(field.name for field in fields(Seen))


def read_checked(path: Path) -> dict[str, Seen]:
    """The last line about each video, by key; a line that an interruption cut short is passed over."""
    found: dict[str, Seen] = {}
    if path.is_file():
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.reader(file):
                if len(row) == len(COLUMNS) and row[2].isdigit():
                    seen = Seen(row[0], row[1], int(row[2]), int(row[3]), row[4], int(row[5]), row[6], row[7])  # type: ignore[arg-type]
                    found[seen.key] = seen
    return found


class Log:
    """Adds lines to ``checked.csv``; use it as a context."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        cut = path.is_file() and path.read_bytes()[-1:] != b"\n"
        new = not path.is_file() or path.stat().st_size == 0
        self.file = open(path, "a", newline="", encoding="utf-8")  # noqa: SIM115
        if cut and not new:
            self.file.write("\n")
        self.writer = csv.writer(self.file, lineterminator="\n")
        if new:
            self.writer.writerow(COLUMNS)

    def __enter__(self) -> "Log":
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def add(self, seen: Seen) -> None:
        """Write one line, and see it out of this process."""
        self.writer.writerow(astuple(seen))
        self.file.flush()
