"""A split as a folder of class folders, each with video files or with folders of ``*.jpg`` frames."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from d2st.data.video import FRAME_SUFFIXES, VIDEO_SUFFIXES, Video
from d2st.errors import UserError

Found = tuple[Video, int]  # the video and its size in bytes


def read_split(folder: Path) -> tuple[str, list[Found]]:
    """Read one split: classes sorted by name are labels 0, 1, ...; videos are sorted within them.

    Returns:
        the kind (``"video"`` or ``"frames"``) and the videos with their sizes, ids ``<class>/<stem>``.

    Raises:
        UserError: no such folder, no class folders, a class without videos, both kinds at once,
            or two files of one id.
    """
    if not folder.is_dir():
        raise UserError(
            f"no folder '{folder}': it needs train/, val/ and test/, each with one folder a class"
        )
    classes = [entry.name for entry in _entries(folder) if entry.is_dir()]
    if not classes:
        raise UserError(f"no class folders in '{folder}': put the videos in folders named after their class")
    kinds: dict[str, Path] = {}
    found: list[Found] = []
    for label, name in enumerate(classes):
        kind, videos = _read_class(folder / name, label)
        kinds.setdefault(kind, folder / name)
        found += videos
    if len(kinds) > 1:
        raise UserError(
            f"'{kinds['video']}' holds video files and '{kinds['frames']}' holds folders of frames: "
            "use one kind for all"
        )
    return next(iter(kinds)), found


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted((e for e in entries if not e.name.startswith(".")), key=lambda e: e.name)


def _read_class(folder: Path, label: int) -> tuple[str, list[Found]]:
    files: list[tuple[str, os.DirEntry[str], int]] = []
    folders: list[tuple[str, os.DirEntry[str], int]] = []
    for entry in _entries(folder):
        if entry.is_dir():
            folders.append((entry.name, entry, _frames_size(Path(entry.path))))
        elif entry.name.lower().endswith(VIDEO_SUFFIXES):
            files.append((Path(entry.name).stem, entry, entry.stat().st_size))
    if files and folders:
        raise UserError(f"'{folder}' holds both video files and folders of frames: use one kind for all")
    if not files and not folders:
        raise UserError(
            f"no videos in the class folder '{folder}': put video files ({' '.join(VIDEO_SUFFIXES)}) "
            "or folders of *.jpg there"
        )
    kind, members = ("video", files) if files else ("frames", folders)
    stem, times = Counter(stem for stem, _, _ in members).most_common(1)[0]
    if times > 1:
        raise UserError(f"two videos in '{folder}' are named '{stem}': rename one of them")
    return kind, [
        (Video(f"{folder.name}/{stem}", entry.path, label, folder.name), size)
        for stem, entry, size in members
    ]


def frame_files(folder: Path) -> Iterator[os.DirEntry[str]]:
    """The frames of one video, ``*.jpg``/``*.jpeg`` files sorted by name, numbers by value (2.jpg before 10.jpg)."""
    frames = [e for e in _entries(folder) if e.name.lower().endswith(FRAME_SUFFIXES)]
    return iter(
        sorted(frames, key=lambda e: [int(p) if p.isdecimal() else p for p in re.split(r"(\d+)", e.name)])
    )


def _frames_size(folder: Path) -> int:
    sizes = [entry.stat().st_size for entry in frame_files(folder)]
    if not sizes:
        raise UserError(f"no *.jpg frames in '{folder}': a folder in a class folder is one video's frames")
    return sum(sizes)
