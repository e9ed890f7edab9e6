"""Order sensitivity: what a shuffled and a reversed clip are, and that they are measured where they have to be."""

from pathlib import Path

import numpy as np
import pytest
import torch

from d2st import UserError
from d2st.evaluation import score
from d2st.evaluation.orders import ORDERS, REVERSED, SHUFFLED, checked, permutation
from d2st.heads import build_head
from tests.d2st import toy


def test_a_permutation_is_one_of_its_own_and_never_the_identity():
    for frames in (2, 3, 8):
        drawn = [permutation(SHUFFLED, frames, seed, video) for seed in (0, 1) for video in range(60)]
        for places in drawn:
            assert sorted(places) == list(range(frames))
            assert (places != np.arange(frames)).any()
        assert len({tuple(places) for places in drawn}) == {2: 1, 3: 5}.get(frames, len(drawn))
    assert (permutation(SHUFFLED, 8, 3, 4) == permutation(SHUFFLED, 8, 3, 4)).all()
    differ = [permutation(SHUFFLED, 8, seed, video).tolist() for seed in (0, 1) for video in range(50)]
    assert len({tuple(places) for places in differ}) > 95
    assert permutation(REVERSED, 4, 0, 9).tolist() == [3, 2, 1, 0]


def test_what_has_no_other_order_is_refused():
    with pytest.raises(ValueError, match="1 frame"):
        permutation(SHUFFLED, 1, 0, 0)
    with pytest.raises(UserError, match=r"unknown order of frames 'sorted'; known: shuffled, reversed"):
        checked(["sorted"])
    assert checked([REVERSED, SHUFFLED, REVERSED]) == [SHUFFLED, REVERSED]


def ordered_runner(tmp_path: Path, model: dict, **options):
    cfg = {**toy.config(tmp_path)["test_cfg"], "orders": ORDERS, "order_seed": 5}
    return toy.runner(tmp_path, model=model, load_from="untrained", test_cfg=cfg, **options)


def features_of(runner, reorder=None) -> torch.Tensor:
    clips = torch.stack([item["inputs"] for item in runner.test_loop.dataloader.dataset]).float() / 127.5 - 1
    if reorder:
        clips = torch.stack([clip[:, :, reorder(i)] for i, clip in enumerate(clips)])
    with torch.no_grad():
        return runner.model.extract_feat(clips)


@pytest.mark.parametrize("head", ["otam", {"type": "strm", "width": 8}])
@pytest.mark.parametrize("method", ["st_adapter", "frozen"])
def test_both_orders_are_those_of_reordered_clips(tmp_path: Path, method: str, head, monkeypatch):
    monkeypatch.setattr(toy, "FRAMES", 3)
    torch.manual_seed(1)
    runner = ordered_runner(tmp_path, {**toy.model(method), "head": head})
    with torch.no_grad():
        for parameter in runner.model.backbone.parameters():
            parameter.add_(0.02 * torch.randn_like(parameter))
    metrics = runner.test()
    loop, still = runner.test_loop, features_of(runner)
    shuffled = features_of(runner, lambda i: permutation(SHUFFLED, 3, 5, i))
    backwards = features_of(runner, lambda i: [2, 1, 0])
    if runner.model.head.needs_maps:
        still, shuffled, backwards = (runner.model.head.embed(x) for x in (still, shuffled, backwards))
    encoded = loop.encode().features
    for order, expected in zip(("in order", *ORDERS), (still, shuffled, backwards)):
        torch.testing.assert_close(encoded[order], expected, atol=1e-4, rtol=1e-4)
    for name, manifest in loop.manifests.items():
        alone = score(runner.model.head, encoded["in order"], manifest)
        columns = ["correct_shuffled", "correct_reversed"]
        assert loop.tables[name].drop(columns=columns).equals(alone)
        both = score(runner.model.head, encoded[SHUFFLED], manifest)
        queries = score(runner.model.head, encoded["in order"], manifest, query_features=encoded[REVERSED])
        assert (loop.tables[name]["correct_shuffled"] == both["correct"]).all()
        assert (loop.tables[name]["correct_reversed"] == queries["correct"]).all()
        for column in columns:
            assert metrics[f"{name}/{column.replace('correct', 'accuracy')}"] == pytest.approx(
                100 * loop.tables[name][column].mean()
            )


def test_a_video_is_decoded_once_whatever_the_orders(tmp_path: Path, monkeypatch):
    decoded = []
    read = toy.ToyClips.__getitem__
    monkeypatch.setattr(toy.ToyClips, "__getitem__", lambda self, i: decoded.append(i) or read(self, i))
    ordered_runner(tmp_path, toy.model("st_adapter")).test()
    assert sorted(decoded) == list(range(toy.CLASSES * toy.EACH))


def test_clips_of_one_frame_have_no_other_order(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(toy, "FRAMES", 1)
    runner = ordered_runner(tmp_path, toy.model("frozen"))
    metrics = runner.test()
    assert runner.test_loop.orders == []
    assert not any("shuffled" in key for key in metrics)
    assert "correct_shuffled" not in runner.test_loop.tables["3way1shot"]


def test_order_free_heads_lose_nothing_and_ordered_ones_do():
    """Frames that tell the class by their order alone: a head that reads order is right, until they are shuffled."""
    from d2st.data.video import Video
    from d2st.episodes import Manifest, Protocol

    orders = [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]]
    videos = [Video(f"{c}/{v}", "", c, str(c)) for c in range(3) for v in range(6)]
    still = torch.eye(4)[torch.tensor([orders[video.label] for video in videos])]
    moved = torch.stack([clip[permutation(SHUFFLED, 4, 0, i)] for i, clip in enumerate(still)])
    manifest = Manifest.draw(videos, Protocol(way=3, shot=1, episodes=200))
    right = {
        head: [score(build_head(head), x, manifest)["correct"].mean() for x in (still, moved)]
        for head in ("otam", "bimhm")
    }
    assert right["otam"][0] == 1.0 and right["otam"][1] < 0.7
    assert right["bimhm"][0] == right["bimhm"][1]
    backwards = score(build_head("otam"), still, manifest, query_features=still.flip(1))["correct"]
    assert backwards.mean() < 0.7
    assert score(build_head("otam"), still.flip(1), manifest)["correct"].all()  # both reversed: as it was
