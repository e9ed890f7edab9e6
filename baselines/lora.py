"""LoRA: a low-rank update beside chosen linear layers of each block, which can be merged into them for inference.

Source: Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", ICLR 2022; official code microsoft/LoRA
``loralib/layers.py`` (Linear, MergedLinear) at c4593f06. PEFT's LoRA sees timm's fused qkv as one layer and cannot leave
the keys out or give q and v a low-rank update each, hence code of our own.
"""

from collections.abc import Sequence
from math import sqrt

import torch
from einops import rearrange
from torch import Tensor, nn

from d2st.adaptation import Adaptation, Tuned, register_method
from d2st.errors import UserError
from d2st.trunks import ClipEncoder, ViTEncoder

#: target -> (the layer in a timm block, and which of the equal parts of its output)
TARGETS = {
    "q": ("attn.qkv", 0),
    "k": ("attn.qkv", 1),
    "v": ("attn.qkv", 2),
    "proj": ("attn.proj", 0),
    "fc1": ("mlp.fc1", 0),
    "fc2": ("mlp.fc2", 0),
}


class LowRank(nn.Module):
    """``scale * up down x`` for some of the ``blocks`` equal parts of a layer's output, zero for the others.

    Args:
        enabled: which parts, by index; each has a rank of its own.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        rank: int,
        scale: float,
        dropout: float,
        enabled: list[int],
        blocks: int,
    ) -> None:
        super().__init__()
        self.enabled, self.blocks, self.scale = enabled, blocks, scale
        self.down = nn.Parameter(torch.empty(len(enabled) * rank, inputs))
        self.up = nn.Parameter(torch.zeros(len(enabled) * (outputs // blocks), rank))
        self.dropout = nn.Dropout(dropout)
        nn.init.kaiming_uniform_(self.down, a=sqrt(5))

    def forward(self, x: Tensor) -> Tensor:
        """``(... i)`` to ``(... o)``."""
        narrow = rearrange(self.dropout(x) @ self.down.mT, "... (e r) -> ... e r", e=len(self.enabled))
        up = rearrange(self.up, "(e o) r -> e o r", e=len(self.enabled))
        parts = self.scale * torch.einsum("... e r, e o r -> ... e o", narrow, up)
        if len(self.enabled) < self.blocks:
            places = torch.tensor(self.enabled, device=x.device)
            parts = parts.new_zeros(*x.shape[:-1], self.blocks, up.shape[1]).index_copy(-2, places, parts)
        return rearrange(parts, "... b o -> ... (b o)")


class LoRALinear(nn.Module):
    """The trunk's linear layer with a low-rank update beside it."""

    def __init__(self, base: nn.Linear, lora: LowRank) -> None:
        super().__init__()
        self.base, self.lora = base, lora

    def forward(self, x: Tensor) -> Tensor:
        """``(... i)`` to ``(... o)``."""
        return self.base(x) + self.lora(x)

    @torch.no_grad()
    def merged(self) -> nn.Linear:
        """The base layer with the update added to its weight."""
        was, eye = self.lora.training, torch.eye(self.base.in_features).to(self.base.weight)
        self.base.weight += self.lora.eval()(eye).mT
        self.lora.train(was)
        return self.base


def merge(encoder: ClipEncoder) -> ClipEncoder:
    """Merge every low-rank update of ``encoder`` into its layer, in place: the frozen trunk's own cost at inference. What it
    tuned can then no longer be saved apart from the trunk."""
    for name, module in list(encoder.named_modules()):
        if isinstance(module, LoRALinear):
            encoder.set_submodule(name, module.merged())
    encoder.tunable_names = []
    return encoder.requires_grad_(False)


@register_method("lora", "LoRA")
class LoRA(Adaptation):
    """LoRA in every block of a ViT.

    Args:
        rank: of each target's update.
        targets: some of ``q``, ``k``, ``v``, ``proj`` (of the attention), ``fc1``, ``fc2`` (of the MLP).
        alpha: the update is scaled by ``alpha / rank``; by default ``rank``.
        dropout: on the update's input.

    Raises:
        UserError: unknown targets, or a rank below 1.
    """

    mixes_frames = False
    why = "its targets are the linear layers of attention and MLP, and no source defines it for this one"

    def __init__(
        self,
        rank: int = 8,
        targets: Sequence[str] = ("q", "v"),
        alpha: float | None = None,
        dropout: float = 0.0,
    ) -> None:
        if not targets or set(targets) - set(TARGETS):
            raise UserError(f"LoRA's targets are some of {', '.join(TARGETS)}; got {list(targets)}")
        if rank < 1:
            raise UserError(f"LoRA's rank is at least 1, got {rank}")
        self.rank, self.dropout = rank, dropout
        self.scale = 1.0 if alpha is None else alpha / rank
        self.layers: dict[str, list[int]] = {}
        for target in TARGETS:  # in the order of the layer's parts, whatever the order asked for
            if target in targets:
                self.layers.setdefault(TARGETS[target][0], []).append(TARGETS[target][1])

    def insert(self, encoder: ViTEncoder) -> Tuned:
        """See :meth:`Adaptation.insert`."""
        tuned = []
        for block in encoder.vit.blocks:
            for name, parts in self.layers.items():
                base = block.get_submodule(name)
                blocks = 3 if name == "attn.qkv" else 1
                lora = LowRank(
                    base.in_features, base.out_features, self.rank, self.scale, self.dropout, parts, blocks
                )
                block.set_submodule(name, LoRALinear(base, lora))
                tuned.append(lora)
        return tuned
