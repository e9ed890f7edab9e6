from pathlib import Path

import pytest
import torch
from mmengine.hooks import Hook

from d2st import UserError
from d2st.training import EpisodeSampler
from tests.d2st import toy


def tuned(runner) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in runner.model.state_dict().items()}


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return list(a) == list(b) and all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("method", ["d2st", "aim"])
def test_resumed_training_ends_with_the_same_weights_bit_for_bit(tmp_path: Path, method: str):
    whole = toy.runner(tmp_path / "whole", method)
    start = tuned(whole)
    whole.train()

    cut = toy.runner(tmp_path / "cut", method)
    cut.register_hook(Interrupt(4))
    with pytest.raises(KeyboardInterrupt):
        cut.train()
    resumed = toy.runner(tmp_path / "cut", method, resume=True)
    resumed.train()

    assert not same(start, tuned(whole))
    assert resumed.iter == whole.iter == 6
    assert same(tuned(whole), tuned(resumed))
    assert whole.train_dataloader.dataset.decoded == list(range(12))
    assert resumed.train_dataloader.dataset.decoded == list(
        range(6, 12)
    )  # nothing before the checkpoint again


class Interrupt(Hook):
    """Ends training like Ctrl-C, in iteration ``at``."""

    def __init__(self, at: int) -> None:
        self.at = at

    def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
        if batch_idx == self.at:
            raise KeyboardInterrupt


def test_weights_do_not_depend_on_workers_or_validation(tmp_path: Path):
    plain = toy.runner(tmp_path / "a", "aim", train_cfg={"type": "EpisodeTrainLoop", "max_iters": 3})
    plain.train()
    loader = {**toy.config(tmp_path)["train_dataloader"], "num_workers": 2}
    cfg = {"type": "EpisodeTrainLoop", "max_iters": 3, "val_interval": 1}
    other = toy.runner(tmp_path / "b", "aim", train_cfg=cfg, train_dataloader=loader)
    other.train()
    assert same(tuned(plain), tuned(other))


def test_gradient_accumulation_equals_a_larger_batch(tmp_path: Path):
    wrapper = {**toy.config(tmp_path)["optim_wrapper"], "optimizer": {"type": "SGD", "lr": 0.1}}
    whole = toy.runner(
        tmp_path / "a",
        optim_wrapper=wrapper,
        param_scheduler=None,
        train_cfg={"type": "EpisodeTrainLoop", "max_iters": 1},
    )
    whole.train()
    loader = {**toy.config(tmp_path)["train_dataloader"], "batch_size": 1}
    parts = toy.runner(
        tmp_path / "b",
        optim_wrapper={**wrapper, "accumulative_counts": 2},
        param_scheduler=None,
        train_dataloader=loader,
        train_cfg={"type": "EpisodeTrainLoop", "max_iters": 2},
    )
    parts.train()
    for name, value in tuned(whole).items():
        torch.testing.assert_close(value, tuned(parts)[name], msg=name)


def test_ranks_take_distinct_episodes_and_together_all():
    data = toy.ToyEpisodes(episodes=10)
    seen = []
    for rank in range(3):
        sampler = EpisodeSampler(data)
        sampler.rank, sampler.world = rank, 3
        assert len(list(sampler)) == len(sampler)
        seen.append(list(sampler))
        sampler.start = 2
        assert list(sampler) == seen[-1][2:]
    assert seen == [[0, 3, 6, 9], [1, 4, 7], [2, 5, 8]]


def test_frozen_has_nothing_to_train(tmp_path: Path):
    with pytest.raises(UserError, match=r"'frozen' tunes nothing.*--checkpoint untrained"):
        toy.runner(tmp_path, "frozen").train()


def test_too_few_episodes_are_refused_before_training(tmp_path: Path):
    with pytest.raises(UserError, match=r"take 400 episodes.*ends after 100"):
        toy.runner(tmp_path, train_cfg={"type": "EpisodeTrainLoop", "max_iters": 200}).train()


def test_overriding_a_fragment_is_refused(tmp_path: Path):
    with pytest.raises(UserError, match=r"--cfg-options schedule.*too late"):
        toy.runner(tmp_path, schedule={"episodes": 3}).train()
