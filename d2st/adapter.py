"""The D2ST adapter and its adaptation of a ViT: a bottleneck with a spatial and a temporal pathway behind every block.

Source: D2ST-Adapter, ICCV 2025, figure 2c; official code ``models/base/adapter.py`` (ViT_D2ST_Adapter, ViT_CLIP) at 44387fae.
"""

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from d2st.adaptation import Adaptation, Tuned, register_method
from d2st.attention import DeformableAttention, Sampling, Triple
from d2st.errors import UserError
from d2st.trunks.encoder import ClipShape
from d2st.trunks.vit import ClipBlock, ViTEncoder

#: sampling of the official ViT adapter, for 8 x 14 x 14 tokens: ⟨2,4,4⟩ and ⟨8,2,2⟩ points
OFFICIAL_SPATIAL = Sampling((4, 5, 5), (4, 3, 3))
OFFICIAL_TEMPORAL = Sampling((1, 7, 7), (1, 7, 7))


class D2STAdapter(nn.Module):
    """down, GELU, position convolution, two deformable pathways averaged, GELU, up (zero at first), GELU, residual.

    Args:
        dim: ``d``, width of the trunk.
        grid: tokens of a clip, ``(t, h, w)``.
        spatial, temporal: sampling of the two pathways.
        ratio: bottleneck width over ``dim``.
        heads: attention heads of each pathway.
    """

    def __init__(
        self,
        dim: int,
        grid: Triple,
        spatial: Sampling,
        temporal: Sampling,
        ratio: float = 0.25,
        heads: int = 4,
    ) -> None:
        super().__init__()
        width = int(dim * ratio)
        if width < 1:
            raise UserError(
                f"ratio {ratio} leaves no channel of the trunk's {dim}; choose at least {1 / dim:.4f}"
            )
        self.down = nn.Linear(dim, width)
        self.position = nn.Conv3d(width, width, 3, padding=1, groups=width)
        self.spatial_norm, self.temporal_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.spatial = DeformableAttention(width, heads, grid, spatial)
        self.temporal = DeformableAttention(width, heads, grid, temporal)
        self.up = nn.Linear(width, dim)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, x: Tensor, shape: ClipShape) -> Tensor:
        """Tokens ``((n t) l d)``, prefix tokens first -> tokens of the same shape."""
        z = self._positioned(F.gelu(self.down(x)), shape)
        spatial = z + self.spatial(self.spatial_norm(z), shape)
        temporal = z + self.temporal(self.temporal_norm(z), shape)
        return x + F.gelu(self.up(F.gelu((spatial + temporal) / 2)))

    def _positioned(self, z: Tensor, shape: ClipShape) -> Tensor:
        prefix, patches = z[:, : shape.prefix], z[:, shape.prefix :]
        volume = rearrange(patches, "(n t) (h w) c -> n c t h w", t=shape.t, h=shape.h)
        moved = rearrange(self.position(volume), "n c t h w -> (n t) (h w) c")
        return torch.cat([prefix, patches + moved], dim=1)


class D2STBlock(ClipBlock):
    """The trunk's block, then the adapter on its output."""

    def __init__(self, block: nn.Module, adapter: D2STAdapter) -> None:
        super().__init__(block)
        self.adapter = adapter

    def forward(self, x: Tensor, shape: ClipShape) -> Tensor:
        """Tokens ``((n t) l d)`` to tokens of the same shape."""
        return self.adapter(self.block(x), shape)


@register_method("d2st", "D²ST-Adapter")
class D2ST(Adaptation):
    """D2ST-Adapter behind every block of a ViT; also tunes the class token, a temporal embedding and the final norm,
    as the official code does (facts 1.4).

    Each pathway's points are given by ``*_kernel`` and ``*_stride`` of its offset network, or by ``*_points`` per axis,
    ``(t, h, w)``. Without either: the official kernels where the token grid is large enough for them to sample the official
    densities ⟨t/4, 4, 4⟩ and ⟨t, 2, 2⟩, else the kernels of these densities.

    Args:
        ratio: bottleneck width over the trunk's.
        heads: attention heads (and offset groups) of each pathway.

    Raises:
        UserError: when adapting, if a kernel does not fit the grid or ``heads`` does not divide the width.
    """

    def __init__(
        self,
        ratio: float = 0.25,
        heads: int = 4,
        spatial_points: Triple | None = None,
        temporal_points: Triple | None = None,
        spatial_kernel: Triple | None = None,
        spatial_stride: Triple | None = None,
        temporal_kernel: Triple | None = None,
        temporal_stride: Triple | None = None,
    ) -> None:
        self.ratio, self.heads = ratio, heads
        self._spatial = (spatial_points, spatial_kernel, spatial_stride)
        self._temporal = (temporal_points, temporal_kernel, temporal_stride)

    def insert(self, encoder: ViTEncoder) -> Tuned:
        """See :meth:`Adaptation.insert`."""
        grid = encoder.shape[:3]
        spatial = _sampling("spatial", *self._spatial, OFFICIAL_SPATIAL, (max(1, grid[0] // 4), 4, 4), grid)
        temporal = _sampling("temporal", *self._temporal, OFFICIAL_TEMPORAL, (grid[0], 2, 2), grid)
        vit = encoder.vit
        adapters = [
            D2STAdapter(vit.embed_dim, grid, spatial, temporal, self.ratio, self.heads)
            for _ in range(len(vit.blocks))
        ]
        for i, adapter in enumerate(adapters):
            vit.blocks[i] = D2STBlock(vit.blocks[i], adapter)
        class_token = [] if vit.cls_token is None else [vit.cls_token]
        return [*adapters, *class_token, encoder.add_temporal_embedding(), encoder.final_norm]


def _sampling(
    pathway: str,
    points: Triple | None,
    kernel: Triple | None,
    stride: Triple | None,
    official: Sampling,
    density: Triple,
    grid: Triple,
) -> Sampling:
    if points is not None and (kernel is not None or stride is not None):
        raise UserError(f"give {pathway}_points or {pathway}_kernel and {pathway}_stride, not both")
    if kernel is not None or stride is not None:
        return Sampling(tuple(kernel or official.kernel), tuple(stride or official.stride))  # type: ignore[arg-type]
    if points is not None:
        return Sampling.of_points(tuple(points), grid)  # type: ignore[arg-type]
    enough = official.fits(grid) and all(n >= d for n, d in zip(official.points(grid), density, strict=True))
    return official if enough else Sampling.of_points(density, grid)
