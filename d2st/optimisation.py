"""What is optimised, and at which rate."""

import math
from typing import Any

from mmaction.registry import OPTIM_WRAPPER_CONSTRUCTORS, OPTIM_WRAPPERS, OPTIMIZERS, PARAM_SCHEDULERS
from mmengine.logging import print_log
from mmengine.model import is_model_wrapper
from mmengine.optim import OptimWrapper, _ParamScheduler
from torch import nn


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class TunedOptimizer:
    """Builds the optimiser over what is tuned: weight decay only for weights of linear and convolution layers.

    Biases, norms, tokens and embeddings are not decayed.
    """

    def __init__(self, optim_wrapper_cfg: dict[str, Any], paramwise_cfg: Any = None) -> None:
        self.wrapper = dict(optim_wrapper_cfg)
        self.optimizer = dict(self.wrapper.pop("optimizer"))

    def __call__(self, model: nn.Module) -> OptimWrapper:
        """The optimiser's wrapper for ``model``, which may be wrapped for distributed training."""
        model = model.module if is_model_wrapper(model) else model
        layers = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
        decayed = {id(module.weight) for module in model.modules() if isinstance(module, layers)}
        tuned = [p for p in model.parameters() if p.requires_grad]
        groups: list[dict[str, Any]] = [
            {"params": [p for p in tuned if id(p) in decayed]},
            {"params": [p for p in tuned if id(p) not in decayed], "weight_decay": 0.0},
        ]
        count = sum(p.numel() for p in tuned)
        print_log(f"tuning {count:,} parameters in {len(tuned)} tensors", logger="current")
        optimizer = OPTIMIZERS.build(
            {**self.optimizer, "params": [group for group in groups if group["params"]]}
        )
        return OPTIM_WRAPPERS.build({"type": "OptimWrapper", **self.wrapper, "optimizer": optimizer})


@PARAM_SCHEDULERS.register_module()
class WarmupCosineLR(_ParamScheduler):
    """Linear from a tenth of the rate up to it, then a half cosine down to zero at the run's end.

    One scheduler instead of MMEngine's two in a row, so that another ``train_cfg.max_iters`` moves both parts.

    Args:
        warmup: share of the iterations, 0 to 1.
        schedule: those of MMEngine's schedulers; the runner gives ``optimizer`` and ``end``.
    """

    def __init__(self, optimizer: Any, warmup: float = 0.05, **schedule: Any) -> None:
        self.warmup = warmup
        super().__init__(optimizer, "lr", **schedule)

    def _get_value(self) -> list[float]:
        step, total = self.last_step - self.begin, self.end - self.begin
        rise = int(self.warmup * total)
        if step < rise:
            factor = 0.1 + 0.9 * step / rise
        else:
            factor = (1 + math.cos(math.pi * (step - rise) / (total - rise))) / 2
        return [base * factor for base in self.base_values]
