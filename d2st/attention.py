"""Anisotropic deformable spatio-temporal attention (aDSTA): all tokens attend to a few points of the clip, sampled at
learned offsets from a regular grid that is dense in space and sparse in time, or the reverse.

Source: D2ST-Adapter, ICCV 2025, figure 2d; official code ``models/base/adapter.py`` (ViT_ and ResNet_DeformAttention).
"""

from typing import NamedTuple

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from d2st.errors import UserError
from d2st.trunks.layout import ClipShape

Triple = tuple[int, int, int]


class Sampling(NamedTuple):
    """The offset network's depthwise convolution, ``(t, h, w)`` each: it decides how many points are sampled per axis."""

    kernel: Triple
    stride: Triple

    @staticmethod
    def of_points(points: Triple, grid: Triple) -> "Sampling":
        """The kernel and stride that cut ``grid`` into ``points``; on the official grids these are the official ones
        (facts 1.3: ⟨2,4,4⟩ of 8x14x14 gives kernel (4,5,5), stride (4,3,3)). Axes shorter than asked get all their tokens."""
        stride = [g // min(n, g) for n, g in zip(points, grid, strict=True)]
        kernel = [g - (min(n, g) - 1) * s for n, g, s in zip(points, grid, stride, strict=True)]
        return Sampling(tuple(kernel), tuple(stride))  # type: ignore[arg-type]

    def fits(self, grid: Triple) -> bool:
        """Whether the kernel lies inside the token grid."""
        return all(0 < k <= g for k, g in zip(self.kernel, grid, strict=True)) and all(
            s > 0 for s in self.stride
        )

    def points(self, grid: Triple) -> Triple:
        """Number of sampled points per axis.

        Raises:
            UserError: the kernel does not fit; the sentence says which sizes do.
        """
        if not self.fits(grid):
            raise UserError(
                f"kernel {self.kernel} with stride {self.stride} does not fit the token grid {grid} (frames, height, width): "
                f"kernels from (1, 1, 1) to {grid} with strides of at least 1 do"
            )
        t, h, w = ((g - k) // s + 1 for g, k, s in zip(grid, self.kernel, self.stride, strict=True))
        return t, h, w


class ChannelNorm(nn.LayerNorm):
    """LayerNorm over the channels of a volume ``(n c t h w)``."""

    def forward(self, x: Tensor) -> Tensor:
        return rearrange(super().forward(rearrange(x, "n c t h w -> n t h w c")), "n t h w c -> n c t h w")


class DeformableAttention(nn.Module):
    """One pathway's aDSTA. Every head has its own field of offsets; the offset network is shared by the heads.

    Args:
        dim: ``c``, channels of the tokens.
        heads: attention heads, which are also the groups of the sampled channels.
        grid: tokens of a clip, ``(t, h, w)``.
        sampling: kernel and stride of the offset network.
        reach: an offset may span ``reach`` cells of the reference grid's axis, at most half the clip (official: 2).
        deformable: whether there are offsets at all; else points stay on the reference grid.

    Raises:
        UserError: ``heads`` does not divide ``dim``, or the kernel does not fit the grid.
    """

    def __init__(
        self,
        dim: int,
        heads: int,
        grid: Triple,
        sampling: Sampling,
        reach: float = 2.0,
        deformable: bool = True,
    ) -> None:
        super().__init__()
        if heads < 1 or dim % heads:
            raise UserError(
                f"{heads} attention heads do not divide the adapter's {dim} channels; choose a divisor of {dim}"
            )
        self.heads, self.grid = heads, grid
        points, width = sampling.points(grid), dim // heads
        self.offsets = _offset_network(width, sampling) if deformable else None
        self.query, self.key, self.value, self.out = (nn.Linear(dim, dim) for _ in range(4))
        centres = [(torch.arange(n) + 0.5) * 2 / n - 1 for n in points]
        reference = torch.stack(torch.meshgrid(*centres, indexing="ij"))
        bound = torch.tensor([min(1.0, reach / n) for n in points])
        self.register_buffer("reference", reference, persistent=False)
        self.register_buffer("bound", rearrange(bound, "d -> d 1 1 1"), persistent=False)

    def positions(self, q: Tensor, shape: ClipShape) -> Tensor:
        """Where each head samples: ``(n g) 3 t h w`` in [-1, 1] units of the clip, axes in the order (t, h, w).

        Not clamped: points may leave the clip, where they read zeros. ``q`` are projected tokens ``((n t) l c)``.
        """
        if self.offsets is None:
            clips = len(q) // shape.t
            return self.reference.expand(clips * self.heads, -1, -1, -1, -1)
        raw = self.offsets(self._volume(q, shape))
        return self.reference + raw.tanh() * self.bound

    def sample(self, x: Tensor, positions: Tensor, shape: ClipShape) -> Tensor:
        """Trilinear features of ``x`` ``((n t) l c)`` at ``positions`` -> points ``(n p c)``."""
        grid = rearrange(positions.flip(1), "n xyz t h w -> n t h w xyz")  # grid_sample wants (x, y, z)
        # align_corners=True beside cell-centre references is what the official code does (facts 1.5, item 9)
        points = F.grid_sample(self._volume(x, shape), grid, mode="bilinear", align_corners=True)
        return rearrange(points, "(n g) c t h w -> n (t h w) (g c)", g=self.heads)

    def forward(self, x: Tensor, shape: ClipShape) -> Tensor:
        """Tokens ``((n t) l c)``, prefix tokens first -> tokens of the same shape.

        All tokens are queries; points are sampled among the patch tokens only, so prefix tokens are never keys.
        """
        q = self.query(x)
        points = self.sample(x, self.positions(q, shape), shape)
        q = rearrange(q, "(n t) l (g c) -> n g (t l) c", t=shape.t, g=self.heads)
        k, v = (
            rearrange(project(points), "n p (g c) -> n g p c", g=self.heads)
            for project in (self.key, self.value)
        )
        y = F.scaled_dot_product_attention(q, k, v)
        return self.out(rearrange(y, "n g (t l) c -> (n t) l (g c)", t=shape.t))

    @torch.no_grad()
    def look(self, x: Tensor, shape: ClipShape) -> tuple[Tensor, Tensor]:
        """What :meth:`forward` attends to, for drawings: positions ``(n g p 3)`` as in :meth:`positions`, and the weights
        ``(n g (t l) p)`` that sum to one over the points."""
        q = self.query(x)
        positions = self.positions(q, shape)
        k = rearrange(self.key(self.sample(x, positions, shape)), "n p (g c) -> n g p c", g=self.heads)
        q = rearrange(q, "(n t) l (g c) -> n g (t l) c", t=shape.t, g=self.heads)
        weights = (q @ k.mT * q.shape[-1] ** -0.5).softmax(-1)
        return rearrange(positions, "(n g) d t h w -> n g (t h w) d", g=self.heads), weights

    def _volume(self, tokens: Tensor, shape: ClipShape) -> Tensor:
        patches = tokens[:, shape.prefix :]
        return rearrange(patches, "(n t) (h w) (g c) -> (n g) c t h w", t=shape.t, h=shape.h, g=self.heads)


def _offset_network(width: int, sampling: Sampling) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv3d(width, width, sampling.kernel, sampling.stride, groups=width),
        ChannelNorm(width),
        nn.GELU(),
        nn.Conv3d(width, 3, 1, bias=False),
    )
