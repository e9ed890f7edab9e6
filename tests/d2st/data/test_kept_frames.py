"""Short videos stay decoded: the same frames, none that a transform or a changed file could spoil."""

import os
from pathlib import Path

import numpy as np
import pytest

from d2st.data import decoding
from d2st.data.embedded.encode import write_video
from d2st.data.kept_frames import KeptFrames


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> KeptFrames:
    fresh = KeptFrames()
    monkeypatch.setattr(decoding, "KEPT", fresh)
    return fresh


def written(path: Path, frames: int, seed: int = 0) -> np.ndarray:
    drawn = np.random.default_rng(seed).integers(0, 255, (frames, 64, 64, 3)).astype(np.uint8)
    write_video(path, drawn)
    return drawn


def read(path: Path, indices: list[int]) -> np.ndarray:
    results = decoding.VideoInit(num_threads=1).transform({"filename": str(path)})
    return np.stack(decoding.VideoDecode().transform(results | {"frame_inds": np.array(indices)})["imgs"])


def test_the_second_reading_is_of_memory_and_the_same(tmp_path: Path, kept: KeptFrames, monkeypatch) -> None:
    drawn = written(tmp_path / "a.mp4", 16)
    first = read(tmp_path / "a.mp4", [3, 0, 15])
    monkeypatch.setattr(decoding, "_opened", None)  # no decoder from here on
    second = read(tmp_path / "a.mp4", [15, 2, 2])
    assert np.array_equal(first, drawn[[3, 0, 15]]) and np.array_equal(second, drawn[[15, 2, 2]])


def test_what_a_transform_does_in_place_is_not_kept(tmp_path: Path, kept: KeptFrames) -> None:
    drawn = written(tmp_path / "a.mp4", 16)
    for image in [*read(tmp_path / "a.mp4", [1, 2]), *kept.find(str(tmp_path / "a.mp4")).get([1, 2])]:
        image[:] = 0
    assert np.array_equal(read(tmp_path / "a.mp4", [1, 2]), drawn[[1, 2]])


def test_a_changed_file_is_read_anew_and_a_missing_one_is_missed(tmp_path: Path, kept: KeptFrames) -> None:
    path = tmp_path / "a.mp4"
    written(path, 16)
    read(path, [0])
    drawn = written(path, 16, seed=1)
    os.utime(path, ns=(7, 7))
    assert np.array_equal(read(path, [0, 5]), drawn[[0, 5]])
    path.unlink()
    with pytest.raises(FileNotFoundError):
        read(path, [0])


def test_long_videos_and_what_finds_no_room_are_not_kept(tmp_path: Path, kept: KeptFrames) -> None:
    drawn = written(tmp_path / "long.mp4", 40)
    assert np.array_equal(read(tmp_path / "long.mp4", [39]), drawn[[39]])
    assert kept.bytes == 0
    full = KeptFrames(limit=100)
    full.keep(str(tmp_path / "long.mp4"), drawn[:1], 12.0)
    assert full.bytes == 0 and full.find(str(tmp_path / "long.mp4")) is None
