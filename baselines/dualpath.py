"""DUALPATH: one frozen ViT used twice, on the frames with parallel adapters (spatial path) and on a mosaic of the frames
with serial adapters (temporal path).

Source: Park et al., "Dual-path Adaptation from Image to Video Transformers", CVPR 2023; official code park-jungin/DualPath
``CLIP_custom/clip/model.py`` and ``engine_finetune_clip.py`` at cc909245.
"""

from math import ceil, sqrt

import torch
from einops import rearrange, reduce, repeat
from torch import Tensor, nn
from torch.nn import functional as F

from d2st.adaptation import Adaptation, Tuned, register_method
from d2st.adapter import bottleneck_width
from d2st.errors import UserError
from d2st.trunks import ClipBlock, ClipShape, ViTEncoder

#: a mosaic's cells are numbered on a map with this many points a cell and axis, which is then resized to the token grid
POINTS_PER_CELL = 4


def mosaics(frames: Tensor, t: int, side: int, antialias: bool = False) -> Tensor:
    """Frames ``((n t) c h w)`` -> mosaics ``((n m) c h w)`` of ``side * side`` consecutive frames each, row by row; cells
    beyond the last frame are zero, the mean colour of normalised frames."""
    clips = rearrange(frames, "(n t) c h w -> n t c h w", t=t)
    clips = F.pad(clips, (0, 0, 0, 0, 0, 0, 0, -t % side**2))
    large = rearrange(clips, "n (m a b) c h w -> (n m) c (a h) (b w)", a=side, b=side)
    return F.interpolate(large, frames.shape[-2:], mode="bilinear", align_corners=False, antialias=antialias)


def cell_codes(
    count: int, side: int, grid: tuple[int, int], dim: int, prefix: int, antialias: bool = False
) -> Tensor:
    """Sine and cosine codes ``(m l d)`` of the cells that the tokens of ``count`` mosaics lie in, numbered from 1 through
    all mosaics; tokens between cells get numbers between theirs, prefix tokens 0."""
    cells = rearrange(torch.arange(1.0, count * side**2 + 1), "(m a b) -> m 1 a b", a=side, b=side)
    fine = repeat(cells, "m 1 a b -> m 1 (a p) (b q)", p=POINTS_PER_CELL, q=POINTS_PER_CELL)
    numbers = F.interpolate(fine, grid, mode="bilinear", align_corners=False, antialias=antialias)
    numbers = F.pad(rearrange(numbers, "m 1 h w -> m (h w)"), (prefix, 0))
    angles = numbers[..., None] / 10000 ** (torch.arange(0, dim, 2) / dim)
    return rearrange([angles.sin(), angles.cos()], "two m l d -> m l (d two)")


class PathAdapter(nn.Module):
    """``W2 dropout(GELU(W1 z))`` with ``W2`` zero at first; no skip."""

    def __init__(self, dim: int, width: int, dropout: float) -> None:
        super().__init__()
        self.down, self.dropout, self.up = nn.Linear(dim, width), nn.Dropout(dropout), nn.Linear(width, dim)
        for zero in (self.down.bias, self.up.weight, self.up.bias):
            nn.init.zeros_(zero)

    def forward(self, z: Tensor) -> Tensor:
        """``(... d)`` to ``(... d)``."""
        return self.up(self.dropout(F.gelu(self.down(z))))


class DualPathBlock(ClipBlock):
    """The trunk's block for frames and, with other adapters, for mosaics."""

    def __init__(self, block: nn.Module, dim: int, width: int, dropout: float) -> None:
        super().__init__(block)
        names = ("frame_attention", "frame_mlp", "mosaic_before", "mosaic_attention", "mosaic_mlp")
        self.adapters = nn.ModuleDict({name: PathAdapter(dim, width, dropout) for name in names})

    def forward(self, x: Tensor, shape: ClipShape) -> Tensor:
        """Tokens of frames ``((n t) l d)``: adapters beside attention and MLP."""
        u = self.block.norm1(x)
        x = x + self.attend(u) + self.adapters["frame_attention"](u)
        v = self.block.norm2(x)
        return x + self.perceive(v) + self.adapters["frame_mlp"](v)

    def mosaic(self, x: Tensor) -> Tensor:
        """Tokens of mosaics ``((n m) l d)``: adapters before and behind attention and behind the MLP, in series."""
        u = self.adapters["mosaic_before"](self.block.norm1(x))
        x = x + self.adapters["mosaic_attention"](self.attend(u))
        return x + self.adapters["mosaic_mlp"](self.perceive(self.block.norm2(x)))


