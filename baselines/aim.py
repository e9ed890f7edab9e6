"""AIM: the frozen self-attention is run a second time over the frames of each token; bottleneck adapters sit on the
temporal attention, on the spatial attention and beside the MLP.

Source: Yang et al., "AIM: Adapting Image Models for Efficient Video Action Recognition", ICLR 2023; official code
taoyang1122/adapt-image-models ``vit_clip.py`` at b3580d2d.
"""

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from d2st.adaptation import Adaptation, Tuned, register_method
from d2st.errors import UserError
from d2st.trunks import ClipBlock, ClipShape, ViTEncoder


class Bottleneck(nn.Module):
    """``W2 GELU(W1 z)`` with ``W2`` zero at first; ``skip`` adds ``z``."""

    def __init__(self, dim: int, ratio: float, skip: bool) -> None:
        super().__init__()
        self.skip = skip
        self.down, self.up = nn.Linear(dim, int(dim * ratio)), nn.Linear(int(dim * ratio), dim)
        nn.init.trunc_normal_(self.down.weight, std=0.02)
        for zero in (self.down.bias, self.up.weight, self.up.bias):
            nn.init.zeros_(zero)

    def forward(self, z: Tensor) -> Tensor:
        """``(... d)`` to ``(... d)``."""
        y = self.up(F.gelu(self.down(z)))
        return z + y if self.skip else y


class TokenDrop(nn.Module):
    """Stochastic depth as AIM's code applies it: on tensors with tokens in front, so it drops token places (of all
    frames and clips at once), not clips."""

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.probability = probability

    def forward(self, branch: Tensor) -> Tensor:
        """``(b l d)`` with some places ``l`` zeroed and the rest scaled up in train mode."""
        if not self.training or self.probability == 0:
            return branch
        keep = 1 - self.probability
        return (
            branch
            * torch.empty(branch.shape[1], 1, device=branch.device).bernoulli_(keep).to(branch.dtype)
            / keep
        )


class AIMBlock(ClipBlock):
    """One block of AIM: temporal adaptation, spatial adaptation, joint adaptation."""

    def __init__(
        self, block: nn.Module, dim: int, ratio: float, before: bool, scale: float, drop: float
    ) -> None:
        super().__init__(block)
        self.before_temporal = Bottleneck(dim, ratio, skip=True) if before else None
        self.temporal = Bottleneck(dim, ratio, skip=False)
        self.spatial = Bottleneck(dim, ratio, skip=True)
        self.joint = Bottleneck(dim, ratio, skip=False)
        self.scale, self.drop = scale, TokenDrop(drop)

    def inserted(self) -> list[nn.Module]:
        """All but the trunk's own block."""
        return [module for name, module in self.named_children() if name != "block"]

    def forward(self, x: Tensor, shape: ClipShape) -> Tensor:
        """Tokens ``((n t) l d)`` to tokens of the same shape."""
        z = self.block.norm1(x)
        z = z if self.before_temporal is None else self.before_temporal(z)
        over_time = self.attend(rearrange(z, "(n t) l d -> (n l) t d", t=shape.t))
        x = x + self.drop(self.temporal(rearrange(over_time, "(n l) t d -> (n t) l d", l=x.shape[1])))
        x = x + self.spatial(self.attend(self.block.norm1(x)))
        z = self.block.norm2(x)
        return x + self.perceive(z) + self.drop(self.scale * self.joint(z))


@register_method("aim", "AIM")
class AIM(Adaptation):
    """AIM in every block; also tunes a temporal embedding and the final norm, as its code does.

    Args:
        temporal_adapters: 1 as published for Kinetics and Diving48, 2 as for Something-Something v2.
        scale: weight of the adapter beside the MLP; by default 0.5 with one temporal adapter, 1.0 with two.
        ratio: bottleneck width over the trunk's.
        drop_path: stochastic depth of the last block's adapters, rising linearly from 0 in the first.

    Raises:
        UserError: ``temporal_adapters`` is neither 1 nor 2.
    """

    why = "AIM runs the trunk's own self-attention a second time, over the frames, and a ResNet has none"

    def __init__(
        self,
        temporal_adapters: int = 1,
        scale: float | None = None,
        ratio: float = 0.25,
        drop_path: float = 0.2,
    ) -> None:
        if temporal_adapters not in (1, 2):
            raise UserError(
                f"AIM has 1 temporal adapter a block (Kinetics) or 2 (SSv2), not {temporal_adapters}"
            )
        self.before, self.ratio, self.drop_path = temporal_adapters == 2, ratio, drop_path
        self.scale = scale if scale is not None else float(temporal_adapters) / 2

    def insert(self, encoder: ViTEncoder) -> Tuned:
        """See :meth:`Adaptation.insert`."""
        vit, tuned = encoder.vit, list[nn.Module]()
        last = max(1, len(vit.blocks) - 1)
        for i in range(len(vit.blocks)):
            drop = self.drop_path * (i / last)
            block = AIMBlock(vit.blocks[i], vit.embed_dim, self.ratio, self.before, self.scale, drop)
            vit.blocks[i] = block
            tuned += block.inserted()
        return [*tuned, encoder.add_temporal_embedding(), encoder.final_norm]
