"""The learning rate's course: warm-up and cosine, or warm-up and steps as the official D2ST code has them.

One scheduler each instead of several of MMEngine's in a row, so that another ``train_cfg.max_iters`` moves all parts.
"""

import math
from collections.abc import Sequence
from typing import Any

from mmaction.registry import PARAM_SCHEDULERS
from mmengine.optim import _ParamScheduler


class _WarmupLR(_ParamScheduler):
    """Linear from ``start`` of the rate to its first full value over the share ``warmup`` of the iterations.

    Args:
        warmup: share of the iterations, 0 to 1.
        start: factor of the rate in the first iteration.
        schedule: those of MMEngine's schedulers; the runner gives ``optimizer`` and ``end``.
    """

    def __init__(self, optimizer: Any, warmup: float = 0.05, start: float = 0.1, **schedule: Any) -> None:
        self.warmup, self.start = warmup, start
        super().__init__(optimizer, "lr", **schedule)

    def factor(self, step: int, total: int) -> float:
        """Of the rate in iteration ``step``, counted from 0, of ``total``."""
        raise NotImplementedError

    def _get_value(self) -> list[float]:
        factor = self.factor(self.last_step - self.begin, self.end - self.begin)
        return [base * factor for base in self.base_values]


@PARAM_SCHEDULERS.register_module()
class WarmupCosineLR(_WarmupLR):
    """Linear from a tenth of the rate up to it, then a half cosine down to zero at the run's end."""

    def factor(self, step: int, total: int) -> float:
        """See :class:`_WarmupLR`."""
        rise = int(self.warmup * total)
        if step < rise:
            return self.start + (1 - self.start) * step / rise
        return (1 + math.cos(math.pi * (step - rise) / (total - rise))) / 2


@PARAM_SCHEDULERS.register_module()
class WarmupStepsLR(_WarmupLR):
    """Linear warm-up, then factors of the rate from certain tenths of the run ("epochs") on; facts 2.4 and 2.5.

    Args:
        course: pairs of the tenth from which on, and the factor; the first from 0.
    """

    def __init__(self, optimizer: Any, course: Sequence[tuple[float, float]], **warmup: Any) -> None:
        self.course = [(float(tenth), float(factor)) for tenth, factor in course]
        super().__init__(optimizer, **warmup)

    def factor(self, step: int, total: int) -> float:
        """See :class:`_WarmupLR`."""
        rise = self.warmup * total
        if step < rise:
            return self.start + (self._at(10 * self.warmup) - self.start) * step / rise
        return self._at(10 * step / total)

    def _at(self, epoch: float) -> float:
        return [factor for tenth, factor in self.course if tenth <= epoch][-1]
