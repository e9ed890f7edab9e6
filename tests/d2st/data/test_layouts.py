"""Videos are found in the layouts that users have, and never the wrong ones."""

from pathlib import Path

import pytest

from d2st.data.layouts import locate, usual_folders
from d2st.data.origins import Entry
from d2st.errors import UserError


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def found(dataset: str, folder: Path, *listed: str, **more):
    entries = [
        Entry(Path(name).stem if "." in name else Path(name).name, 0, "c", None, name) for name in listed
    ]
    return locate(dataset, entries, [folder], **more)


def relative(located, folder: Path) -> dict[str, str]:
    return {id_: str(Path(path).relative_to(folder)) for id_, path in located.paths.items()}


@pytest.mark.parametrize(
    "place", ["{}.webm", "{}.mp4", "20bn-something-something-v2/{}.webm", "videos/00/{}.WEBM"]
)
def test_ssv2(tmp_path, place):
    touch(*(tmp_path / place.format(i) for i in (1, 10, 100)), tmp_path / "7.txt")
    located = found("ssv2", tmp_path, "1", "10", "7")
    assert located.kind == "video"
    assert relative(located, tmp_path) == {i: place.format(i) for i in ("1", "10")}


ID = "-abcdefghi_"


@pytest.mark.parametrize(
    "listed", [f"train_256/air_drumming/{ID}_000010_000020.mp4", f"val_256/air_drumming/{ID}.mkv"]
)
@pytest.mark.parametrize("name", [f"{ID}.mp4", f"{ID}_000010_000020.mp4", f"{ID}.mp4.mkv"])
@pytest.mark.parametrize(
    "folder", ["", "train_256/air_drumming", "train/air drumming", "val/air drumming", "videos_val"]
)
def test_kinetics(tmp_path, listed, name, folder):
    touch(tmp_path / folder / name, tmp_path / folder / f"X{ID[1:]}.mp4")
    assert relative(found("kinetics", tmp_path, listed), tmp_path) == {
        Path(listed).stem: str(Path(folder, name))
    }


def test_kinetics_other_seconds_of_a_video_are_another_clip(tmp_path):
    touch(tmp_path / f"{ID}_000030_000040.mp4")
    located = found("kinetics_cmn", tmp_path, f"{ID}_000010_000020")
    assert located.paths == {} and located.other_times == (f"{ID}_000010_000020",)


def test_of_two_the_listed_folder_decides(tmp_path):
    name = f"{ID}_000010_000020.mp4"
    touch(tmp_path / "train" / "air drumming" / name, tmp_path / "train_256" / "air_drumming" / name)
    located = found("kinetics", tmp_path, f"train_256/air_drumming/{name}")
    assert list(relative(located, tmp_path).values()) == [f"train_256/air_drumming/{name}"]
    with pytest.raises(UserError, match=r"there twice, as .*train/.*--videos"):
        found("kinetics_cmn", tmp_path, name.removesuffix(".mp4"))


def test_webm_beside_mp4_has_to_be_settled(tmp_path):
    touch(tmp_path / "a" / "1.webm", tmp_path / "b" / "1.mp4")
    with pytest.raises(UserError, match=r"'1' is there twice, as .*a/1\.webm' and as .*b/1\.mp4'.*--suffix"):
        found("ssv2", tmp_path, "1")
    assert relative(found("ssv2", tmp_path, "1", suffix=".mp4"), tmp_path) == {"1": "b/1.mp4"}
    assert relative(found("ssv2", tmp_path / "a", "1"), tmp_path) == {"1": "a/1.webm"}


@pytest.mark.parametrize("folder", ["HandstandPushups", "HandStandPushups"])
@pytest.mark.parametrize("name", ["v_HandStandPushups_g01_c01", "v_HandstandPushups_g01_c01"])
def test_handstand_pushups(tmp_path, folder, name):
    touch(tmp_path / "UCF-101" / folder / f"{name}.avi", tmp_path / "UCF-101/PushUps/v_PushUps_g01_c01.avi")
    listed = "videos/HandstandPushups/v_HandStandPushups_g01_c01.avi"
    assert relative(found("ucf101", tmp_path, listed), tmp_path) == {
        "v_HandStandPushups_g01_c01": f"UCF-101/{folder}/{name}.avi"
    }


def test_hmdb51_with_odd_characters(tmp_path):
    odd = "#20_Rhythm_(a;b)!_clap_u_nm_np1_fr_med_12"
    touch(tmp_path / "clap" / f"{odd}.avi")
    assert relative(found("hmdb51", tmp_path, f"videos/clap/{odd}.avi"), tmp_path) == {odd: f"clap/{odd}.avi"}


@pytest.mark.parametrize("frame", ["img_{:05d}.jpg", "{:08d}.jpg"])
def test_folders_of_frames(tmp_path, frame):
    for i in ("1", "12"):
        touch(*(tmp_path / "frames" / i / frame.format(n) for n in range(1, 4)))
    located = found("ssv2", tmp_path, "1", "12", "13")
    assert located.kind == "frames"
    assert relative(located, tmp_path) == {"1": "frames/1", "12": "frames/12"}
    touch(tmp_path / "clips" / "1.webm")  # video files win, unless frames are asked for
    assert relative(found("ssv2", tmp_path, "1", "12"), tmp_path) == {"1": "clips/1.webm"}
    assert found("ssv2", tmp_path, "1", "12", kind="frames") == located._replace(
        paths={i: str(tmp_path / "frames" / i) for i in ("1", "12")}
    )


def test_links_are_followed_and_circles_end(tmp_path):
    touch(tmp_path / "disk" / "videos" / "1.webm")
    (tmp_path / "root" / "ssv2").mkdir(parents=True)
    (tmp_path / "root" / "ssv2" / "all").symlink_to(tmp_path / "disk")
    (tmp_path / "disk" / "self").symlink_to(tmp_path / "disk")
    (tmp_path / "disk" / "2.webm").symlink_to(tmp_path / "gone.webm")
    located = found("ssv2", tmp_path / "root" / "ssv2", "1", "2")
    assert list(located.paths) == ["1"]
    assert usual_folders("ssv2_small", tmp_path / "root") == [tmp_path / "root" / "ssv2"]