class MosaicPath(nn.Module):
    """The temporal path: what the trunk with its serial adapters makes of a clip's mosaics, the same for all its frames."""

    def __init__(self, encoder: ViTEncoder, side: int, antialias: bool) -> None:
        super().__init__()
        shape, dim = encoder.shape, int(encoder.vit.embed_dim)
        self.side, self.antialias = side, antialias
        self.position = nn.Parameter(torch.randn(shape.prefix + shape.h * shape.w, dim) * dim**-0.5)
        codes = cell_codes(ceil(shape.t / side**2), side, (shape.h, shape.w), dim, shape.prefix, antialias)
        self.register_buffer("codes", codes, persistent=False)

    def forward(self, encoder: ViTEncoder, frames: Tensor) -> Tensor:
        """Frames ``((n t) c h w)`` -> features ``((n t) d)`` to add to those of the frames."""
        vit, t, count = encoder.vit, encoder.frames, len(self.codes)
        patches = vit.patch_embed(mosaics(frames, t, self.side, self.antialias))
        prefix = [
            token.expand(len(patches), -1, -1)
            for token in (vit.cls_token, vit.reg_token)
            if token is not None
        ]
        x = torch.cat([*prefix, patches], dim=1)
        codes = repeat(self.codes + self.position, "m l d -> (n m) l d", n=len(x) // count)
        x = vit.norm_pre(x + codes.to(x.dtype))
        for block in vit.blocks:
            x = block.mosaic(x)
        features = vit.forward_head(vit.norm(x), pre_logits=True)
        return repeat(reduce(features, "(n m) d -> n d", "mean", m=count), "n d -> (n t) d", t=t)


@register_method("dualpath", "DUALPATH")
class DualPath(Adaptation):
    """DUALPATH in every block; also tunes the class token and all position embeddings, as its code does.

    The published model samples 16 frames or more: 4 x 4 mosaics of 16 consecutive ones, and 8 of them for the spatial
    path. Few-shot matching needs a feature for each of 8 frames and no source gives a rule for that. Ours: every method
    sees the same frames, so all frames of the clip take the spatial path and the smallest square mosaic that holds them
    all (3 x 3 with one empty cell for 8, the published 4 x 4 for 16) the temporal path: the whole order of the clip in one
    image, at the largest cells. A frame's feature is that of its class token plus the mosaics' mean: the published
    classifier reads both side by side, which would double the width that heads match. Before the first update the
    mosaic's feature is a constant that does not depend on the clip (every branch of its path is zero), so the features
    are not exactly those of the frozen trunk.

    Args:
        side: cells per side of a mosaic; by default as said. A smaller one makes several mosaics, numbered on.
        ratio: bottleneck width over the trunk's, as in the released code.
        dropout: inside the adapters.
        antialias: in the reduction of mosaics; the code's library had none in 2022.

    Raises:
        UserError: ``side`` is below 1.
    """

    starts_frozen = False
    why = "DUALPATH puts its adapters beside and behind the trunk's self-attention, and a ResNet has none"

    def __init__(
        self, side: int | None = None, ratio: float = 0.25, dropout: float = 0.1, antialias: bool = False
    ) -> None:
        if side is not None and side < 1:
            raise UserError(f"a mosaic has at least one cell per side, got side={side}")
        self.side, self.ratio, self.dropout, self.antialias = side, ratio, dropout, antialias

    def insert(self, encoder: ViTEncoder) -> Tuned:
        """See :meth:`Adaptation.insert`."""
        vit, adapters = encoder.vit, list[nn.Module]()
        width = bottleneck_width(vit.embed_dim, self.ratio)
        for i in range(len(vit.blocks)):
            block = DualPathBlock(vit.blocks[i], vit.embed_dim, width, self.dropout)
            vit.blocks[i] = block
            adapters.append(block.adapters)
        path = encoder.add_second_path(
            MosaicPath(encoder, self.side or ceil(sqrt(encoder.frames)), self.antialias)
        )
        tokens = [token for token in (vit.cls_token, vit.pos_embed) if token is not None]
        return [*adapters, path, *tokens]
