"""Two decoders, the same frames at the same indices; a broken file is named and never read as another."""

from pathlib import Path

import decord
import numpy as np
import pytest

from d2st.data.checking import check
from d2st.data.reading import Reader
from d2st.data.second_decoder import PyAVReader
from d2st.data.video import Video
from d2st.errors import UserError
from tests.clips import KINDS, numbers, write_clip, write_kind

INDICES = [39, 0, 10, 20, 10, 31]


class Fixed:
    """A choice of frames, in place of SegmentSample."""

    def transform(self, results):
        return results | {"frame_inds": np.array(INDICES), "clip_len": len(INDICES), "num_clips": 1}

    __call__ = transform


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    return {kind: str(write_kind(folder, kind)) for kind in KINDS}


def frames_of(path: str, decoder: str | None = None, recorded: int | None = None) -> list[np.ndarray]:
    reader = Reader(
        [
            {"type": "VideoInit"},
            {"type": "VideoDecode"},
            {"type": "FormatShape", "input_format": "NCTHW"},
            {"type": "PackActionInputs"},
        ]
    )
    reader.transforms.insert(1, Fixed())
    clip = reader(Video("id", path, 0, "class", None, recorded, decoder))["inputs"]
    return list(clip[0].permute(1, 2, 3, 0).numpy())


@pytest.mark.parametrize("kind", KINDS)
def test_both_decoders_return_the_same_frames(clips, kind):
    expected = frames_of(clips[kind], "pyav")
    assert numbers(expected) == INDICES
    assert len(PyAVReader(clips[kind])) == 40
    assert all(np.array_equal(a, b) for a, b in zip(frames_of(clips[kind]), expected))
    if not kind.endswith(".avi"):
        assert len(decord.VideoReader(clips[kind])) == 40
        assert all(np.array_equal(a, b) for a, b in zip(frames_of(clips[kind], "decord", 40), expected))


def test_decord_is_wrong_in_avi_with_b_frames(clips):
    """Why AVI goes to PyAV: fails once decord returns the frames that it is asked for."""
    reader = decord.VideoReader(clips["b_frames.avi"])
    assert numbers(reader.get_batch([0, 10, 20, 39]).asnumpy()) != [0, 10, 20, 39]
    assert check("k", clips["b_frames.avi"], "video", 8).decoder == "pyav"


@pytest.mark.parametrize("where", ["opening", "reading"])
def test_pyav_takes_over(clips, monkeypatch, where):
    class Failing(decord.VideoReader):
        _handle = None

        def __init__(self, *args, **kwargs):
            if where == "opening":
                raise decord.DECORDError("Invalid NAL unit size")
            super().__init__(*args, **kwargs)

        def get_batch(self, indices):
            raise decord.DECORDError("Invalid NAL unit size")

    monkeypatch.setattr(decord, "VideoReader", Failing)
    assert numbers(frames_of(clips["uneven.webm"])) == INDICES
    seen = check("k", clips["uneven.webm"], "video", 8)
    assert (seen.status, seen.frames, seen.decoder) == ("ok", 40, "pyav") and "decord fails" in seen.reason


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind.endswith(".avi")])
def test_checked_clips_go_to_decord(clips, kind):
    seen = check("k", clips[kind], "video", 8)
    assert (seen.status, seen.frames, seen.decoder, seen.reason) == ("ok", 40, "decord", "")


def test_the_recorded_count_is_the_count(clips):
    path = clips["b_frames.mp4"]
    assert numbers(frames_of(path, "decord", 40)) == INDICES
    with pytest.raises(UserError, match=r"b_frames\.mp4.*has no frame 20, though"):
        frames_of(write_short(path), "pyav", 40)
    with pytest.raises(UserError, match="has no frame 20"):  # decord counts another number than is on record
        frames_of(write_short(path), "decord", 40)


def write_short(path: str) -> str:
    return str(write_clip(Path(path).parent / "short" / Path(path).name, 20))


def test_what_breaks_off_is_not_read(tmp_path):
    path = write_clip(tmp_path / "a.avi", 40, "mpeg4")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 8 // 10])
    with pytest.raises(UserError, match=r"a\.avi.*(breaks off|cannot read)"):
        frames_of(str(path))


def test_reader_is_used_within_pipelines_of_the_package(clips):
    from d2st.data import clip_pipeline

    types = [t["type"] for t in clip_pipeline("video", 8, 48, train=False, query=False)]
    assert types[:3] == ["VideoInit", "SegmentSample", "VideoDecode"]
