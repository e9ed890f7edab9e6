"""What is optimised, by which optimiser, and what becomes of the gradients between two updates."""

from typing import Any

from mmaction.registry import OPTIM_WRAPPER_CONSTRUCTORS, OPTIM_WRAPPERS, OPTIMIZERS
from mmengine.logging import print_log
from mmengine.model import is_model_wrapper
from mmengine.optim import OptimWrapper
from torch import Tensor, nn

SPARED = ("bn", "norm")  # pieces of official names


class _Tuned:
    """Builds the optimiser over what is tuned; a subclass says which parameters are spared weight decay."""

    def __init__(self, optim_wrapper_cfg: dict[str, Any], paramwise_cfg: Any = None) -> None:
        self.wrapper = dict(optim_wrapper_cfg)
        self.optimizer = dict(self.wrapper.pop("optimizer"))

    def decayed(self, model: nn.Module) -> set[int]:
        """``id`` of every parameter of ``model`` with weight decay."""
        raise NotImplementedError

    def __call__(self, model: nn.Module) -> OptimWrapper:
        """The optimiser's wrapper for ``model``, which may be wrapped for distributed training."""
        model = model.module if is_model_wrapper(model) else model
        decayed = self.decayed(model)
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


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class TunedOptimizer(_Tuned):
    """Weight decay only for weights of linear and convolution layers: not for biases, norms, tokens and embeddings."""

    def decayed(self, model: nn.Module) -> set[int]:
        """See :class:`_Tuned`."""
        layers = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
        return {id(module.weight) for module in model.modules() if isinstance(module, layers)}


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class OfficialDecay(_Tuned):
    """Weight decay by name, as the official D2ST code: for all but parameters whose name contains "bn" or "norm" (facts 2.4).

    Its names are not ours. Of D2ST on a ViT it thus decays the norms before the two pathways (``s_ln``, ``t_ln``), ``ln_post``
    and the embeddings, and spares the norms in the offset networks; on a ResNet it spares the former too. Of a method that
    the official code lacks, our own names decide.
    """

    def decayed(self, model: nn.Module) -> set[int]:
        """See :class:`_Tuned`."""
        kind = model.backbone.kind if model.backbone.method == "d2st" else None
        named = ((official_name(name, kind), p) for name, p in model.named_parameters())
        return {id(p) for name, p in named if not any(piece in name for piece in SPARED)}


def official_name(name: str, kind: str | None) -> str:
    """A parameter's name in the official code, as far as its rule for weight decay reads it.

    Args:
        name: in a :class:`FewShotRecognizer`.
        kind: ``vit`` or ``resnet`` of a recogniser with D2ST; None leaves the name as it is.
    """
    if kind is None:
        return name
    if name.startswith("backbone.vit.norm."):
        return name.replace("backbone.vit.norm", "ln_post")
    if kind == "vit":
        name = name.replace(
            "_norm.", "_ln."
        )  # plain LayerNorms there, in wrappers with a ``norm`` on a ResNet
    return name.replace("offsets.1.", "conv_offset.1.norm.")


@OPTIM_WRAPPERS.register_module()
class EpisodeGradients(OptimWrapper):
    """Updates with the mean of the gradients of ``accumulative_counts`` iterations, as MMEngine.

    Args:
        spare_last: no update in the very last iteration: the weights that a checkpoint written ahead of it holds, as the
            official code does it (facts 1.5, item 15).
        wrapper: MMEngine's own arguments.
    """

    def __init__(self, *, spare_last: bool = False, **wrapper: Any) -> None:
        super().__init__(**wrapper)
        self.spare_last = spare_last

    def should_update(self) -> bool:
        """Whether this iteration ends in an update."""
        return self.due() and not (self.spare_last and self._inner_count == self._max_counts)

    def due(self) -> bool:
        """After every ``accumulative_counts`` iterations, and after the last."""
        return super().should_update()


@OPTIM_WRAPPERS.register_module()
class SummedGradients(EpisodeGradients):
    """Updates with the *sum* of ``factor`` times each loss's gradient.

    The official D2ST code backpropagates loss / 2 in every iteration and updates after every eighth, so that its coupled weight
    decay weighs less beside the gradient than with their mean (facts 2.4). Gradients behind the last full update are
    dropped, as there.

    Args:
        factor: of each loss.
        wrapper: of :class:`EpisodeGradients`.
    """

    def __init__(self, *, factor: float, **wrapper: Any) -> None:
        super().__init__(**wrapper)
        self.factor = factor

    def scale_loss(self, loss: Tensor) -> Tensor:
        """``loss`` times ``factor``, whatever the number of iterations between updates."""
        return loss * self.factor

    def due(self) -> bool:
        """After every ``accumulative_counts`` iterations."""
        return self._inner_count % self._accumulative_counts == 0
