"""The embedded datasets: what is in them, that every machine draws the same, that the cache is whole or not at all."""

import hashlib
import os
import subprocess
import sys
from collections import Counter
from multiprocessing import get_context
from pathlib import Path

import cv2
import decord
import numpy as np
import pytest
from scipy.stats import f_oneway, ks_2samp, kstest

from d2st.data.embedded import NAMES, VERSION, appearance, cache, courses, ensure, motion
from d2st.data.embedded.draw import Scene, draw
from d2st.data.embedded.encode import write_video
from d2st.data.embedded.look import GROUNDS, Dice
from d2st.data.embedded.shapes import SHAPES, TEXTURES
from d2st.errors import UserError
from tests.processes import alive, wait

WORLDS = {"motion": motion, "appearance": appearance}


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_classes_are_many_and_disjoint_between_splits(world) -> None:
    names = [name for split in world.CLASSES.values() for name in split]
    assert len(names) == len(set(names)) >= 60
    assert all(
        len(world.CLASSES[split]) >= least for split, least in (("train", 36), ("val", 8), ("test", 16))
    )
    assert world.CLIPS == 20


def test_classes_of_motion_come_in_orbits() -> None:
    """Six classes a change, in every split, and nothing in the test split but whole orbits."""
    for split, changes in motion.CHANGES.items():
        assert sum(len(change.courses) == 6 for change in changes) >= 2, split
    assert {len(change.courses) for change in motion.CHANGES["test"]} == {6}
    names = [name for changes in motion.CHANGES.values() for change in changes for name in change.courses]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("course", courses.orbit("up", "down").items(), ids=lambda course: course[0])
def test_every_course_of_an_orbit_goes_through_all_phases_as_often(
    course: tuple[str, courses.Course],
) -> None:
    """Pooled over clips the phases are uniform in 0..1 (Kolmogorov-Smirnov against it), whatever their order."""
    name, phases = course
    pooled = np.concatenate([phases(Dice("course", name, i)) for i in range(200)])
    assert kstest(pooled, "uniform").statistic < 0.07  # of 16 evenly spaced phases alone: 1/32
    assert kstest(pooled**1.3, "uniform").statistic > 0.07  # one that lingers at its beginning would be told
    assert np.all((pooled >= 0) & (pooled <= 1))
    one = phases(Dice("course", name, 0))
    assert round(one[0]) == (not name.startswith("up")) and abs(np.diff(one)).max() < 0.3


