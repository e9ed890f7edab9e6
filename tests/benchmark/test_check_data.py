"""check_data.py on a data root with a missing, an empty, a truncated, a 3-frame and a non-video file; both policies."""

import os
import re
import signal
import time
from pathlib import Path

import pytest

import benchmark.check_data as check_data
from benchmark.check_pool import in_processes
from benchmark.prepare_data import main as prepare
from d2st.data import resolve
from d2st.data.checked import read_checked
from d2st.data.origins import SPLITS
from d2st.episodes import Manifest, Protocol
from d2st.errors import UserError
from tests.benchmark.fake_root import harm, make_lists, make_videos
from tests.clips import write_clip


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.delenv("D2ST_DATA_ROOT", raising=False)
    monkeypatch.setenv("D2ST_CACHE", str(tmp_path / "cache"))
    lists = make_lists(tmp_path / "lists", monkeypatch)
    make_videos(tmp_path / "root" / "ssv2")
    prepare(["ssv2", "--data-root", str(tmp_path / "root"), "--lists", str(lists)])
    return tmp_path / "root"


def check(root: Path, *more: str) -> int:
    return check_data.main(["ssv2", "--data-root", str(root), "--workers", "2", *more])


def manifest(root: Path) -> Manifest:
    return Manifest.draw(resolve("ssv2", str(root)).videos("test"), Protocol(2, 1, 1, 20))


def test_whole_data(root, capsys):
    assert check(root) == 0
    assert "Every video can be used" in capsys.readouterr().out
    video = resolve("ssv2", str(root)).videos("val")[0]
    assert (video.frames, video.decoder) == (12, "decord")


def test_each_is_named_with_its_reason_and_both_policies_behave(root, capsys):
    whole = manifest(root)
    version = resolve("ssv2", str(root)).version
    reasons = harm(root / "ssv2")
    assert check(root) == 1  # --missing fail
    said = capsys.readouterr().out
    page = (root / "ssv2" / "prepared" / "report.md").read_text()
    seen = read_checked(root / "ssv2" / "prepared" / "checked.csv")
    assert {key for key, one in seen.items() if not one.good} == set(reasons)
    for key, reason in reasons.items():
        split, id_ = key.split("/")
        assert re.search(reason, seen[key].reason)
        assert re.search(rf"{id_}.*({reason})", said) and re.search(
            rf"\| {split} \| {id_} \| .*({reason})", page
        )
    assert "| test | Approaching something with your camera | 2 | 1 | 1 | 0 |" in page  # ids 300 and 304
    assert "5 videos cannot be used" in said
    with pytest.raises(
        UserError, match=r"4 of 24 videos of 'ssv2' cannot be used, the first .*--missing drop"
    ):
        resolve("ssv2", str(root))  # the 3-frame video can be read

    assert check(root, "--missing", "drop") == 0
    said = capsys.readouterr().out
    source = resolve("ssv2", str(root))
    assert re.fullmatch(r"5 of 24 videos dropped \(manifest [0-9a-f]{8}\)", source.note)
    assert source.note in source.title and source.note in said
    assert "left with 2 videos, too few for 5 shots" in said
    kept = {f"{split}/{video.id}" for split in SPLITS for video in source.videos(split)}
    assert len(kept) == 19 and not kept & set(reasons)
    assert manifest(root).hash != whole.hash and source.version != version

    make_videos(root / "ssv2")  # they come back
    assert check(root) == 0
    assert "no video is dropped any longer" in capsys.readouterr().out
    assert resolve("ssv2", str(root)).note == "" and manifest(root).hash == whole.hash


def test_a_class_is_not_dropped_whole(root, capsys):
    for id_ in (200, 202, 204, 206):
        (root / "ssv2" / f"{id_}.mp4").unlink()
    with pytest.raises(SystemExit):
        check(root, "--missing", "drop")
    assert "would leave no video of class 'Holding something over something' (val)" in capsys.readouterr().err
    assert not (root / "ssv2" / "prepared" / "dropped.csv").exists()


def test_only_what_is_new_or_changed_is_read_again(root, monkeypatch, capsys):
    asked: list[str] = []

    def spy(work, items, *more):
        asked.extend(item[0] for item in items)
        return in_processes(work, items, *more)

    monkeypatch.setattr(check_data, "in_processes", spy)

    class Stopped(KeyboardInterrupt):
        pass

    def stop_after_five(results, total, console):
        for number, seen in enumerate(results):
            if number == 5:
                raise Stopped
            yield seen

    with monkeypatch.context() as patch:
        patch.setattr(check_data, "_shown", stop_after_five)
        with pytest.raises(SystemExit, match="130"):
            check(root)
    assert len(asked) == 24 and "goes on" in capsys.readouterr().err
    asked.clear()
    assert check(root) == 0 and len(asked) == 19
    asked.clear()
    os.utime(root / "ssv2" / "303.mp4", ns=(5, 5))
    assert check(root) == 0 and asked == ["test/303"]
    asked.clear()
    assert check(root, "--again") == 0 and len(asked) == 24


def test_prepared_anew_the_dropped_come_back(root, capsys):
    harm(root / "ssv2")
    check(root, "--missing", "drop")
    make_videos(root / "ssv2")
    assert prepare(["ssv2", "--data-root", str(root)]) == 0
    assert "list of 5 dropped videos" in capsys.readouterr().out
    assert resolve("ssv2", str(root)).note == ""


def test_a_folder_of_ones_own(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("D2ST_CACHE", str(tmp_path / "cache"))
    for split in SPLITS:
        write_clip(tmp_path / "own" / split / "a" / "clip.mp4", 9)
    own = str(tmp_path / "own")
    assert check_data.main([own, "--workers", "1"]) == 0
    assert "0 of 3 videos were checked before" in capsys.readouterr().out
    assert check_data.main([own, "--workers", "1", "--frames", "10"]) == 1
    assert "9 frames, and a clip takes 10" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        check_data.main([own, "--workers", "1", "--frames", "10", "--missing", "drop"])
    assert "in a folder of your own, remove the files" in capsys.readouterr().err


def deed(name: str) -> str:
    if name == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if name == "hang":
        time.sleep(30)
    return name


def test_a_file_that_kills_or_holds_its_process():
    items = [(name,) for name in ("a", "b", "kill", "c", "hang", "d", "e")]
    results = list(in_processes(deed, items, 2, lambda item: f"dead {item[0]}", 1))
    assert sorted(results) == ["a", "b", "c", "d", "dead hang", "dead kill", "e"]
