"""What ``check_data.py`` checks, and its policies for videos that cannot be used: ``fail``, or ``drop`` to leave them out."""

import hashlib
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from benchmark import check_report
from d2st.data.embedded.cache import cache_folder
from d2st.data.origins import ORIGINS, SPLITS
from d2st.data.prepared import Prepared, is_prepared, read_prepared
from d2st.data.sources import resolve
from d2st.data.video import Video
from d2st.data.writing import write_csv
from d2st.errors import UserError

FEWEST = 6  # videos of a class that 5 shots and a query need


class Asked(NamedTuple):
    """The videos of a dataset by split, their kind, and where the record goes; ``prepared`` where that is what it is."""

    title: str
    kind: str
    videos: dict[str, tuple[Video, ...]]
    folder: Path
    prepared: Prepared | None


def find(name: str, root: str | None) -> Asked:
    """What is to be checked. UserError: no such dataset, or one that is not prepared."""
    if root is not None and name in ORIGINS and is_prepared(Path(root).expanduser() / name):
        prepared = read_prepared(Path(root).expanduser() / name)
        title = f"{name} (videos in {prepared.videos})"
        videos = {split: tuple(prepared.rows[split]) for split in SPLITS}
        return Asked(title, prepared.kind, videos, prepared.folder, prepared)
    source = resolve(name, root)
    sample = source.videos("train")[0].path.encode()
    folder = cache_folder() / "checked" / f"{source.name}-{hashlib.sha256(sample).hexdigest()[:8]}"
    return Asked(source.title, source.kind, source.splits, folder, None)


def settle(asked: Asked, rows: check_report.Rows, policy: str, console: Console) -> str:
    """Carry out the policy; returns the sentence that says what it came to. UserError where dropping cannot be."""
    wrong = [
        (f"{split}/{video.id}", f"{seen.status}: {seen.reason}")
        for split, video, seen in rows
        if not seen.good
    ]
    if asked.prepared is None:
        if policy == "drop" and wrong:
            raise UserError(
                "--missing drop is for datasets that benchmark/prepare_data.py prepared; in a folder of your own, remove "
                "the files"
            )
        return "Nothing is dropped." if not wrong else f"{len(wrong)} videos cannot be used."
    file = asked.folder / "dropped.csv"
    if policy == "drop" and wrong:
        empty = {(s, v.class_name) for s, v, _ in rows} - {
            (s, v.class_name) for s, v, seen in rows if seen.good
        }
        if empty:
            split, name = min(empty)
            raise UserError(
                f"--missing drop would leave no video of class '{name}' ({split}): get some of its videos first"
            )
        write_csv(file, ("id", "reason"), wrong)
        for line in check_report.by_class(rows):
            if int(line[2]) < FEWEST:
                console.print(
                    f"class '{line[1]}' ({line[0]}) is left with {line[2]} videos, too few for 5 shots",
                    markup=False,
                    soft_wrap=True,
                )
        note = read_prepared(asked.folder.parent).note
        return f"From now on {note}: other episodes than with all videos, and every table says so."
    if file.is_file():
        file.unlink()
        console.print("no video is dropped any longer")
    return f"{len(wrong)} videos cannot be used." if wrong else "Every video can be used; nothing is dropped."
