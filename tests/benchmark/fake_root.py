"""A data root with a small ``ssv2``: made-up lists under the pinned paths, and clips of 96 x 32 pixels."""

import hashlib
from pathlib import Path

import pytest

from d2st.data.origins import ORIGINS, SPLITS, Origin
from tests.clips import write_clip

CLASSES, VIDEOS = 2, 4


def ids(split: str) -> list[tuple[int, int]]:
    """(label, SSv2 id) of a split's videos."""
    first = {"train": 100, "val": 200, "test": 300}[split]
    return [(n % CLASSES, first + n) for n in range(CLASSES * VIDEOS)]


def make_lists(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str = "ssv2") -> Path:
    """Lists as in ``shared/splits/origin``; the pinned hashes become theirs."""
    pinned = {}
    for split in SPLITS:
        content = "".join(f"{split}{label}//{id_}\r\n" for label, id_ in ids(split)).encode()
        old = ORIGINS[name][split]
        pinned[split] = Origin(old.repository, old.commit, old.path, hashlib.sha256(content).hexdigest())
        file = pinned[split].in_folder(folder)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    monkeypatch.setitem(ORIGINS, name, pinned)
    return folder


def make_videos(folder: Path) -> Path:
    """All videos, mp4, of 12 frames."""
    content = write_clip(folder / "one.mp4", 12).read_bytes()
    for split in SPLITS:
        for label, id_ in ids(split):
            (folder / f"{id_}.mp4").write_bytes(content + bytes([label]))
    (folder / "one.mp4").unlink()
    return folder


def harm(folder: Path) -> dict[str, str]:
    """One missing, empty, truncated, 3-frame and non-video file; their ids with the reason that has to be named."""
    good = (folder / "301.mp4").read_bytes()
    (folder / "300.mp4").unlink()
    (folder / "101.mp4").write_bytes(b"")
    (folder / "102.mp4").write_bytes(good[: len(good) // 2])
    write_clip(folder / "201.mp4", 3)
    (folder / "304.mp4").write_bytes(b"<html>404</html>" * 50)
    return {
        "train/101": "the file is empty",
        "train/102": "no video",
        "val/201": "3 frames, and a clip takes 8",
        "test/300": "no such file|in none of the folders",
        "test/304": "no video",
    }
