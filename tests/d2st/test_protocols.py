"""Every switch between the protocols ``paper`` and ``suite`` is seen to switch something."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.hooks import Hook

from d2st import UserError, training
from d2st.data.datasets import ClipDataset, EpisodeDataset
from d2st.experiment import assemble
from d2st.protocols import SWITCHES, parse_switch, settle, table
from tests.configs.test_configs import fragments
from tests.d2st import toy

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def assembled(embedded_cache: Any) -> Callable[..., dict[str, Any]]:
    """The config of configs/d2st_vit.py under a protocol: ``assembled("paper", views=1)``."""

    def build(
        protocol: str = "suite", schedule: dict[str, Any] | None = None, **switches: Any
    ) -> dict[str, Any]:
        changes = {"protocol": {"name": protocol, **switches}, "schedule": schedule or {}}
        return assemble(fragments(**changes), announce=False)

    return build


def test_the_page_holds_the_table():
    page = (ROOT / "docs" / "protocol.md").read_text()
    assert "\n".join(table()) in page, "write it anew: python -m d2st.protocols prints the table"


def test_suite_is_the_default_and_single_switches_may_differ():
    assert settle({}) == settle({"name": "suite"}) == {s.name: s.suite for s in SWITCHES}
    assert settle({"name": "paper"}) == {s.name: s.paper for s in SWITCHES}
    assert all(s.paper != s.suite for s in SWITCHES) and len(SWITCHES) == 9
    assert settle({"name": "paper", "views": 3, "unused_half": None}) == settle({"name": "paper"}) | {
        "views": 3
    }
    assert [parse_switch(t) for t in ("views=3", "unused_half=False", "frames=official")] == [
        ("views", 3),
        ("unused_half", False),
        ("frames", "official"),
    ]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"name": "papers"}, "unknown protocol 'papers'; known: paper, suite"),
        ({"view": 3}, "unknown switch 'view'; known: flip_directional, frames"),
        ({"views": 0}, "the switch 'views' takes a whole number of at least 1, not 0"),
        ({"views": True}, "the switch 'views' takes a whole number"),
        ({"frames": "odd"}, "the switch 'frames' takes even or official, not 'odd'"),
        ({"unused_half": 1}, "the switch 'unused_half' takes true or false, not 1"),
    ],
)
def test_wrong_ones_are_one_sentence(given: dict[str, Any], sentence: str):
    with pytest.raises(UserError, match=sentence):
        settle(given)


def clips(config: dict[str, Any]) -> ClipDataset:
    return ClipDataset(**{k: v for k, v in config["test_dataloader"]["dataset"].items() if k != "type"})


def test_views_are_readings_with_other_frames(assembled: Callable[..., dict[str, Any]]):
    one, three = clips(assembled()), clips(assembled(views=3))
    assert len(three) == 3 * len(one)
    readings = [three[i]["inputs"] for i in (0, 1, 2)]
    assert [three[i]["data_samples"].video_index for i in (0, 2, 3)] == [0, 0, 1]
    assert [three[i]["data_samples"].clip_index for i in (0, 2, 3)] == [0, 2, 3]
    assert not torch.equal(readings[0], readings[1]) and not torch.equal(readings[1], readings[2])
    assert torch.equal(three[1]["inputs"], readings[1])  # and always the same
    assert torch.equal(one[0]["inputs"], clips(assembled())[0]["inputs"])


def test_frames_are_chosen_as_officially(assembled: Callable[..., dict[str, Any]]):
    for name, kind in (("suite", "SegmentSample"), ("paper", "OfficialSample")):
        config = assembled(name)
        for part in ("support_pipeline", "query_pipeline"):
            assert config["train_dataloader"]["dataset"][part][1]["type"] == kind
        assert config["test_dataloader"]["dataset"]["pipeline"][1]["type"] == kind
    assert assembled("paper")["test_dataloader"]["dataset"]["pipeline"][1]["random"]
    assert not assembled("paper", views=1)["test_dataloader"]["dataset"]["pipeline"][1]["random"]


def test_ranks_draw_the_same_episodes(
    assembled: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
):
    seen = {}
    for name in ("suite", "paper"):
        options = {k: v for k, v in assembled(name)["train_dataloader"]["sampler"].items() if k != "type"}
        for rank in (0, 1):
            monkeypatch.setattr(training, "get_dist_info", lambda rank=rank: (rank, 2))
            seen[name, rank] = list(training.EpisodeSampler(toy.ToyEpisodes(6), **options))
    assert seen["suite", 0] == [0, 2, 4] and seen["suite", 1] == [1, 3, 5]
    assert seen["paper", 0] == seen["paper", 1] == [0, 1, 2, 3, 4, 5]


def test_validation_reads_the_test_list_and_chooses_nothing(assembled: Callable[..., dict[str, Any]]):
    validated = {"val_interval": 40}
    suite, paper = assembled("suite", validated), assembled("paper", validated)
    assert suite["val_dataloader"]["dataset"]["split"] == "val"
    assert suite["train_cfg"]["val_interval"] == 40
    assert suite["default_hooks"]["checkpoint"]["save_best"] == "5way1shot/accuracy"
    assert paper["val_dataloader"]["dataset"]["split"] == "test"
    assert paper["train_cfg"]["val_interval"] == paper["train_cfg"]["max_iters"]
    assert "save_best" not in paper["default_hooks"]["checkpoint"]
    assert "val_dataloader" not in assembled("paper", {"val_interval": 0})


def test_flips_of_directional_classes(assembled: Callable[..., dict[str, Any]]):
    def flips(config: dict[str, Any], part: str) -> list[dict[str, Any]]:
        return [t for t in config["train_dataloader"]["dataset"][part] if t["type"] == "Flip"]

    assert not flips(assembled(), "query_pipeline")
    for config in (assembled("paper"), assembled(flip_directional=True)):
        assert [t["flip_ratio"] for t in flips(config, "query_pipeline")] == [0.5]
        assert not flips(config, "support_pipeline")


def test_half_of_the_decoded_episodes_is_unused(tmp_path: Path):
    loop = {"type": "EpisodeTrainLoop", "max_iters": 2, "val_interval": 9}
    seen = {}
    for unused in (False, True):
        runner = toy.runner(tmp_path / str(unused), "aim", train_cfg={**loop, "unused_half": unused}, val_cfg=None,
                            val_dataloader=None, val_evaluator=None)  # fmt: skip
        runner.register_hook(Used(seen.setdefault(unused, [])))
        runner.train()
        seen[unused, "decoded"] = runner.train_dataloader.dataset.decoded
    assert seen[False] == [[0, 1], [2, 3]] and seen[False, "decoded"] == [0, 1, 2, 3]
    assert seen[True] == [[0, 1], [4, 5]] and seen[True, "decoded"] == list(range(8))


class Used(Hook):
    """Lists the episodes of every training step."""

    def __init__(self, seen: list[list[int]]) -> None:
        self.seen = seen

    def before_train_iter(self, runner: Any, batch_idx: int, data_batch: Any = None) -> None:
        self.seen.append(sorted({sample.episode for sample in data_batch["data_samples"]}))


def test_the_written_weight_decay_is_not_read(assembled: Callable[..., dict[str, Any]]):
    def decay(*arguments: Any, **switches: Any) -> float:
        return assembled(*arguments, **switches)["optim_wrapper"]["optimizer"]["weight_decay"]

    recipe = {"recipe": "paper", "episodes": None, "checkpoint_interval": None}
    assert decay("paper", recipe) == 1e-3  # what the official code uses
    assert decay("paper", recipe, unread_weight_decay=False) == 5e-4  # what its files say
    assert decay("suite", recipe) == 5e-4


def test_the_checkpoint_is_saved_before_the_last_step(
    assembled: Callable[..., dict[str, Any]], tmp_path: Path
):
    assert [assembled(name)["optim_wrapper"]["spare_last"] for name in ("suite", "paper")] == [False, True]
    kept = {}
    for spare in (False, True):
        wrapper = {**toy.config(tmp_path)["optim_wrapper"], "type": "EpisodeGradients", "spare_last": spare}
        hooks = {"checkpoint": {"type": "CheckpointHook", "by_epoch": False, "interval": 1}}
        runner = toy.runner(tmp_path / str(spare), "aim", optim_wrapper=wrapper, default_hooks=hooks,
                            train_cfg={"type": "EpisodeTrainLoop", "max_iters": 3}, val_cfg=None,
                            val_dataloader=None, val_evaluator=None)  # fmt: skip
        runner.train()
        for i in (2, 3):
            kept[spare, i] = torch.load(tmp_path / str(spare) / f"iter_{i}.pth", weights_only=True)[
                "state_dict"
            ]
    name = "backbone.temporal_embedding"
    assert torch.equal(kept[True, 3][name], kept[False, 2][name])
    assert not torch.equal(kept[False, 3][name], kept[False, 2][name])


def test_an_episode_with_a_broken_video_is_drawn_anew(
    assembled: Callable[..., dict[str, Any]], embedded_cache: dict[str, Path], monkeypatch: pytest.MonkeyPatch
):
    def episodes(name: str) -> EpisodeDataset:
        data = {k: v for k, v in assembled(name)["train_dataloader"]["dataset"].items() if k != "type"}
        return EpisodeDataset(**data | {"support_pipeline": [], "query_pipeline": []})

    def read(self: Any, video: Any, **meta: Any) -> tuple[str, int]:
        if video.id in broken:
            raise UserError(f"cannot read {video.id}")
        return video.id, video.label

    monkeypatch.setattr("d2st.data.datasets.Reader.__call__", read)
    broken: set[str] = set()
    suite, paper = episodes("suite"), episodes("paper")
    whole = paper[5]
    assert whole == suite[5]
    broken.add(whole[7][0])
    with pytest.raises(UserError, match="cannot read"):
        suite[5]
    again = paper[5]
    assert broken.isdisjoint(video for video, _ in again) and again == paper[5]
    assert [label for _, label in again] == [label for _, label in whole]
    broken.update(video.id for video in paper.videos)
    with pytest.raises(UserError, match="cannot read"):
        paper[5]


def test_seeds_of_the_switches_do_not_move_the_suite(assembled: Callable[..., dict[str, Any]]):
    """Training episodes are the same under both protocols, so that a difference is the switch's."""
    ids = []
    for name in ("suite", "paper"):
        data = assembled(name)["train_dataloader"]["dataset"]
        ids.append((data["protocol"], data["source"], data["split"]))
    assert ids[0] == ids[1] and np.iinfo(np.int32).max == ids[0][0]["episodes"]
