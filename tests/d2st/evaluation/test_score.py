import sys

import numpy as np
import pandas as pd
import pytest
import torch

from d2st.data.video import Video
from d2st.episodes import Manifest, Protocol
from d2st.evaluation import accuracy, score
from d2st.heads import build_head

VIDEOS = [Video(f"{c}/{v}", "", i, c) for i, c in enumerate("abcdef") for v in range(8)]
COLUMNS = ["episode", "query_video", "support_videos", "class", "predicted", "correct", "margin"]


def features(seed: int = 0) -> torch.Tensor:
    return torch.randn(len(VIDEOS), 4, 16, generator=torch.Generator().manual_seed(seed))


def table(
    shot: int = 2, queries: int = 1, batch: int | None = None, episodes: int = 30
) -> tuple[Manifest, pd.DataFrame]:
    manifest = Manifest.draw(VIDEOS, Protocol(way=3, shot=shot, queries=queries, episodes=episodes))
    return manifest, score(build_head("bimhm"), features(), manifest, batch)


@pytest.mark.parametrize(("shot", "queries"), [(1, 1), (2, 1), (1, 2)])
def test_every_row_is_what_the_head_says_of_its_query(shot: int, queries: int):
    manifest, rows = table(shot, queries)
    head, labels = build_head("bimhm"), torch.arange(3).repeat_interleave(shot)
    assert list(rows.columns) == COLUMNS and len(rows) == 30 * 3 * queries
    assert (
        rows["episode"].dtype == np.int32
        and rows["margin"].dtype == np.float32
        and rows["correct"].dtype == bool
    )
    place = {video.id: i for i, video in enumerate(VIDEOS)}
    for row in rows.rename(columns={"class": "told"}).itertuples():
        support = [place[v] for v in row.support_videos]
        classes = [VIDEOS[support[i]].class_name for i in range(0, 3 * shot, shot)]
        logits = head(features()[support], labels, features()[[place[row.query_video]]])[0]
        true = classes.index(VIDEOS[place[row.query_video]].class_name)
        others = torch.cat([logits[:true], logits[true + 1 :]])
        assert row.told == classes[true]
        assert row.predicted == classes[int(logits.argmax())]
        assert row.correct == (int(logits.argmax()) == true)
        assert row.margin == pytest.approx(float(logits[true] - others.max()), abs=1e-5)
    assert (rows["episode"] == np.repeat(np.arange(30), 3 * queries)).all()
    assert (rows["query_video"] == [VIDEOS[i].id for i in manifest.query.reshape(-1)]).all()


def test_batch_size_changes_nothing_that_is_decided():
    a, b = table(batch=None)[1], table(batch=7)[1]
    pd.testing.assert_frame_equal(a, b, check_exact=False, atol=1e-5)


def test_embedding_once_or_in_every_episode_is_the_same(monkeypatch: pytest.MonkeyPatch):
    head = build_head({"type": "trx", "width": 8}, dim=16).eval()
    manifest = Manifest.draw(VIDEOS, Protocol(way=3, shot=2, episodes=20))
    once = score(head, features(), manifest)
    monkeypatch.setattr(sys.modules[score.__module__], "STORE_BYTES", 0)
    pd.testing.assert_frame_equal(once, score(head, features(), manifest), check_exact=False, atol=1e-5)


def test_features_that_tell_the_class_are_always_right_and_equal_ones_at_chance():
    manifest = Manifest.draw(VIDEOS, Protocol(way=3, shot=1, episodes=200))
    told = torch.eye(6)[[video.label for video in VIDEOS]][:, None].expand(-1, 4, -1)
    assert accuracy(score(build_head("bimhm"), told, manifest)) == (100.0, 0.0)
    same = torch.ones(len(VIDEOS), 4, 6)
    assert accuracy(score(build_head("bimhm"), same, manifest))[0] == pytest.approx(100 / 3)


def test_every_place_of_an_episode_takes_one_of_its_videos_views():
    manifest = Manifest.draw(VIDEOS, Protocol(way=3, shot=2, queries=2, episodes=40))
    once = score(build_head("bimhm"), features(), manifest)
    pd.testing.assert_frame_equal(
        once, score(build_head("bimhm"), features().repeat_interleave(3, 0), manifest, views=3)
    )
    # One view says the video's class and the other says nothing: right where both sides took the first, as one in four does.
    told = torch.eye(6)[[video.label for video in VIDEOS]][:, None]
    silent = torch.zeros(6).expand_as(told)
    manifest = Manifest.draw(VIDEOS, Protocol(way=2, shot=1, episodes=4000))
    rows = score(build_head("bimhm"), torch.stack([told, silent], 1).flatten(0, 1), manifest, views=2)
    assert (rows["margin"] > 0.5).mean() == pytest.approx(1 / 4, abs=0.02)
    assert (rows["margin"] < -0.5).mean() == 0


def test_rows_of_videos_that_no_episode_needs_are_not_read():
    manifest = Manifest.draw(VIDEOS, Protocol(way=3, shot=1, episodes=1))
    spoilt = features()
    spoilt[[i for i in range(len(VIDEOS)) if i not in set(manifest.needed)]] = torch.nan
    assert np.isfinite(score(build_head("bimhm"), spoilt, manifest)["margin"]).all()


def test_accuracy_is_the_mean_over_episodes_with_its_interval():
    rows = pd.DataFrame({"episode": [0, 0, 1, 1, 2, 2], "correct": [True, True, True, False, False, False]})
    mean, half = accuracy(rows)
    assert mean == 50.0
    assert half == pytest.approx(1.96 * 50 / np.sqrt(3))
