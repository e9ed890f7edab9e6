"""Support and query from different longer videos; the same list of episodes as ever where that is not asked for."""

import dataclasses

import numpy as np
import pytest

from d2st.data.video import Video
from d2st.episodes import Manifest, Pool, Protocol, training_episode
from d2st.errors import UserError


def videos_of(groups: dict[str, list[str]]) -> list[Video]:
    return [
        Video(f"{name}/{i:03d}", "nowhere", label, name, group)
        for label, (name, members) in enumerate(groups.items())
        for i, group in enumerate(members)
    ]


#: film occurs in two classes; class d is mostly of one source
GROUPS = {
    "a": [*"pppqqrrst", "film", "film"],
    "b": [*"uuvvvwwx", "film"],
    "c": [f"c{i // 3}" for i in range(20)],
    "d": ["d0"] * 30 + [f"d{i}" for i in range(1, 8)],
    "e": [f"e{i}" for i in range(9)],
}


def clashes(manifest: Manifest, videos: list[Video]) -> int:
    group = {video.id: video.group for video in videos}
    of = np.array([group[id_] for id_ in manifest.videos])
    return sum(
        bool(set(of[s].ravel()) & set(of[q].ravel())) for s, q in zip(manifest.support, manifest.query)
    )


@pytest.mark.parametrize(("way", "shot", "queries"), [(5, 1, 1), (5, 3, 1), (3, 2, 2)])
def test_no_group_on_both_sides(way, shot, queries):
    videos = videos_of(GROUPS)
    plain, disjoint = (
        Manifest.draw(videos, Protocol(way, shot, queries, 600, group_disjoint=on)) for on in (False, True)
    )
    assert clashes(plain, videos) > 60 and clashes(disjoint, videos) == 0
    labels = np.array(disjoint.labels)
    for support, query in zip(disjoint.support, disjoint.query):
        both = np.concatenate([support, query], -1)
        assert len(np.unique(both)) == way * (shot + queries)
        assert (labels[both] == labels[both][:, :1]).all()
    assert (disjoint.query == plain.query).all()  # classes and queries stay
    assert disjoint.hash != plain.hash


def test_shots_share_the_first_ones():
    one, three = (
        Manifest.draw(videos_of(GROUPS), Protocol(5, k, 1, 600, group_disjoint=True)) for k in (1, 3)
    )
    assert (one.query == three.query).all() and (one.support == three.support[..., :1]).all()


def test_support_is_uniform_over_what_is_left():
    manifest = Manifest.draw(videos_of(GROUPS), Protocol(2, 1, 1, 20000, group_disjoint=True))
    labels = np.array(manifest.labels)
    nine = np.bincount(manifest.support.ravel(), minlength=len(labels))[labels == 4]
    assert np.allclose(nine / nine.mean(), 1, atol=0.1)


def test_training_episodes():
    videos = videos_of(GROUPS)
    groups = np.array([video.group for video in videos])
    pool = Pool([v.label for v in videos], list(GROUPS), [v.group for v in videos])
    protocol = Protocol(5, 3, 1, group_disjoint=True)
    for index in range(100):
        support, query = training_episode(pool, protocol, index)
        assert not set(groups[support].ravel()) & set(groups[query].ravel())
        again = training_episode(pool, protocol, index)
        assert (again[0] == support).all() and (again[1] == query).all()
    plain = training_episode(pool, dataclasses.replace(protocol, group_disjoint=False), 7)
    assert (plain[0] == training_episode([v.label for v in videos], Protocol(5, 3, 1), 7)[0]).all()


def test_saved_and_loaded(tmp_path):
    manifest = Manifest.draw(videos_of(GROUPS), Protocol(5, 1, 1, 20, group_disjoint=True))
    manifest.save(tmp_path / "m.json")
    assert Manifest.load(tmp_path / "m.json").protocol.group_disjoint


@pytest.mark.parametrize(
    ("groups", "shot", "words"),
    [
        ({"a": ["x"] * 5, "b": [*"pqrst"]}, 1, "class 'a' has too few groups"),
        ({"a": ["x"] * 9 + ["y"], "b": [*"pqrst"]}, 2, "class 'a' has too few groups"),
        ({"a": ["film", "film", "x"], "b": ["film", "film", "y"]}, 1, ""),
    ],
)
def test_too_few_groups(groups, shot, words):
    protocol = Protocol(2, shot, 1, 50, group_disjoint=True)
    if not words:  # possible for each class, but not for every pair
        words = "beside the queries of episode"
    with pytest.raises(UserError, match=words):
        Manifest.draw(videos_of(groups), protocol)


def test_data_without_groups():
    videos = [dataclasses.replace(video, group=None) for video in videos_of(GROUPS)]
    with pytest.raises(UserError, match=r"hmdb51 and ucf101 do.*prepare_data\.py"):
        Manifest.draw(videos, Protocol(5, 1, 1, 5, group_disjoint=True))
    with pytest.raises(UserError, match="True or False"):
        Protocol(group_disjoint=1)


@pytest.mark.parametrize(("name", "split"), [("hmdb51", "train"), ("hmdb51", "test"), ("ucf101", "test")])
def test_real_lists_can_fill_it(shared, name, split):
    from d2st.data.origins import ORIGINS, entries, read_origin

    listed = entries(name, split, read_origin(ORIGINS[name][split], shared / "splits" / "origin"))
    videos = [Video(e.id, "", e.label, e.class_name, e.group) for e in listed]
    manifest = Manifest.draw(videos, Protocol(5, 5, 1, 1000, group_disjoint=True))
    assert clashes(manifest, videos) == 0
    assert clashes(Manifest.draw(videos, Protocol(5, 5, 1, 1000)), videos) > 100
