"""The embedded datasets: what is in them, that every machine draws the same, that the cache is whole or not at all."""

import hashlib
from collections import Counter
from multiprocessing import get_context
from pathlib import Path

import cv2
import decord
import numpy as np
import pytest

from d2st.data.embedded import NAMES, VERSION, appearance, cache, ensure, motion
from d2st.data.embedded.draw import draw
from d2st.data.embedded.encode import write_video
from d2st.data.embedded.shapes import GROUNDS, SHAPES, TEXTURES
from d2st.errors import UserError

WORLDS = {"motion": motion, "appearance": appearance}


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_classes_are_many_and_disjoint_between_splits(world) -> None:
    names = [name for split in world.CLASSES.values() for name in split]
    assert len(names) == len(set(names)) >= 60
    assert {
        split: len(world.CLASSES[split]) >= least
        for split, least in (("train", 36), ("val", 8), ("test", 12))
    }
    assert world.CLIPS == 20


def test_twins_of_motion_lie_in_the_same_split() -> None:
    where = {name: split for split, names in motion.CLASSES.items() for name in names}
    assert len(motion.twins()) * 2 == len(where)
    assert all(where[a] == where[b] for a, b in motion.twins())


GOLDEN = {
    ("motion", "falling", 3): "37780046b1b21db8",
    ("motion", "camera_closing_in", 0): "cb03fba18961c335",
    ("appearance", "red_plain_star", 1): "dd0cd84547dc0dff",
}


@pytest.mark.parametrize("clip", GOLDEN, ids=str)
def test_decoded_frames_are_the_golden_ones(clip: tuple[str, str, int], tmp_path: Path) -> None:
    name, label, index = clip
    drawn = draw(WORLDS[name].scene(label, index))
    write_video(tmp_path / "clip.mp4", drawn)
    reader = decord.VideoReader(str(tmp_path / "clip.mp4"), num_threads=1)
    decoded = reader.get_batch(range(len(reader))).asnumpy()
    assert decoded.shape == (16, 64, 64, 3)
    assert np.array_equal(decoded, drawn)  # without loss
    assert hashlib.sha256(decoded.tobytes()).hexdigest()[:16] == GOLDEN[clip]


def test_opencv_reads_the_same_frames(tmp_path: Path) -> None:
    drawn = draw(motion.scene("rising", 0))
    write_video(tmp_path / "clip.mp4", drawn)
    capture = cv2.VideoCapture(str(tmp_path / "clip.mp4"))
    assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == 16
    frames = [capture.read()[1][..., ::-1] for _ in range(16)]
    assert np.array_equal(np.stack(frames), drawn)


def test_played_backwards_a_twin_shows_frames_of_the_same_kind() -> None:
    """Mean picture statistics of twins agree: brightness, spread, and change between first and last frame."""
    for first, second in motion.twins():
        figures = []
        for name in (first, second):
            clips = np.stack([draw(motion.scene(name, i), side=12) for i in range(20)]) / 255.0
            figures.append((clips.mean(), clips.std(), np.abs(clips[:, 0] - clips[:, -1]).mean()))
        assert np.allclose(figures[0], figures[1], atol=0.13), (first, second, figures)


def test_looks_do_not_depend_on_the_class_of_motion() -> None:
    """Shapes, textures, backgrounds: no class favours one (chi-square against the whole, far from significance)."""
    clips = {c: [motion.scene(c, i) for i in range(motion.CLIPS)] for s in motion.CLASSES.values() for c in s}
    for of, kinds in (("shape", SHAPES), ("texture", TEXTURES), ("ground", GROUNDS)):
        rows = []
        for scenes in clips.values():
            seen = Counter(s.ground if of == "ground" else getattr(s.looks[-1], of) for s in scenes)
            rows.append([seen[kind] for kind in kinds])
        table = np.array(rows, float)
        expected = table.sum(1, keepdims=True) * table.sum(0) / table.sum()
        freedom = (table.shape[0] - 1) * (table.shape[1] - 1)
        chi2 = ((table - expected) ** 2 / expected).sum()
        assert abs(chi2 - freedom) < 4 * np.sqrt(2 * freedom)


def test_motion_does_not_depend_on_the_class_of_appearance() -> None:
    travel = [
        np.mean(
            [
                np.hypot(np.ptp(t.x), np.ptp(t.y))
                for i in range(20)
                for t in appearance.scene(name, i).tracks[-1:]
            ]
        )
        for name in appearance.CLASSES["test"]
    ]
    assert np.std(travel) < 3 * 0.15 / np.sqrt(20)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A motion dataset of two classes, so that writing it costs nothing."""
    classes = {"train": ("rising",), "val": ("falling",), "test": ("meeting",)}
    monkeypatch.setattr(motion, "CLASSES", classes)
    drawn = [
        hashlib.sha256(draw(motion.scene(c, i)).tobytes()).hexdigest() for _, c, i in cache.clips("motion")
    ]
    total = hashlib.sha256("".join(drawn).encode()).hexdigest()
    monkeypatch.setitem(cache.FRAMES_SHA256, "motion", total)
    cache._ensure.cache_clear()


@pytest.mark.usefixtures("small")
def test_ensure_writes_a_class_folder_dataset_once(tmp_path: Path) -> None:
    place = ensure("motion", tmp_path)
    assert place == tmp_path / f"motion-v{VERSION}"
    files = sorted(str(p.relative_to(place)) for p in place.rglob("*.mp4"))
    assert len(files) == 60 and files[0] == "test/meeting/meeting_00.mp4"
    assert [p.name for p in tmp_path.iterdir()] == [place.name]  # nothing left beside it
    written = (place / files[0]).stat().st_mtime_ns
    cache._ensure.cache_clear()
    assert ensure("motion", tmp_path) == place and (place / files[0]).stat().st_mtime_ns == written


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("harm", ["cut", "remove", "manifest"])
def test_a_damaged_cache_is_noticed(tmp_path: Path, harm: str) -> None:
    place = ensure("motion", tmp_path)
    victim = place / ("manifest.json" if harm == "manifest" else "val/falling/falling_07.mp4")
    if harm == "remove":
        victim.unlink()
    else:
        victim.write_bytes(victim.read_bytes()[:-7])
    cache._ensure.cache_clear()
    with pytest.raises(UserError, match=r"damaged.*delete that folder"):
        ensure("motion", tmp_path)


def test_unknown_name_and_unwritable_cache_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="appearance, motion"):
        ensure("emotion", tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="D2ST_CACHE"):
        ensure("motion", tmp_path / "file")


@pytest.mark.usefixtures("small")
def test_two_processes_that_start_together_both_find_a_whole_dataset(tmp_path: Path) -> None:
    fork = get_context("fork")
    racers = [fork.Process(target=ensure, args=("motion", tmp_path)) for _ in range(2)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(120)
    assert [racer.exitcode for racer in racers] == [0, 0]
    assert [p.name for p in tmp_path.iterdir()] == [f"motion-v{VERSION}"]
    assert len(list(tmp_path.rglob("*.mp4"))) == 60


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_whole_dataset_is_what_this_generator_draws(name: str, tmp_path: Path) -> None:
    world = WORLDS[name]
    classes = sum(map(len, world.CLASSES.values()))
    assert len(list(ensure(name, tmp_path).rglob("*.mp4"))) == classes * world.CLIPS
