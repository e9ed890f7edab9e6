"""prepare_data.py: from lists and a folder of videos to a dataset that every command reads."""

import json
from pathlib import Path

import cv2
import pytest

from benchmark.prepare_data import main
from d2st.data import resolve
from d2st.data.class_names import class_names
from d2st.data.origins import ORIGINS, SPLITS
from d2st.data.prepared import command, read_prepared
from d2st.errors import UserError
from tests.benchmark.fake_root import CLASSES, VIDEOS, ids, make_lists, make_videos
from tests.clips import picture


@pytest.fixture(autouse=True)
def no_data_root(monkeypatch):
    monkeypatch.delenv("D2ST_DATA_ROOT", raising=False)


@pytest.fixture
def root(tmp_path, monkeypatch):
    make_lists(tmp_path / "lists", monkeypatch)
    make_videos(tmp_path / "root" / "ssv2" / "videos")
    return tmp_path / "root"


def prepare(root: Path, *more: str, name: str = "ssv2") -> int:
    return main([name, "--data-root", str(root), *more])


def test_a_dataset_is_prepared_and_read(root, capsys):
    assert prepare(root, "--lists", str(root.parent / "lists")) == 0
    assert command("check_data", "ssv2", root) in capsys.readouterr().out
    source = resolve("ssv2", str(root))
    assert (source.name, source.kind, source.note, source.embedded) == ("ssv2", "video", "", False)
    for split in SPLITS:
        names = class_names("ssv2", split)
        videos = {video.id: video for video in source.videos(split)}
        assert {(v.label, int(v.id)) for v in videos.values()} == set(ids(split))
        assert all(
            v.class_name == names[v.label] and v.path == f"{root}/ssv2/videos/{v.id}.mp4"
            for v in videos.values()
        )


def test_again_without_lists_they_are_taken_from_the_first_time(root, monkeypatch):
    prepare(root, "--lists", str(root.parent / "lists"))
    monkeypatch.setattr("d2st.data.origins.fetch", lambda url: pytest.fail(f"fetched {url}"))
    assert prepare(root) == 0


def test_lists_are_fetched(root, monkeypatch):
    by_url = {o.url(): o.in_folder(root.parent / "lists").read_bytes() for o in ORIGINS["ssv2"].values()}
    monkeypatch.setattr("d2st.data.origins.fetch", by_url.__getitem__)
    assert prepare(root) == 0
    assert len(resolve("ssv2", str(root)).videos("test")) == CLASSES * VIDEOS


def test_missing_videos_are_counted_and_refused(root, capsys):
    (root / "ssv2" / "videos" / "301.mp4").unlink()
    assert prepare(root, "--lists", str(root.parent / "lists")) == 1
    out = capsys.readouterr().out
    assert "not found: 1 videos, the first 301" in out and "how to get them: register at" in out
    with pytest.raises(UserError, match=r"1 of 24 videos .*'301' \(missing\).*--missing drop"):
        resolve("ssv2", str(root))


def test_a_video_that_goes_away_later_is_named(root):
    prepare(root, "--lists", str(root.parent / "lists"))
    (root / "ssv2" / "videos" / "301.mp4").unlink()
    with pytest.raises(UserError, match=r"videos/301\.mp4' \(missing\)"):
        resolve("ssv2", str(root))


def test_videos_elsewhere_and_a_root_that_moves(root, tmp_path):
    (root / "ssv2").rename(tmp_path / "disk")
    with pytest.raises(SystemExit):
        prepare(root, "--lists", str(tmp_path / "lists"), "--videos", str(tmp_path / "nowhere"))
    assert prepare(root, "--lists", str(tmp_path / "lists"), "--videos", str(tmp_path / "disk")) == 0
    root.rename(tmp_path / "moved")
    assert Path(resolve("ssv2", str(tmp_path / "moved")).videos("val")[0].path).is_file()


def test_folders_of_frames(root, tmp_path):
    for split in SPLITS:
        for _, id_ in ids(split):
            (tmp_path / "frames" / str(id_)).mkdir(parents=True)
            for n in range(1, 10):
                cv2.imwrite(str(tmp_path / "frames" / str(id_) / f"img_{n:05d}.jpg"), picture(n))
    prepare(root, "--lists", str(tmp_path / "lists"), "--videos", str(tmp_path / "frames"))
    source = resolve("ssv2", str(root))
    assert source.kind == "frames" and {video.frames for video in source.videos("test")} == {9}
    from d2st.data import clip_pipeline
    from d2st.data.reading import Reader

    reader = Reader(clip_pipeline("frames", 8, 48, train=False, query=False))
    reader(source.videos("test")[0])
    (tmp_path / "frames" / "300" / "img_00009.jpg").unlink()
    with pytest.raises(UserError, match="300' has 8 frames, and 9 are on record"):
        reader(source.videos("test")[0])


def refused(capsys, *arguments: str) -> str:
    with pytest.raises(SystemExit) as caught:
        main(list(arguments))
    error = capsys.readouterr().err
    assert caught.value.code == 2 and error.count("\n") <= 2
    return error


def test_wrong_input(root, capsys, tmp_path):
    assert "no data root" in refused(capsys, "ssv2")
    assert "nowhere" in refused(capsys, "ssv2", "--data-root", "/nowhere")
    assert "--version is for kinetics only" in refused(
        capsys, "ssv2", "--version", "cmn", "--data-root", str(root)
    )
    assert "cannot read the list" in refused(
        capsys, "ssv2", "--data-root", str(root), "--lists", str(tmp_path)
    )


def test_versions_of_kinetics(tmp_path, shared):
    (tmp_path / "kinetics" / "val_256").mkdir(parents=True)
    (tmp_path / "kinetics" / "val_256" / "034KeIezQZ8_000000_000010.mp4").write_bytes(b"x")
    lists = ("--lists", str(shared / "splits" / "origin"))
    for name, more, id_ in (
        ("kinetics", (), "034KeIezQZ8"),
        ("kinetics_cmn", ("--version", "cmn"), "034KeIezQZ8_000000_000010"),
    ):
        assert prepare(tmp_path, *lists, *more, name="kinetics") == 1
        [video] = [v for v in read_prepared(tmp_path / name).rows["test"] if v.path]
        assert (video.id, video.class_name) == (id_, "hurling (sport)")


def test_what_is_not_prepared_names_the_command(tmp_path):
    """Also a folder of the whole Kinetics, with the same 400 classes in each split, is no few-shot dataset."""
    (tmp_path / "kinetics").mkdir()
    with pytest.raises(UserError, match=r"prepare_data\.py kinetics --data-root"):
        resolve("kinetics", str(tmp_path))
    with pytest.raises(UserError, match=r"prepare_data\.py kinetics --version cmn --data-root"):
        resolve("kinetics_cmn", str(tmp_path))
    for split in SPLITS:
        for name in ("air drumming", "busking"):
            (tmp_path / "kinetics" / split / name).mkdir(parents=True)
            (tmp_path / "kinetics" / split / name / f"{split}.mp4").write_bytes(b"x")
    with pytest.raises(UserError, match=r"no few-shot split.*prepare_data\.py"):
        resolve("kinetics", str(tmp_path))


def test_a_damaged_preparation_is_named(root):
    prepare(root, "--lists", str(root.parent / "lists"))
    file = root / "ssv2" / "prepared" / "source.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"format": 0}))
    with pytest.raises(UserError, match=r"format 0.*prepare_data\.py ssv2"):
        resolve("ssv2", str(root))
