"""Episodic training with MMEngine: which episode a rank sees, a loop that can be interrupted anywhere.

Training episode ``i`` and the random numbers of iteration ``i`` are functions of the seed and ``i`` alone, so a run that was
interrupted and resumed reaches the same weights as one that was not.
"""

import random
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from mmaction.registry import DATA_SAMPLERS, HOOKS, LOOPS
from mmengine.dist import get_dist_info
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.registry import FUNCTIONS
from mmengine.runner import IterBasedTrainLoop
from torch import nn
from torch.utils.data import Dataset, Sampler

from d2st.errors import UserError

FRAGMENTS = ("trunk", "method", "head", "data", "schedule", "protocol", "run")


@DATA_SAMPLERS.register_module()
class EpisodeSampler(Sampler[int]):
    """Numbers of the training episodes: rank ``r`` of ``world`` takes ``r``, ``r + world``, ... from place ``start`` on.

    With ``same_on_ranks`` every rank takes all of them, as all GPUs of the official code draw the same (facts 2.6).
    """

    def __init__(self, dataset: Dataset[Any], seed: int | None = None, same_on_ranks: bool = False) -> None:
        share: tuple[int, int] = (0, 1) if same_on_ranks else get_dist_info()
        self.rank, self.world = share
        self.episodes = len(dataset)
        self.start = 0

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.episodes)[self.rank :: self.world][self.start :])

    def __len__(self) -> int:
        return len(range(self.episodes)[self.rank :: self.world])


def seed_iteration(seed: int, iteration: int, rank: int = 0) -> None:
    """Seed torch, numpy and ``random`` for one iteration on one rank."""
    words = np.random.SeedSequence([seed, iteration, rank]).generate_state(3)
    torch.manual_seed(int(words[0]))
    np.random.seed(int(words[1]))
    random.seed(int(words[2]))


@LOOPS.register_module()
class EpisodeTrainLoop(IterBasedTrainLoop):
    """Train for ``max_iters`` iterations of ``batch_size`` episodes on each rank.

    Takes up a resumed run at its iteration without decoding the episodes before it. Validates every ``val_interval``
    iterations from ``val_begin`` on, and after the last; a run that was interrupted while it validated does so again.

    With ``unused_half`` a single process decodes twice as many episodes and leaves every second half of a batch unused, as the
    official code does on one GPU (facts 2.6).

    Raises:
        UserError: the model has nothing to train, or the dataset has too few episodes for ``max_iters``.
    """

    def __init__(
        self,
        runner: Any,
        dataloader: dict[str, Any],
        max_iters: int,
        val_begin: int = 1,
        val_interval: int = 1000,
        unused_half: bool = False,
    ) -> None:
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        if model.tunes_nothing:
            raise UserError(
                f"method '{model.backbone.method}' tunes nothing, so there is nothing to train: "
                "test it as it is (mim test mmaction CONFIG --checkpoint untrained)"
            )
        if unused_half and get_dist_info()[1] == 1:
            halved = {"type": "first_half", "collate": dataloader["collate_fn"]["type"]}
            dataloader = {**dataloader, "batch_size": 2 * dataloader["batch_size"], "collate_fn": halved}
        super(IterBasedTrainLoop, self).__init__(runner, dataloader)
        needed = max_iters * self.dataloader.batch_size
        if needed > len(self.dataloader.sampler):
            raise UserError(
                f"{max_iters} iterations take {needed} episodes on each process, but the training protocol ends after "
                f"{len(self.dataloader.sampler)}: raise train_dataloader.dataset.protocol.episodes"
            )
        self._max_iters, self._max_epochs, self._iter, self._epoch = max_iters, 1, 0, 0
        self.val_begin, self.val_interval = val_begin, val_interval
        self.stop_training = False

    def run(self) -> nn.Module:
        """Train from the current iteration to the last; returns the model."""
        self.runner.call_hook("before_train")
        self.runner.call_hook("before_train_epoch")
        self.dataloader.sampler.start = self._iter * self.dataloader.batch_size
        batches = iter(self.dataloader)
        if self._iter and self.runner.val_loop is not None and self._validates_now():
            self.runner.val_loop.run()
        while self._iter < self._max_iters and not self.stop_training:
            self.runner.model.train()
            batch = next(batches)
            seed_iteration(self.runner.seed, self._iter, self.runner.rank)
            self.run_iter(batch)
            if self.runner.val_loop is not None and self._validates_now():
                self.runner.val_loop.run()
        self.runner.call_hook("after_train_epoch")
        self.runner.call_hook("after_train")
        return self.runner.model

    def _validates_now(self) -> bool:
        due = self._iter % self.val_interval == 0 or self._iter == self._max_iters
        return due and self._iter >= self.val_begin


@FUNCTIONS.register_module()
def first_half(batch: Sequence[Any], collate: str) -> Any:
    """The first half of a batch, put together by the function registered as ``collate``; the second half is dropped."""
    return FUNCTIONS.get(collate)(batch[: len(batch) // 2])


@HOOKS.register_module()
class FragmentGuard(Hook):
    """Refuses ``--cfg-options`` on a fragment, which was used up when the config was read and would change nothing."""

    def before_run(self, runner: Any) -> None:
        """Raise ``UserError`` if the runner's config has a fragment's key."""
        for name in FRAGMENTS:
            if name in runner.cfg:
                raise UserError(
                    f"--cfg-options {name}.* comes too late, the config has been put together from its fragments: override "
                    "the assembled key (e.g. train_cfg.max_iters, optim_wrapper.optimizer.lr) or edit the fragment"
                )
