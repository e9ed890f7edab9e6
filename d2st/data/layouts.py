"""Find a dataset's listed videos in whatever layout they lie: by file name, wherever that is below the given folders.

A video is a file, or a folder of jpg frames, that is named like it; class folders, ``train_256``/``val_256`` and the like decide
only between several of one name. Kinetics' clips are known by their YouTube id, with or without their times
(``<id>_000010_000020.mp4``); HMDB51's and UCF101's names are compared without regard to case, as ``HandStandPushups`` is written
both ways.
"""

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from d2st.data.folders import frame_files
from d2st.data.origins import Entry
from d2st.data.video import VIDEO_SUFFIXES
from d2st.errors import UserError

YOUTUBE = re.compile(r"([\w-]{11})(?:_(\d{6}_\d{6}))?")

#: folders of a data root in which a dataset's videos are looked for
USUAL = {
    "ssv2": ("ssv2", "ssv2_small", "sthv2", "something-something-v2", "20bn-something-something-v2"),
    "kinetics": ("kinetics", "kinetics_cmn", "kinetics400", "kinetics-400", "k400", "kinetics100"),
    "hmdb51": ("hmdb51", "HMDB51", "hmdb51_org"),
    "ucf101": ("ucf101", "UCF101", "UCF-101"),
}
USUAL["ssv2_small"], USUAL["kinetics_cmn"] = USUAL["ssv2"], USUAL["kinetics"]


class Candidate(NamedTuple):
    """A file, or a folder of frames, that may be a listed video."""

    path: str
    kind: str  # video or frames
    stem: str


class Located(NamedTuple):
    """What was found: ``paths`` by id, all of one kind; ids of clips of which only other seconds are there."""

    kind: str
    paths: dict[str, str]
    other_times: tuple[str, ...]


def usual_folders(dataset: str, root: Path) -> list[Path]:
    """The folders of ``root`` in which the dataset's videos may lie, those that exist."""
    return [root / name for name in USUAL[dataset] if (root / name).is_dir()]


def key_of(dataset: str) -> Callable[[str], str]:
    """What two names of one video have in common."""
    if dataset.startswith("kinetics"):
        return lambda stem: match[1] if (match := YOUTUBE.fullmatch(stem)) else stem
    return str.casefold if dataset in ("hmdb51", "ucf101") else str


def locate(
    dataset: str,
    entries: Iterable[Entry],
    folders: Sequence[Path],
    kind: str = "auto",
    suffix: str | None = None,
    tell: Callable[[int], None] = lambda seen: None,
) -> Located:
    """Find the videos of ``entries`` below ``folders``.

    Args:
        kind: ``video``, ``frames``, or ``auto``: frames only where there is no video file at all.
        suffix: take only video files with this ending.
        tell: hears how many files and folders were seen, now and then.

    Raises:
        UserError: a video is there twice, and nothing says which one is meant.
    """
    key = key_of(dataset)
    wanted = {key(entry.id): entry for entry in entries}
    found: dict[str, list[Candidate]] = defaultdict(list)
    seen: set[tuple[int, int]] = set()
    for folder in folders:
        for name, candidate in _walk(folder, key, wanted, seen, tell):
            if candidate.kind == "frames" or suffix is None or candidate.path.lower().endswith(suffix):
                found[name].append(candidate)
    kinds = {candidate.kind for several in found.values() for candidate in several}
    if kind == "auto":
        kind = "frames" if kinds == {"frames"} else "video"
    paths, other = {}, []
    for name, entry in wanted.items():
        several = [c for c in found.get(name, []) if c.kind == kind]
        fitting = [c for c in several if not _other_times(entry.id, c.stem)]
        if several and not fitting:
            other.append(entry.id)
        if fitting:
            paths[entry.id] = _choose(entry, fitting).path
    return Located(kind, paths, tuple(other))


def _walk(folder, key, wanted, seen, tell):  # a generator of (key, Candidate)
    """Everything below ``folder`` whose name is wanted; a folder of frames is not entered, a link to a folder is."""
    waiting, count = [os.fspath(folder)], 0
    while waiting:
        here = waiting.pop()
        about = os.stat(here)
        if (about.st_dev, about.st_ino) in seen:
            continue  # links in a circle, or two of the folders inside one another
        seen.add((about.st_dev, about.st_ino))
        with os.scandir(here) as listing:
            for item in listing:
                count += 1
                if count % 1000 == 0:
                    tell(count)
                if item.name.startswith("."):
                    continue
                stem, suffix = os.path.splitext(item.name)
                if suffix.lower() in VIDEO_SUFFIXES:
                    inner, second = os.path.splitext(stem)
                    stem = (
                        inner if second.lower() in VIDEO_SUFFIXES else stem
                    )  # <id>.mp4.mkv, as youtube-dl names some
                    if (name := key(stem)) in wanted and item.is_file():
                        yield name, Candidate(item.path, "video", stem)
                elif item.is_dir():
                    name = key(item.name)
                    if name in wanted and next(frame_files(Path(item.path)), None):
                        yield name, Candidate(item.path, "frames", item.name)
                    else:
                        waiting.append(item.path)


def _other_times(wanted: str, stem: str) -> bool:
    """Whether both are clips of YouTube videos with times, and the times differ."""
    times = [match[2] for name in (wanted, stem) if (match := YOUTUBE.fullmatch(name)) and match[2]]
    return len(set(times)) > 1


def _choose(entry: Entry, candidates: list[Candidate]) -> Candidate:
    """The only one, or the one whose path is most like the listed one; UserError where that leaves several."""
    agree = [_agreement(entry.listed, candidate.path) for candidate in candidates]
    best = [candidate for candidate, count in zip(candidates, agree) if count == max(agree)]
    if len(best) > 1:
        first, second = sorted(candidate.path for candidate in best)[:2]
        raise UserError(
            f"the video '{entry.id}' is there twice, as '{first}' and as '{second}': say which is meant, with "
            "--videos FOLDER or --suffix .webm"
        )
    return best[0]


def _agreement(listed: str, path: str) -> int:
    """How many folders, from the file upwards, are named alike; a blank counts as an underscore."""
    ours, theirs = (
        os.path.dirname(p).replace(" ", "_").casefold().split(os.sep)[::-1] for p in (listed, path)
    )
    same = 0
    for a, b in zip(ours, theirs):
        if a != b or not a:
            break
        same += 1
    return same
