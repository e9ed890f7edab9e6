"""Our own list format, which ``benchmark/prepare_data.py`` writes and every command reads: ``<data root>/<dataset>/prepared/``.

``source.json`` says where lists and videos come from; ``train.csv``, ``val.csv``, ``test.csv`` hold one video a line (id, label,
class in words, group, path, frames where a folder of frames was counted); ``checked.csv`` is what ``check_data.py`` saw; and
``dropped.csv``, where ``--missing drop`` wrote it, names the videos to be left out.
"""

import csv
import hashlib
import json
import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from d2st.data.checked import Seen, read_checked
from d2st.data.folders import Found
from d2st.data.origins import SPLITS, Entry
from d2st.data.video import Video
from d2st.data.writing import write_bytes, write_csv
from d2st.errors import UserError

FOLDER = "prepared"
FORMAT = 1
COLUMNS = ("id", "label", "class_name", "group", "path", "frames")


def command(script: str, dataset: str, root: Path, more: str = "") -> str:
    """A command line to be named in messages: ``python benchmark/<script>.py <dataset> --data-root ...``."""
    asked = ["kinetics", "--version", "cmn"] if dataset == "kinetics_cmn" else [dataset]
    return f"{shlex.join(['python', f'benchmark/{script}.py', *asked, '--data-root', str(root)])}{more}"


@dataclass(frozen=True)
class Prepared:
    """What the folder of a prepared dataset says: rows by split, each with its path made absolute ('' where not found).

    ``dropped`` and ``broken`` (as checked, and unchanged since) are reasons by ``<split>/<id>``.
    """

    folder: Path
    about: dict[str, Any]
    rows: dict[str, list[Video]]
    dropped: dict[str, str]
    broken: dict[str, str]

    @property
    def kind(self) -> str:
        """``video`` or ``frames``."""
        return self.about["kind"]

    @property
    def videos(self) -> Path:
        """The folder that holds the videos."""
        return (self.folder.parent / self.about["videos"]).resolve()

    @property
    def note(self) -> str:
        """What has to be said beside every number; empty where nothing was dropped."""
        if not self.dropped:
            return ""
        listed = sum(map(len, self.rows.values()))
        kept = [f"{s}\t{v.id}" for s in SPLITS for v in self.rows[s] if f"{s}/{v.id}" not in self.dropped]
        sha = hashlib.sha256("\n".join(kept).encode()).hexdigest()[:8]
        return f"{len(self.dropped)} of {listed} videos dropped (manifest {sha})"

    def found(self) -> dict[str, list[Found]]:
        """The videos to be used, with their sizes (bytes; frames for folders of frames), as every command reads them.

        Raises:
            UserError: videos that are not there or were found broken, and were not dropped.
        """
        found: dict[str, list[Found]] = {split: [] for split in SPLITS}
        unusable: list[tuple[Video, str]] = []
        for split, videos in self.rows.items():
            for video in videos:
                if f"{split}/{video.id}" in self.dropped:
                    continue
                size = size_of(video, self.kind)
                reason = "missing" if size is None else self.broken.get(f"{split}/{video.id}")
                if size is None or reason:
                    unusable.append((video, reason or ""))
                else:
                    found[split].append((video, size))
        if unusable:
            name, root = self.about["dataset"], self.folder.parent.parent
            video, reason = unusable[0]
            raise UserError(
                f"{len(unusable)} of {sum(map(len, self.rows.values()))} videos of '{name}' cannot be used, the first "
                f"'{video.path or video.id}' ({reason}): get them and run {command('prepare_data', name, root)}, or leave "
                f"them out with {command('check_data', name, root, ' --missing drop')}"
            )
        return found


def size_of(video: Video, kind: str) -> int | None:
    """Bytes of a file, recorded frames of a folder of frames; None where it is not there."""
    try:
        about = os.stat(video.path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return (video.frames or 0) if kind == "frames" else about.st_size


def is_prepared(dataset_folder: Path) -> bool:
    """Whether ``prepare_data.py`` was run for it."""
    return (dataset_folder / FOLDER / "source.json").is_file()


def write_prepared(
    dataset_folder: Path,
    about: dict[str, Any],
    entries: Mapping[str, Sequence[Entry]],
    paths: dict[str, str],
    frames: dict[str, int],
) -> Path:
    """Write the lists; ``about["videos"]`` is the folder that paths are relative to. Returns the folder ``prepared``."""
    folder = dataset_folder / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "source.json").unlink(missing_ok=True)  # written last: without it nothing is prepared
    for split, members in entries.items():
        rows = [
            (e.id, e.label, e.class_name, e.group or "", paths.get(e.id, ""), frames.get(e.id, ""))
            for e in members
        ]
        write_csv(folder / f"{split}.csv", COLUMNS, rows)
    write_bytes(folder / "source.json", (json.dumps({"format": FORMAT, **about}, indent=1) + "\n").encode())
    return folder


def read_prepared(dataset_folder: Path) -> Prepared:
    """Read what :func:`write_prepared` wrote; frame counts and decoders come from ``checked.csv`` where a file is unchanged.

    Raises:
        UserError: the folder is damaged or of another format.
    """
    folder = dataset_folder / FOLDER
    try:
        about = json.loads((folder / "source.json").read_text(encoding="utf-8"))
        if about["format"] != FORMAT:
            raise ValueError(f"format {about['format']}, not {FORMAT}")
        base = (dataset_folder / about["videos"]).resolve()
        seen = {key: seen for key, seen in read_checked(folder / "checked.csv").items() if seen.unchanged()}
        rows = {
            split: [
                _video(row, base, seen.get(f"{split}/{row['id']}")) for row in _rows(folder / f"{split}.csv")
            ]
            for split in SPLITS
        }
        broken = {key: one.reason for key, one in seen.items() if one.status == "broken"}
        dropped = {row["id"]: row["reason"] for row in _rows(folder / "dropped.csv", absent=True)}
    except (OSError, ValueError, KeyError, TypeError) as error:
        again = command("prepare_data", dataset_folder.name, dataset_folder.parent)
        raise UserError(f"'{folder}' cannot be read ({type(error).__name__}: {error}): run {again}") from None
    return Prepared(folder, about, rows, dropped, broken)


def _video(row: dict[str, str], base: Path, seen: Seen | None) -> Video:
    path = os.path.join(base, row["path"]) if row["path"] else ""
    frames = int(row["frames"]) if row["frames"] else None
    decoder = None
    if seen is not None and seen.good and seen.path == path:
        frames, decoder = seen.frames, seen.decoder or None
    return Video(row["id"], path, int(row["label"]), row["class_name"], row["group"] or None, frames, decoder)


def _rows(path: Path, absent: bool = False) -> list[dict[str, str]]:
    if absent and not path.is_file():
        return []
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
