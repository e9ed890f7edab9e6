"""STRM: spatio-temporal relation modelling (Thatipelli et al., CVPR 2022; github.com/Anirudh257/strm).

Patches of a frame enrich each other, then the frames of a clip, then TRX compares pairs of frames. A second, simpler
comparison of the pairs before the frames' enrichment counts a tenth, in the loss and at test.
"""

import torch
from einops import rearrange, reduce
from torch import Tensor, nn
from torch.nn import functional as F

from d2st.errors import UserError
from d2st.heads.base import Head, register_head
from d2st.heads.positions import transformer_code
from d2st.heads.trx import CODE_SCALE
from d2st.heads.tuples import TupleProjection, project_tuples

PAIR = 2


class PatchEnrichment(nn.Module):
    """x + gamma Attention(x), then x + MLP(x), over the patches of a frame (n l d); attention is not scaled by sqrt(d)."""

    def __init__(self, dim: int, dropout: float) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1))
        self.query, self.key, self.value = (nn.Linear(dim, dim) for _ in range(3))
        half = dim // 2
        self.mlp = nn.Sequential(
            nn.Linear(dim, half), nn.ReLU(), nn.Linear(half, half), nn.ReLU(), nn.Linear(half, dim)
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Patches (n l d) to patches of the same shape."""
        x = self.dropout(x + CODE_SCALE * transformer_code(x))
        x = x + self.gamma * ((self.query(x) @ self.key(x).mT).softmax(-1) @ self.value(x))
        return x + self.mlp(x)


class FrameEnrichment(nn.Module):
    """An MLP over time and one over channels, each added, on the frames of a clip (n t d)."""

    def __init__(self, dim: int, frames: int, dropout: float) -> None:
        super().__init__()
        self.time, self.channels = (
            nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width))
            for width in (frames, dim)
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Frames (n t d) to frames of the same shape."""
        x = self.dropout(x + CODE_SCALE * transformer_code(x))
        x = x + self.time(x.mT).mT
        return x + self.channels(x)


def nearest_logits(support: Tensor, query: Tensor) -> Tensor:
    """Minus the mean distance of the query's tuples (b q m e) to the nearest of a class (b w k m e): (b q w)."""
    way, queries = support.shape[1], query.shape[1]
    shots, asked = (
        rearrange(support, "b w k m e -> b (w k m) e"),
        rearrange(query, "b q m e -> b (q m) e"),
    )
    nearest = torch.cdist(asked, shots).unflatten(-1, (way, -1)).amin(-1)
    return -reduce(nearest, "b (q m) w -> b q w", "mean", q=queries)


@register_head("strm")
class STRM(Head):
    """logits = TRX's of pairs of enriched frames + ``second_weight`` times those of the nearest pairs before enrichment.

    The official code keeps the map of the second comparison in a plain list, so that its optimiser never sees it;
    here it is trained like the rest.

    Args:
        dim: d, channels of the trunk's maps; frames: t, of every clip.
        width: e, of TRX's keys and values.
        grid: the maps are max-pooled to ``grid`` by ``grid`` patches.
        second_weight: of the second logits and their loss.
        dropout: of patches and frames with their position codes, while training.
    """

    needs_maps = True

    def __init__(
        self,
        dim: int,
        frames: int,
        width: int = 1152,
        grid: int = 4,
        second_weight: float = 0.1,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        if frames < PAIR:
            raise UserError(f"STRM compares pairs of frames, so clips need at least two, got frames={frames}")
        self.grid, self.second_weight, self.frames = grid, second_weight, frames
        self.patches = PatchEnrichment(dim, dropout)
        self.enrich = FrameEnrichment(dim, frames, dropout)
        self.cross = TupleProjection(dim, width, PAIR)
        self.second = nn.Linear(PAIR * dim, dim // 2)
        self.dropout = nn.Dropout(dropout)

    def embed(self, clips: Tensor) -> Tensor:
        """Maps (n t c h w) to what both comparisons read of all pairs: (n f)."""
        pooled = F.adaptive_max_pool2d(clips.flatten(0, 1), self.grid)
        patches = self.patches(rearrange(pooled, "n d h w -> n (h w) d"))
        return self.embed_frames(patches.mean(1).unflatten(0, clips.shape[:2]))

    def embed_frames(self, frames: Tensor) -> Tensor:
        """:meth:`embed` from the means of the enriched patches on, (n t d)."""
        second = F.relu(project_tuples(self.second, frames, PAIR))
        enriched = self.enrich(frames)
        coded = self.dropout(enriched + CODE_SCALE * transformer_code(enriched))
        return torch.cat([self.cross(coded), second.flatten(1)], -1)

    def logits(self, support: Tensor, query: Tensor) -> Tensor:
        """Embedded support (b w k f) and query (b q f) to logits (b q w)."""
        first, second = self.both_logits(support, query)
        return first + self.second_weight * second

    def both_logits(self, support: Tensor, query: Tensor) -> tuple[Tensor, Tensor]:
        """The logits of the enriched frames and of those before, (b q w) each."""
        cut = sum(self.cross.sizes(self.frames))
        (shots, early_shots), (asked, early) = (x.tensor_split([cut], -1) for x in (support, query))
        pairs = (x.unflatten(-1, (-1, self.second.out_features)) for x in (early_shots, early))
        return self.cross.logits(shots, asked, (self.frames, self.frames)), nearest_logits(*pairs)

    def losses(self, support: Tensor, query: Tensor, truth: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        """Cross-entropy of either logits, the second's weighted; see :meth:`Head.losses`."""
        first, second = self.both_logits(support, query)
        losses = {
            name: weight * F.cross_entropy(logits.flatten(0, 1), truth.flatten())
            for name, weight, logits in (
                ("loss_episode", 1.0, first),
                ("loss_second", self.second_weight, second),
            )
        }
        return losses, first + self.second_weight * second
