"""Clips through MMAction2's own pipeline: order, reproducibility, frame folders, and videos that cannot be read."""

import random
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS
from torch.utils.data import DataLoader

from d2st.data import clip_pipeline, resolve
from d2st.data.datasets import ClipDataset, EpisodeDataset, episode_collate
from d2st.episodes import Manifest, Protocol, training_episode
from d2st.errors import UserError

CLASSES, VIDEOS, LENGTH = 3, 4, 12


def pictures(seed: int, length: int = LENGTH) -> np.ndarray:
    """Frames whose brightness says their number: 20 + 10 i, plus noise."""
    noise = np.random.default_rng(seed).integers(0, 8, (length, 64, 64, 3))
    return (20 + 10 * np.arange(length)[:, None, None, None] + noise).astype(np.uint8)


def write_video(path: Path, frames: np.ndarray) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264rgb", rate=12, options={"crf": "0", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 64, 64, "rgb24"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())


def write_frames(path: Path, frames: np.ndarray) -> None:
    path.mkdir()
    for i, frame in enumerate(frames):
        cv2.imwrite(str(path / f"{i + 1:05d}.jpg"), frame[..., ::-1])


def make(root: Path, kind: str) -> Path:
    for split in ("train", "val", "test"):
        for label in range(CLASSES):
            folder = root / split / f"class{label}"
            folder.mkdir(parents=True)
            for i in range(VIDEOS):
                frames = pictures(100 * label + i)
                if kind == "video":
                    write_video(folder / f"v{i}.mp4", frames)
                else:
                    write_frames(folder / f"v{i}", frames)
    return root


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, str]:
    return {kind: str(make(tmp_path_factory.mktemp(kind), kind)) for kind in ("video", "frames")}


def pipeline(kind="video", train=False, query=False, size=48, **more):
    return clip_pipeline(kind, 8, size, train=train, query=query, **more)


def episodes(source: str, **protocol) -> EpisodeDataset:
    config = {
        "type": "EpisodeDataset",
        "source": source,
        "split": "train",
        "protocol": {"way": 3, "shot": 2, "queries": 1, "episodes": 50, "seed": 5, **protocol},
        "support_pipeline": pipeline(train=True),
        "query_pipeline": pipeline(train=True, query=True, flip=0.5, jitter=True),
    }
    return DATASETS.build(config)


@pytest.mark.parametrize("kind", ["video", "frames"])
def test_clips(folders, kind):
    dataset = ClipDataset(folders[kind], "test", pipeline=pipeline(kind))
    source = resolve(folders[kind])
    assert source.kind == kind
    manifest = Manifest.draw(source.videos("test"), Protocol(3, 1, 1, 5))
    assert tuple(video.id for video in dataset.videos) == manifest.videos and len(dataset) == CLASSES * VIDEOS
    for i in (0, 7):
        clip = dataset[i]
        sample = clip["data_samples"]
        assert clip["inputs"].shape == (1, 3, 8, 48, 48) and clip["inputs"].dtype == torch.uint8
        assert (sample.video_index, sample.video_id) == (i, manifest.videos[i])
        assert sample.gt_label.item() == manifest.labels[i]
        number = (clip["inputs"].float().mean((0, 1, 3, 4)) - 23.5) / 10
        # the middle frames of 8 segments of 12 frames
        assert np.allclose(number, [0, 2, 3, 5, 6, 8, 9, 11], atol=0.2)
    with pytest.raises(IndexError):
        dataset[len(dataset)]


def test_test_clips_are_deterministic(folders):
    first, again = (ClipDataset(folders["video"], "test", pipeline=pipeline()) for _ in range(2))
    np.random.seed(3)
    assert torch.equal(first[3]["inputs"], again[3]["inputs"])


def test_few_frames_are_repeated_in_order(tmp_path):
    for split in ("train", "val", "test"):
        (tmp_path / split / "a").mkdir(parents=True)
        for length in (1, 3, 8):
            write_frames(tmp_path / split / "a" / f"v{length}", pictures(length, length))
    for train in (False, True):
        dataset = ClipDataset(str(tmp_path), "test", pipeline=pipeline("frames", train=train))
        for clip, length in zip(dataset, (1, 3, 8)):
            number = ((clip["inputs"].float().mean((0, 1, 3, 4)) - 23.5) / 10).round()
            assert clip["inputs"].shape[2] == 8 and (number.diff() >= 0).all()
            assert number.min() >= 0 and number.max() <= length - 1


def test_ssv2_mini(shared):
    folder = str(shared / "data" / "ssv2_mini")
    dataset = ClipDataset(folder, "val", pipeline=clip_pipeline("frames", 8, 224, train=False, query=False))
    clip = dataset[0]
    assert len(dataset) == 50 and clip["inputs"].shape == (1, 3, 8, 224, 224)
    path = sorted(Path(dataset.videos[0].path).glob("*.jpg"))[0]
    first = cv2.imread(str(path))[16:240, 16:240, ::-1]
    assert np.array_equal(clip["inputs"][0, :, 0].permute(1, 2, 0).numpy(), first)


def test_episode_order_and_labels(folders):
    dataset = episodes(folders["video"])
    assert isinstance(dataset, EpisodeDataset) and len(dataset) == 50
    labels = [video.label for video in dataset.videos]
    support, query = training_episode(labels, dataset.protocol, 7)
    samples = [clip["data_samples"] for clip in dataset[7]]
    assert [s.video_index for s in samples] == [*support.ravel(), *query.ravel()]
    assert [s.role for s in samples] == ["support"] * 6 + ["query"] * 3
    assert [s.episode_label for s in samples] == [0, 0, 1, 1, 2, 2, 0, 1, 2]
    assert [s.gt_label.item() for s in samples] == [labels[s.video_index] for s in samples]
    assert all(s.episode == 7 and s.video_id == dataset.videos[s.video_index].id for s in samples)


