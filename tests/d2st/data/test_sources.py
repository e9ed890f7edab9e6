"""The data rule: names, folders, lists, and one sentence for whatever is missing."""

import shutil
from pathlib import Path

import pytest

from d2st.data.sources import data_root_in_use, known_datasets, resolve
from d2st.errors import UserError


@pytest.fixture(autouse=True)
def no_data_root(monkeypatch):
    monkeypatch.delenv("D2ST_DATA_ROOT", raising=False)


def folder_of(root: Path, videos=2, classes=("b", "a"), suffix=".mp4") -> Path:
    for split in ("train", "val", "test"):
        for name in classes:
            (root / split / name).mkdir(parents=True)
            for i in range(videos):
                (root / split / name / f"v{i}{suffix}").write_bytes(b"x" * (i + 1))
    return root


def lists_of(root: Path, slash="//", suffix="", on_disk=".webm") -> Path:
    root.mkdir(parents=True, exist_ok=True)
    number = 0
    for split in ("train", "val", "test"):
        lines = []
        for label in (1, 0):
            for _ in range(2):
                number += 1
                (root / "clips").mkdir(exist_ok=True)
                (root / "clips" / f"{number}{on_disk}").write_bytes(b"x" * number)
                lines.append(f"{split}{label}{slash}clips/{number}{suffix}")
        (root / f"{split}_few_shot.txt").write_text("\n".join(lines) + "\n")
    return root


def test_folder(tmp_path):
    source = resolve(str(folder_of(tmp_path / "mine")))
    assert (source.name, source.kind, source.embedded) == ("mine", "video", False)
    assert [v.id for v in source.videos("val")] == ["a/v0", "a/v1", "b/v0", "b/v1"]
    assert [(v.label, v.class_name) for v in source.videos("val")] == [(0, "a"), (0, "a"), (1, "b"), (1, "b")]
    assert all(Path(v.path).is_file() for v in source.videos("test"))


def test_folder_by_bare_name_and_over_a_data_root(tmp_path, monkeypatch):
    folder_of(tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("D2ST_DATA_ROOT", str(tmp_path / "elsewhere"))
    assert resolve("mine").version == resolve("./mine").version


def test_version_follows_the_content(tmp_path):
    first = resolve(str(folder_of(tmp_path / "one"))).version
    other = folder_of(tmp_path / "two")
    assert resolve(str(other)).version == first
    (other / "test" / "a" / "v0.mp4").write_bytes(b"longer")
    assert resolve(str(other)).version != first


def test_frames(tmp_path):
    for split in ("train", "val", "test"):
        video = tmp_path / split / "class" / "clip"
        video.mkdir(parents=True)
        (video / "1.jpg").write_bytes(b"x")
    source = resolve(str(tmp_path))
    assert source.kind == "frames" and source.videos("train")[0].id == "class/clip"


def test_ssv2_mini(shared):
    source = resolve(str(shared / "data" / "ssv2_mini"))
    assert source.kind == "frames"
    assert {split: len(videos) for split, videos in source.splits.items()} == {
        "train": 50,
        "val": 50,
        "test": 50,
    }


@pytest.mark.parametrize("slash", ["/", "//"])
@pytest.mark.parametrize(("suffix", "on_disk"), [("", ".webm"), ("", ".mp4"), (".avi", ".avi")])
def test_lists(tmp_path, slash, suffix, on_disk):
    lists_of(tmp_path / "ssv2", slash, suffix, on_disk)
    source = resolve("ssv2", str(tmp_path))
    assert (source.name, source.embedded) == ("ssv2", False)
    assert [(v.id, v.label, v.class_name) for v in source.videos("test")] == [
        ("clips/10", 1, "test1"),
        ("clips/11", 0, "test0"),
        ("clips/12", 0, "test0"),
        ("clips/9", 1, "test1"),
    ]


def test_data_root_from_the_environment(tmp_path, monkeypatch):
    lists_of(tmp_path / "kinetics")
    monkeypatch.setenv("D2ST_DATA_ROOT", str(tmp_path))
    assert data_root_in_use() == str(tmp_path)
    assert not resolve("kinetics").embedded


def emptied(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def refused(name, root=None) -> str:
    with pytest.raises(UserError) as caught:
        resolve(str(name), root and str(root))
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_unknown_name_lists_the_known():
    message = refused("ssv3")
    assert all(name in message for name in known_datasets())


def test_real_data_without_a_root():
    assert "data-root" in refused("ucf101")


def test_missing_root_dataset_list_and_video(tmp_path):
    assert str(tmp_path / "nowhere") in refused("ssv2", tmp_path / "nowhere")
    assert str(tmp_path / "ssv2") in refused("ssv2", tmp_path)
    lists_of(tmp_path / "ssv2")
    (tmp_path / "ssv2" / "clips" / "3.webm").unlink()
    message = refused("ssv2", tmp_path)
    assert "clips/3'" in message and "train_few_shot.txt" in message and "line 3" in message
    (tmp_path / "ssv2" / "train_few_shot.txt").unlink()
    assert "train_few_shot.txt" in refused("ssv2", tmp_path)


@pytest.mark.parametrize(
    "line", ["test0 clips/1", "train0//clips/1", "0//clips/1", "test7//clips/9", "test0//clips/10"]
)
def test_bad_list(tmp_path, line):
    lists_of(tmp_path / "ssv2")
    with open(tmp_path / "ssv2" / "test_few_shot.txt", "a") as file:
        file.write(line + "\n")
    if line == "test7//clips/9":
        (tmp_path / "ssv2" / "test_few_shot.txt").write_text("test0//clips/10\ntest7//clips/9\n")
    assert "test_few_shot.txt" in refused("ssv2", tmp_path)


def test_bad_folders(tmp_path):
    assert "nowhere" in refused(tmp_path / "nowhere")
    good = folder_of(tmp_path / "good")

    def broken(name, change) -> str:
        shutil.copytree(good, tmp_path / name)
        change(tmp_path / name)
        return refused(tmp_path / name)

    assert "val" in broken("no_split", lambda d: shutil.rmtree(d / "val"))
    assert "class folders" in broken("no_classes", lambda d: emptied(d / "val"))
    assert "val/c" in broken("empty_class", lambda d: (d / "val" / "c").mkdir())
    assert "named 'v0'" in broken("twice", lambda d: (d / "val" / "a" / "v0.avi").write_bytes(b"x"))

    def frames(folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / "1.jpg").write_bytes(b"x")

    assert "use one kind" in broken("mixed_class", lambda d: frames(d / "val" / "a" / "clip"))
    assert "use one kind" in broken("mixed_split", lambda d: frames(d / "val" / "c" / "clip"))

    def mixed(d: Path) -> None:
        shutil.rmtree(d / "test")
        frames(d / "test" / "a" / "clip")

    assert "use one kind" in broken("mixed_splits", mixed)
    assert "no *.jpg" in broken("no_frames", lambda d: (d / "val/c/x").mkdir(parents=True))
