"""The D2ST adapter: a bottleneck with a spatial and a temporal pathway of deformable attention.

Source: D2ST-Adapter, ICCV 2025, figure 2c; official code ``models/base/adapter.py`` (ViT_ and ResNet_D2ST_Adapter) at 44387fae.
"""

from functools import reduce

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from d2st.attention import DeformableAttention, Sampling, Triple
from d2st.errors import UserError
from d2st.trunks.layout import ClipShape, on_volume


def bottleneck_width(dim: int, ratio: float) -> int:
    """``int(dim * ratio)``, the channels between down and up. Raises ``UserError`` if none is left."""
    width = int(dim * ratio)
    if width < 1:
        raise UserError(
            f"ratio {ratio} leaves no channel of the trunk's {dim}; choose at least {1 / dim:.4f}"
        )
    return width


class D2STAdapter(nn.Module):
    """down, position convolution, two deformable pathways (residual each) averaged, GELU, up (zero at first), residual.

    Args:
        dim: ``d``, width of the trunk.
        grid: tokens of a clip, ``(t, h, w)``.
        spatial, temporal: sampling of the two pathways; ``None`` leaves a pathway out.
        ratio: bottleneck width over ``dim``.
        heads: attention heads of each pathway.
        gelus: GELU also behind down and behind up: the official ViT form has them, the ResNet form has not.
        deformable: whether points move; else they stay on the reference grid and there is no offset network.
    """

    def __init__(
        self,
        dim: int,
        grid: Triple,
        spatial: Sampling | None,
        temporal: Sampling | None,
        ratio: float = 0.25,
        heads: int = 4,
        gelus: bool = True,
        deformable: bool = True,
    ) -> None:
        super().__init__()
        width = bottleneck_width(dim, ratio)
        self.down = nn.Linear(dim, width)
        self.position = nn.Conv3d(width, width, 3, padding=1, groups=width)
        self.pathways = [name for name, s in (("spatial", spatial), ("temporal", temporal)) if s is not None]
        for name, points in (("spatial", spatial), ("temporal", temporal)):
            if points is not None:
                attention = DeformableAttention(width, heads, grid, points, deformable=deformable)
                self.add_module(f"{name}_norm", nn.LayerNorm(width))
                self.add_module(name, attention)
        self.up = nn.Linear(width, dim)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)
        self.gelus = gelus

    def forward(self, x: Tensor, shape: ClipShape) -> Tensor:
        """Tokens ``((n t) l d)``, prefix tokens first -> tokens of the same shape."""
        z = self._outer(self.down(x))
        z = on_volume(z, shape, lambda volume: volume + self.position(volume))
        ways = [(getattr(self, f"{name}_norm"), getattr(self, name)) for name in self.pathways]
        seen = reduce(torch.add, (z + attention(norm(z), shape) for norm, attention in ways)) / len(ways)
        return x + self._outer(self.up(F.gelu(seen)))

    def _outer(self, z: Tensor) -> Tensor:
        return F.gelu(z) if self.gelus else z