def test_an_episode_is_a_function_of_seed_and_index(folders):
    def pixels(dataset, index):
        return torch.stack([clip["inputs"] for clip in dataset[index]])

    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    first = episodes(folders["video"])
    expected = pixels(first, 4)
    random.seed(2), np.random.seed(2), torch.manual_seed(2)
    second = episodes(folders["video"])
    pixels(second, 3)
    assert torch.equal(pixels(second, 4), expected)
    assert not torch.equal(pixels(episodes(folders["video"], seed=6), 4), expected)


def test_the_global_generators_are_left_alone(folders):
    dataset = episodes(folders["video"])
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    expected = random.random(), np.random.rand(), torch.rand(1).item()
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    dataset[0]
    assert (random.random(), np.random.rand(), torch.rand(1).item()) == expected


def test_workers_and_collation(folders):
    dataset = episodes(folders["video"])
    batches = [
        list(DataLoader(torch.utils.data.Subset(dataset, [0, 1, 2, 3]), 2, num_workers=n, collate_fn=episode_collate))
        for n in (0, 2)
    ]  # fmt: skip
    for here, there in zip(*batches):
        assert len(here["inputs"]) == len(here["data_samples"]) == 2 * 9
        assert all(torch.equal(a, b) for a, b in zip(here["inputs"], there["inputs"]))
        assert [s.episode for s in here["data_samples"]] == [s.episode for s in there["data_samples"]]


def broken(kind: str, path: Path) -> str:
    """Break one video in the way ``kind`` names; returns the path that the message has to name."""
    content = path.read_bytes()
    if kind == "missing":
        path.unlink()
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "garbage":
        path.write_bytes(b"not a video " * 500)
    elif kind == "truncated":
        path.write_bytes(content[: len(content) // 2])
    elif kind == "damaged":
        third = len(content) // 3
        path.write_bytes(content[:third] + bytes(third) + content[2 * third :])
    return str(path)


# One case with a worker: torch takes 5 s to end a worker that raised.
UNREADABLE = [
    *((kind, 0) for kind in ("missing", "empty", "garbage", "truncated", "damaged")),
    ("damaged", 1),
]


@pytest.mark.parametrize(("kind", "workers"), UNREADABLE)
def test_unreadable_video(tmp_path, capfd, kind, workers):
    folder = tmp_path / "data"
    for split in ("train", "val", "test"):
        (folder / split / "a").mkdir(parents=True)
        write_video(folder / split / "a" / "v.mp4", pictures(0))
    dataset = ClipDataset(str(folder), "test", pipeline=pipeline())
    path = broken(kind, folder / "test" / "a" / "v.mp4")
    with pytest.raises(UserError) as caught:
        next(iter(DataLoader(dataset, num_workers=workers, collate_fn=list)))
    message = str(caught.value)
    assert path in message and "\n" not in message and "Traceback" not in message
    assert capfd.readouterr().err == ""


def test_unreadable_frame(tmp_path, folders):
    for split in ("train", "val", "test"):
        (tmp_path / split / "a").mkdir(parents=True)
        write_frames(tmp_path / split / "a" / "v", pictures(0))
    dataset = ClipDataset(str(tmp_path), "test", pipeline=pipeline("frames"))
    frame = tmp_path / "test" / "a" / "v" / "00001.jpg"
    frame.write_bytes(b"no picture")
    with pytest.raises(UserError, match=r"00001\.jpg"):
        dataset[0]


def test_too_many_videos_asked_of_a_class(folders):
    with pytest.raises(UserError, match=r"needs 5 videos.*class 'class0' has 4"):
        episodes(folders["video"], shot=4)
    with pytest.raises(UserError, match="unknown split 'dev'"):
        ClipDataset(folders["video"], "dev", pipeline=pipeline())


def types(**arguments):
    return [
        t["type"]
        for t in clip_pipeline(**{"kind": "video", "frames": 8, "train": True, "query": True, **arguments})
    ]


def test_pipelines():
    resize = {
        size: [t for t in pipeline(size=size, train=True) if t["type"] == "Resize"] for size in (48, 224)
    }
    assert resize[224][0]["scale"] == (256, 256) and resize[48][0]["scale"] == (54, 54)
    assert "RandomCrop" in types(size=224) and "CenterCrop" in types(size=224, train=False)
    assert not {"RandomCrop", "CenterCrop"} & set(types(size=48, train=False))
    assert not {"RandomCrop", "CenterCrop"} & set(types(size=224, resize=224))
    assert not {"Flip", "ClipColorJitter"} & set(types(size=224))
    assert {"Flip", "ClipColorJitter"} <= set(types(size=224, flip=0.5, jitter=True))
    assert not {"Flip", "ClipColorJitter"} & set(types(size=224, flip=0.5, jitter=True, query=False))
    assert not {"Flip", "ClipColorJitter"} & set(types(size=224, flip=0.5, jitter=True, train=False))


def test_a_video_that_breaks_in_the_middle_of_training_is_named(tmp_path):
    """The episode keeps its videos: it fails, and the next ones are what they were."""
    dataset = episodes(str(make(tmp_path / "data", "video")))
    whole = [clip["data_samples"].video_id for clip in dataset[1]]
    path = Path(dataset.videos[dataset[0][0]["data_samples"].video_index].path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(UserError, match=path.name):
        dataset[0]
    if path.stem not in {Path(id_).stem for id_ in whole}:
        assert [clip["data_samples"].video_id for clip in dataset[1]] == whole
