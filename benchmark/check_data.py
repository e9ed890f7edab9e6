"""Read every video of a dataset to its end, and say which are missing, broken or too short.

``python benchmark/check_data.py ssv2 --data-root R``; see docs/data.md.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from benchmark import check_report
from benchmark.check_policy import Asked, find, settle
from benchmark.check_pool import in_processes
from benchmark.command import Parser, one_sentence
from benchmark.prepare_data import asked_name
from d2st.data.checked import Log, Seen, read_checked
from d2st.data.checking import check
from d2st.data.origins import ORIGINS
from d2st.data.sources import data_root_in_use
from d2st.data.writing import write_bytes
from d2st.errors import UserError

EXAMPLES = """
examples:
  python benchmark/check_data.py ssv2 --data-root /data
      checks what is new or changed since the last time, writes /data/ssv2/prepared/report.md
  python benchmark/check_data.py ssv2 --data-root /data --missing drop
      the same, then leaves out what cannot be used: other episodes with a hash of their own, said in every table
exit code: 0 every video can be used (or is dropped), 1 some cannot, 2 wrong input, 130 interrupted (run it again: it goes on)
"""


def checked(asked: Asked, least: int, workers: int, again: bool, console: Console) -> dict[str, Seen]:
    """What was seen of every video, by ``<split>/<id>``; new or changed files are read, and written down one by one."""
    log = asked.folder / "checked.csv"
    known = {} if again else read_checked(log)
    items = []
    for split, videos in asked.videos.items():
        for video in videos:
            key = f"{split}/{video.id}"
            seen = known.get(key)
            kept = seen is not None and seen.good and seen.frames >= least
            if not kept or seen.path != video.path or not seen.unchanged():  # type: ignore[union-attr]
                recorded = video.frames if asked.kind == "frames" else None
                items.append((key, video.path, asked.kind, least, recorded))
    total = sum(map(len, asked.videos.values()))
    console.print(
        f"{total - len(items)} of {total} videos were checked before and are unchanged", markup=False
    )
    with Log(log) as lines:
        for seen in _shown(in_processes(check, items, workers, _dead), len(items), console):
            lines.add(seen)
            known[seen.key] = seen
    return known


def _dead(item: tuple[Any, ...]) -> Seen:
    key, path, *_ = item
    about = os.stat(path)
    why = "a decoder crashed on it, or took more than five minutes"
    return Seen(key, path, about.st_size, about.st_mtime_ns, "broken", 0, "", why)


def _shown(results: Iterator[Seen], total: int, console: Console) -> Iterator[Seen]:
    """The same results, with a bar on a terminal and a line every half minute elsewhere."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    said = begun = time.monotonic()
    wrong = 0
    # no thread that draws: the processes are forked meanwhile
    with Progress(*columns, console=console, disable=not console.is_terminal, auto_refresh=False) as bar:
        task = bar.add_task("reading videos", total=total)
        for done, seen in enumerate(results, start=1):
            wrong += not seen.good
            bar.update(task, completed=done, description=f"reading videos, {wrong} cannot be used")
            if console.is_terminal and (time.monotonic() - said > 0.2 or done == total):
                said = time.monotonic()
                bar.refresh()
            if not console.is_terminal and time.monotonic() - said > 30:
                said = time.monotonic()
                console.print(f"{done} of {total} read in {said - begun:.0f} s, {wrong} cannot be used")
            yield seen


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = Parser("check_data.py", __doc__, EXAMPLES)
    made.add_argument("dataset", help=f"{', '.join(sorted(ORIGINS))}, or the path of a folder")
    made.add_argument(
        "--data-root",
        default=data_root_in_use(),
        help="folder of the real datasets (default: $D2ST_DATA_ROOT)",
    )
    made.add_argument(
        "--version", choices=("d2st", "cmn"), help="which of the two lists of Kinetics-100 (default: d2st)"
    )
    made.add_argument(
        "--missing",
        choices=("fail", "drop"),
        default="fail",
        help="what to do about videos that cannot be used",
    )
    made.add_argument(
        "--frames", type=int, default=8, help="frames of a clip: fewer are too short (default: 8)"
    )
    made.add_argument(
        "--workers", type=int, default=len(os.sched_getaffinity(0)), help="processes (default: all cores)"
    )
    made.add_argument("--again", action="store_true", help="read everything anew")
    return made


def main(arguments: list[str] | None = None) -> int:
    """The command line; see ``--help``."""
    given = parser().parse_args(arguments)
    console = Console(highlight=False)
    mend = "prepare the dataset in a data root of your own"
    with one_sentence("what was read is written down, and the same command goes on", mend):
        if given.workers < 1 or given.frames < 1:
            raise UserError("--workers and --frames have to be at least 1")
        asked = find(asked_name(given.dataset, given.version), given.data_root)
        seen = checked(asked, given.frames, given.workers, given.again, console)
        rows = [
            (split, video, seen[f"{split}/{video.id}"])
            for split, videos in asked.videos.items()
            for video in videos
        ]
        policy = settle(asked, rows, given.missing, console)
        wrong = check_report.bad(rows)
        page = asked.folder / "report.md"
        write_bytes(page, check_report.markdown(asked.title, rows, policy).encode())
        console.print(
            check_report.table(asked.title, ("split", *check_report.STATES), check_report.by_split(rows))
        )
        for split, id_, state, reason, path in wrong[:20]:
            console.print(f"{state}: {split} {path or id_}: {reason}", markup=False, soft_wrap=True)
        if len(wrong) > 20:
            console.print(f"... and {len(wrong) - 20} more")
        console.print(f"{len(check_report.by_pyav(rows))} are read by PyAV as decord cannot", markup=False)
        console.print(f"{policy} Report: {page}", markup=False, soft_wrap=True)
        return int(bool(wrong) and given.missing == "fail")


if __name__ == "__main__":
    sys.exit(main())
