"""The report of ``check_data.py``: counts by split and class, and every video that cannot be used with its reason."""

from collections import Counter
from collections.abc import Iterable

from rich.table import Table

from d2st.data.checked import Seen
from d2st.data.checking import AVI
from d2st.data.video import Video

STATES = ("ok", "missing", "broken", "short")
Rows = list[tuple[str, Video, Seen]]  # split, video, what was seen of it


def by_split(rows: Rows) -> list[list[str]]:
    """Split, and the number of videos in each state."""
    return _counted(rows, lambda split, video: (split,))


def by_class(rows: Rows) -> list[list[str]]:
    """Split, class, and the number of videos in each state; only classes that lack some."""
    counted = _counted(rows, lambda split, video: (split, video.class_name))
    return [line for line in counted if any(int(n) for n in line[-3:])]


def _counted(rows: Rows, key) -> list[list[str]]:  # type: ignore[no-untyped-def]  # (split, video) -> tuple of names
    groups: dict[tuple[str, ...], Counter[str]] = {}
    for split, video, seen in rows:
        groups.setdefault(key(split, video), Counter())[seen.status] += 1
    return [[*names, *(str(count[state]) for state in STATES)] for names, count in groups.items()]


def bad(rows: Rows) -> list[list[str]]:
    """Split, id, state, reason and path of every video that cannot be used."""
    return [[split, v.id, seen.status, seen.reason, v.path] for split, v, seen in rows if not seen.good]


def by_pyav(rows: Rows) -> list[list[str]]:
    """Split, id and reason of the good ones that PyAV has to read, beside AVI, which it always reads."""
    return [
        [split, v.id, seen.reason]
        for split, v, seen in rows
        if seen.good and seen.decoder == "pyav" and not seen.reason.startswith(AVI)
    ]


def table(title: str, columns: Iterable[str], lines: list[list[str]]) -> Table:
    """For the screen; numbers to the right."""
    made = Table(title=title)
    for column in columns:
        made.add_column(column, justify="right" if column in STATES else "left", overflow="fold")
    for line in lines:
        made.add_row(*line)
    return made


def markdown(title: str, rows: Rows, policy: str) -> str:
    """The whole report as a page."""
    parts = [f"# {title}", policy, _md(("split", *STATES), by_split(rows))]
    for heading, columns, lines in (
        ("Classes that lack videos", ("split", "class", *STATES), by_class(rows)),
        ("Videos that cannot be used", ("split", "id", "state", "reason", "path"), bad(rows)),
        ("Videos that PyAV reads instead of decord, beside AVI", ("split", "id", "reason"), by_pyav(rows)),
    ):
        parts.append(f"## {heading}: {len(lines)}")
        if lines:
            parts.append(_md(columns, lines))
    return "\n\n".join(parts) + "\n"


def _md(columns: Iterable[str], lines: list[list[str]]) -> str:
    head = list(columns)
    escaped = [[cell.replace("|", "\\|") for cell in line] for line in lines]
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, ["---"] * len(head), *escaped])
