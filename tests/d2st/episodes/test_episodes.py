"""Episodes: disjoint, balanced, uniform, the same on every machine; manifests keep their hash."""

import json

import numpy as np
import pytest

from d2st.data.video import Video
from d2st.episodes import Manifest, Pool, Protocol, training_episode
from d2st.errors import UserError


def videos_of(counts) -> list[Video]:
    return [
        Video(f"{chr(97 + label)}/{i:03d}", "nowhere", label, chr(97 + label))
        for label, count in enumerate(counts)
        for i in range(count)
    ]


COUNTS = (7, 12, 6, 30, 9, 8, 17)


@pytest.mark.parametrize(("way", "shot", "queries"), [(5, 1, 1), (5, 5, 1), (3, 2, 4), (7, 1, 5), (2, 5, 1)])
def test_manifest(way, shot, queries):
    manifest = Manifest.draw(videos_of(COUNTS)[::-1], Protocol(way, shot, queries, 300, seed=3))
    assert manifest.support.shape == (300, way, shot) and manifest.query.shape == (300, way, queries)
    assert list(manifest.videos) == sorted(manifest.videos)
    labels = np.array(manifest.labels)
    both = np.concatenate([manifest.support, manifest.query], -1)
    for episode in both:
        assert len(np.unique(episode)) == way * (shot + queries)
        assert (labels[episode] == labels[episode][:, :1]).all()
        assert len(np.unique(labels[episode][:, 0])) == way
    assert manifest.needed.tolist() == sorted(set(both.ravel().tolist()))


def test_uniform():
    manifest = Manifest.draw(videos_of(COUNTS), Protocol(3, 2, 1, 20000))
    labels = np.array(manifest.labels)
    classes = np.bincount(labels[manifest.query[..., 0]].ravel()) / 60000
    assert np.allclose(classes, 1 / 7, atol=0.007)
    for indices in (manifest.query, manifest.support[..., 1]):
        share = np.bincount(indices.ravel(), minlength=len(labels)) * np.array(COUNTS)[labels]
        assert np.allclose(share / share.mean(), 1, atol=0.25)


def test_shots_share_queries():
    one, five = (Manifest.draw(videos_of(COUNTS), Protocol(5, shot, 1, 50)) for shot in (1, 5))
    assert (one.query == five.query).all() and (one.support == five.support[..., :1]).all()
    assert one.hash != five.hash


def test_fixed_for_ever():
    """The list of a seed is part of every stored result: it must not change with numpy or the machine."""
    manifest = Manifest.draw(videos_of(COUNTS), Protocol(5, 1, 1, 1000))
    assert manifest.hash == "0c18a258ba1b21f11506fa5db533759474a95a4fc7361ea0cb5bca89d8e5f327"


def test_hash_follows_content():
    videos = videos_of(COUNTS)
    base = Manifest.draw(videos, Protocol(5, 1, 1, 100))
    assert Manifest.draw(videos, Protocol(5, 1, 1, 100)).hash == base.hash
    assert Manifest.draw(videos, Protocol(5, 1, 1, 100, seed=1)).hash != base.hash
    moved = [Video(v.id, "elsewhere", v.label, v.class_name) for v in videos]
    assert Manifest.draw(moved, Protocol(5, 1, 1, 100)).hash == base.hash
    renamed = [Video(v.id + "x", v.path, v.label, v.class_name) for v in videos]
    assert Manifest.draw(renamed, Protocol(5, 1, 1, 100)).hash != base.hash


def test_save_and_load(tmp_path):
    manifest = Manifest.draw(videos_of(COUNTS), Protocol(5, 5, 1, 50))
    path = tmp_path / "deep" / "m.json"
    manifest.save(path)
    loaded = Manifest.load(path)
    assert loaded.hash == manifest.hash and loaded.protocol == manifest.protocol
    assert (loaded.support == manifest.support).all() and loaded.classes == manifest.classes
    assert [p.name for p in path.parent.iterdir()] == ["m.json"]

    content = json.loads(path.read_text())
    content["query"][0][0][0] += 1
    path.write_text(json.dumps(content))
    with pytest.raises(UserError, match="was changed"):
        Manifest.load(path)
    path.write_text("{")
    with pytest.raises(UserError, match="not an episode manifest"):
        Manifest.load(path)
    with pytest.raises(UserError, match="no episode manifest"):
        Manifest.load(tmp_path / "none.json")


def test_training_episode_depends_on_seed_and_index_alone():
    labels = [v.label for v in videos_of(COUNTS)]
    protocol = Protocol(5, 2, 3, seed=11)
    np.random.seed(1)
    support, query = training_episode(labels, protocol, 40)
    np.random.seed(2)
    again = training_episode(Pool(labels), protocol, 40)
    assert (support == again[0]).all() and (query == again[1]).all()
    assert support.shape == (5, 2) and query.shape == (5, 3)
    others = [training_episode(labels, protocol, i)[0].tolist() for i in range(39)]
    others.append(training_episode(labels, Protocol(5, 2, 3, seed=12), 40)[0].tolist())
    assert support.tolist() not in others


def test_refusals():
    with pytest.raises(UserError, match=r"needs 6 videos a class.*class 'c' has 4"):
        Manifest.draw(videos_of((9, 9, 4, 9)), Protocol(2, 5, 1, 10))
    with pytest.raises(UserError, match=r"needs 5 classes, and there are 4"):
        training_episode([v.label for v in videos_of((9, 9, 4, 9))], Protocol(), 0)
    for bad in ({"way": 0}, {"shot": -1}, {"queries": 1.5}, {"seed": -1}, {"episodes": "many"}):
        with pytest.raises(UserError, match=next(iter(bad))):
            Protocol(**bad)