def test_courses_of_an_orbit_differ_in_order_by_name() -> None:
    shown = {name: course(Dice("course", 1)) for name, course in courses.orbit("up", "down").items()}
    turns = {name: int((np.diff(np.sign(np.diff(p))) != 0).sum()) for name, p in shown.items()}
    assert {name for name in shown if np.diff(shown[name])[0] > 0} == {"up", "up_and_down", "up_down_up"}
    assert all(turns[name] >= name.count("_") // (1 + ("and" in name)) for name in shown)


GOLDEN = {
    ("motion", "falling", 3): "e2f49899dd69b8d9",
    ("motion", "putting_into_taking_out_of_putting_into", 0): "7640da0a287a462b",
    ("appearance", "red_plain_star", 1): "cdde7393c1d66a26",
}


def decode(path: Path) -> np.ndarray:
    """All frames of a video file."""
    reader = decord.VideoReader(str(path), num_threads=1)
    return reader.get_batch(range(len(reader))).asnumpy()


@pytest.mark.parametrize("clip", GOLDEN, ids=str)
def test_decoded_frames_are_the_golden_ones(clip: tuple[str, str, int], tmp_path: Path) -> None:
    name, label, index = clip
    drawn = draw(WORLDS[name].scene(label, index))
    write_video(tmp_path / "clip.mp4", drawn)
    decoded = decode(tmp_path / "clip.mp4")
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


VALUES = ("x", "y", "radius", "angle", "stretch", "opacity")
ORBITS = [c for s in motion.CHANGES.values() for c in s if len(c.courses) == 6]
names_of = pytest.mark.parametrize("change", ORBITS, ids=lambda c: next(iter(c.courses)))


def values(change: motion.Change, course: courses.Course, clips: int = 150) -> np.ndarray:
    """What is drawn (clip, thing and value, frame), the same clips for every course."""
    made = [change.actors(Dice("thing", i), course(Dice("course", i))) for i in range(clips)]
    return np.array([[getattr(track, name) for track in tracks for name in VALUES] for tracks in made])


@names_of
def test_a_frame_shows_its_phase_and_nothing_of_the_course(change: motion.Change) -> None:
    """The same thing with the phases in another order is the same frames in that order, to the last digit. So the frames of
    all classes of an orbit have one distribution where their phases have."""
    order = np.random.Generator(np.random.PCG64(0)).permutation(16)
    for name, course in change.courses.items():
        mixed = values(change, lambda dice, course=course: course(dice)[order], clips=10)
        assert np.array_equal(mixed, values(change, course, clips=10)[..., order]), name


@names_of
def test_shuffled_frames_do_not_tell_a_class_from_its_twin(change: motion.Change) -> None:
    """All of a clip's frames together, out of order, come from one distribution for a class and the same played backwards:
    least, mean, median, largest and spread of every value (two-sample Kolmogorov-Smirnov)."""
    shown = {name: values(change, course) for name, course in change.courses.items()}
    names = list(shown)
    for one, two in zip(names[:3], names[3:], strict=True):
        for a, b in zip(np.moveaxis(shown[one], 1, 0), np.moveaxis(shown[two], 1, 0), strict=True):
            for of in (np.min, np.mean, np.median, np.max, np.std):
                assert ks_2samp(of(a, -1).round(6), of(b, -1).round(6), method="asymp").pvalue > 1e-4, (
                    one,
                    two,
                    of.__name__,
                )


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


def of_motion(scene: Scene) -> list[float]:
    """How far: the ways of the last thing, its change of size and turn, the camera."""
    thing = scene.tracks[-1]
    ways = [float(np.ptp(value)) for value in (thing.x, thing.y, thing.radius, thing.angle)]
    return [*ways, float(np.ptp(scene.camera, 0).sum())]


def by_class(value: list[list[list[float]]]) -> np.ndarray:
    """p of a one-way analysis of variance over classes, for each of the values (class, clip, value)."""
    varied = [part for part in np.moveaxis(np.array(value), 2, 0) if np.ptp(part) > 0]
    return np.array([f_oneway(*part).pvalue for part in varied])


def test_motion_does_not_depend_on_the_class_of_appearance() -> None:
    names = [name for split in appearance.CLASSES.values() for name in split]
    seen = [[of_motion(appearance.scene(name, i)) for i in range(appearance.CLIPS)] for name in names]
    assert by_class(seen).min() > 0.001
    leaking = [
        [[2 * clip[0], *clip[1:]] if k < 16 else clip for clip in clips] for k, clips in enumerate(seen)
    ]
    assert by_class(leaking)[0] < 0.001  # a quarter of the classes that moved twice as far would be noticed


def test_bystanders_go_ways_of_their_own() -> None:
    """In a quarter of the clips, two thirds of them in motion, as far and as often whatever the class."""
    names = [name for split in motion.CLASSES.values() for name in split]
    fewest = {name: len(motion._CHANGE[name].actors(Dice("few"), np.linspace(0, 1, 16))) for name in names}
    clips = {name: [motion.scene(name, i).tracks for i in range(motion.CLIPS)] for name in names}
    present = [[float(len(tracks) > fewest[name]) for tracks in clips[name]] for name in names]
    ways = [
        [float(np.hypot(np.ptp(t[0].x), np.ptp(t[0].y))) for t in clips[n] if len(t) > fewest[n]]
        for n in names
    ]
    seen = [way for some in ways for way in some]
    assert abs(np.mean(present) - 0.25) < 4 * np.sqrt(0.25 * 0.75 / np.size(present))
    assert abs(np.mean(np.array(seen) > 0) - 2 / 3) < 4 * np.sqrt(2 / 9 / len(seen))
    assert 0.2 < np.median([way for way in seen if way > 0]) < 0.3 and max(seen) > 0.35
    enough = [some for some in ways if len(some) > 2]
    assert f_oneway(*present).pvalue > 0.001 and f_oneway(*enough).pvalue > 0.001
    leaking = [[2 * way for way in some] if k % 4 == 0 else some for k, some in enumerate(enough)]
    assert f_oneway(*leaking).pvalue < 0.001  # of a quarter of the classes, twice as far


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


def test_who_draws_ends_with_who_asked_for_it(tmp_path: Path) -> None:
    code = "from d2st.data.embedded import ensure; ensure('motion')"
    asking = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "D2ST_CACHE": str(tmp_path)})
    wait(lambda: any(tmp_path.rglob("*.mp4")), 60)
    children = Path(f"/proc/{asking.pid}/task/{asking.pid}/children").read_text().split()
    drawing = [int(child) for child in children]
    assert drawing and all(map(alive, drawing))
    asking.kill()
    asking.wait()
    wait(lambda: not any(map(alive, drawing)), 10)
    assert not (tmp_path / f"motion-v{VERSION}").exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_file_decodes_to_the_frames_of_this_generator(name: str, tmp_path: Path) -> None:
    world = WORLDS[name]
    classes = sum(map(len, world.CLASSES.values()))
    place = ensure(name, tmp_path)
    assert len(list(place.rglob("*.mp4"))) == classes * world.CLIPS
    files = [place / cache.file_of(*clip) for clip in cache.clips(name)]
    frames = "".join(hashlib.sha256(decode(file).tobytes()).hexdigest() for file in files)
    assert hashlib.sha256(frames.encode()).hexdigest() == cache.FRAMES_SHA256[name]
