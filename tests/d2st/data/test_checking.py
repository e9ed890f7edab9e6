"""What is wrong with one video, in words."""

import os
import re
from functools import cache
from pathlib import Path

import cv2
import pytest

from d2st.data.checked import Log, Seen, read_checked
from d2st.data.checking import check
from tests.clips import picture, write_clip


def harmed(path: Path, kind: str) -> Path:
    """Harm a video in the way ``kind`` says."""
    content = path.read_bytes()
    if kind == "missing":
        path.unlink()
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "truncated":
        path.write_bytes(content[: len(content) * 3 // 4])
    elif kind == "hole":
        first, last = len(content) * 7 // 10, len(content) * 17 // 20  # behind the header, before the index
        path.write_bytes(content[:first] + bytes(last - first) + content[last:])
    elif kind == "no video":
        path.write_bytes(b"an HTML page that says 404\n" * 200)
    return path


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """The content of a good clip by its name."""
    folder = tmp_path_factory.mktemp("sound")
    codecs = {".mp4": "libx264", ".webm": "libvpx-vp9", ".avi": "mpeg4"}

    @cache
    def content(name: str) -> bytes:
        options = {"movflags": "faststart"} if name == "fast.mp4" else {}
        return write_clip(folder / name, 40, codecs[Path(name).suffix], **options).read_bytes()

    return content


CASES = [
    ("a.mp4", "missing", "missing", "no such file"),
    ("a.mp4", "empty", "broken", "the file is empty"),
    ("a.mp4", "no video", "broken", "no video"),
    ("a.mp4", "truncated", "broken", "no video"),
    ("a.webm", "truncated", "broken", "s lack at its end"),
    ("a.webm", "hole", "broken", "does not decode after frame|lack at its end"),
    ("a.avi", "hole", "broken", "of its 40 frames are there"),
    ("fast.mp4", "truncated", "broken", "breaks off|does not decode"),
]


@pytest.mark.parametrize(("name", "kind", "status", "reason"), CASES)
def test_harm_is_named(tmp_path, sound, name, kind, status, reason):
    path = tmp_path / name
    path.write_bytes(sound(name))
    assert check("k", str(path), "video", 8).good
    seen = check("k", str(harmed(path, kind)), "video", 8)
    assert seen.status == status and re.search(reason, seen.reason), seen


def test_too_short(tmp_path):
    path = str(write_clip(tmp_path / "a.mp4", 3))
    assert check("k", path, "video", 3).good
    seen = check("k", path, "video", 4)
    assert (seen.status, seen.frames) == ("short", 3) and "3 frames, and a clip takes 4" in seen.reason


def frames(folder: Path, names: list[str]) -> str:
    folder.mkdir()
    for number, name in enumerate(names):
        cv2.imwrite(str(folder / name), picture(number))
    return str(folder)


def test_folders_of_frames(tmp_path):
    ten = [f"img_{i:05d}.jpg" for i in range(1, 11)]
    good = frames(tmp_path / "good", ten)
    assert check("k", good, "frames", 8, 10).good
    assert "10 frames, and 12 when" in check("k", good, "frames", 8, 12).reason
    assert "frame 4 lacks" in check("k", frames(tmp_path / "gap", ten[:3] + ten[4:]), "frames", 8).reason
    both = frames(tmp_path / "both", ten + [f"flow_x_{i:05d}.jpg" for i in range(1, 11)])
    assert "two series" in check("k", both, "frames", 8).reason
    (tmp_path / "nothing").mkdir()
    assert "no *.jpg" in check("k", str(tmp_path / "nothing"), "frames", 8).reason
    cut = tmp_path / "good" / ten[6]
    cut.write_bytes(cut.read_bytes()[:300])
    seen = check("k", good, "frames", 8)
    assert seen.status == "broken" and ten[6] in seen.reason


def test_numbers_of_frames_count_by_value(tmp_path):
    from d2st.data.folders import frame_files

    folder = frames(tmp_path / "f", [f"{i}.jpg" for i in range(1, 13)])
    assert [entry.name for entry in frame_files(Path(folder))] == [f"{i}.jpg" for i in range(1, 13)]
    assert check("k", folder, "frames", 8).good


def test_the_log_survives_an_interruption(tmp_path):
    path = tmp_path / "checked.csv"
    first = Seen("train/1", "/a, b.mp4", 5, 6, "ok", 40, "decord", "")
    with Log(path) as log:
        log.add(first)
    with open(path, "a") as file:
        file.write("train/2,/c.mp4,5")  # killed while it wrote
    assert read_checked(path) == {"train/1": first}
    third = Seen("train/3", "", 0, 0, "missing", 0, "", 'named "so"')
    with Log(path) as log:
        log.add(third)
    assert read_checked(path) == {"train/1": first, "train/3": third}


def test_a_changed_file_is_noticed(tmp_path):
    path = write_clip(tmp_path / "a.mp4", 10)
    seen = check("k", str(path), "video", 8)
    assert seen.unchanged()
    os.utime(path, ns=(1, 1))
    assert not seen.unchanged()
