"""TRX: temporal-relational cross-transformers (Perrett et al., CVPR 2021, eq. 2-8; github.com/tobyperrett/trx).

A video is its ordered tuples of frames. Each tuple of a query attends to all tuples of all shots of a class at
once; the logit is minus the squared distance between what the query's tuples say and what they find.
"""

from collections.abc import Sequence
from itertools import combinations, count
from math import comb

import torch
from einops import rearrange, reduce
from torch import Tensor, nn
from torch.nn import functional as F

from d2st.errors import UserError
from d2st.heads.base import Head, register_head
from d2st.heads.positions import transformer_code

CODE_SCALE = 0.1  # of the position code that is added to the frames


class TupleProjection(nn.Module):
    """Keys and values of all ordered tuples of ``cardinality`` frames: (n t d) to (n m 2e), keys first.

    Args:
        dim: d; width: e; cardinality: frames of a tuple.
    """

    def __init__(self, dim: int, width: int, cardinality: int) -> None:
        super().__init__()
        self.cardinality = cardinality
        self.key, self.value = (nn.Linear(cardinality * dim, width) for _ in range(2))
        self.key_norm = nn.LayerNorm(width)
        # Part of the official weights, though no official code applies it; frozen, since no gradient reaches it.
        self.value_norm = nn.LayerNorm(width).requires_grad_(False)

    def forward(self, frames: Tensor) -> Tensor:
        """Frames (n t d) with their position code to keys and values (n m 2e)."""
        keys, values = (project_tuples(linear, frames, self.cardinality) for linear in (self.key, self.value))
        return torch.cat([self.key_norm(keys), values], -1)


def project_tuples(linear: nn.Linear, frames: Tensor, cardinality: int) -> Tensor:
    """``linear`` of all ordered tuples of frames (n t d) laid end to end: (n m e).

    A linear map of frames laid end to end is a sum of maps of single frames, so every frame is projected once for
    every place in a tuple instead of once for every tuple (the same numbers with 8/28 or 8/56 of the work).

    Raises:
        UserError: fewer frames than a tuple has.
    """
    if frames.shape[1] < cardinality:
        raise UserError(
            f"tuples of {cardinality} frames need clips of at least as many, got {frames.shape[1]}: "
            "give smaller cardinalities, or more frames"
        )
    weights = rearrange(linear.weight, "e (c d) -> (c e) d", c=cardinality)
    places = F.linear(frames, weights).unflatten(-1, (cardinality, -1))  # (n t c e)
    tuples = tuple(combinations(range(frames.shape[1]), cardinality))
    total = linear.bias
    for place in range(cardinality):
        total = total + places[:, [frame[place] for frame in tuples], place]
    return total


def tuple_logits(support: Tensor, query: Tensor) -> Tensor:
    """Minus the mean squared distance of the query's tuples to what they find in each class.

    Args:
        support: keys and values (b w k m 2e); query: (b q m 2e).

    Returns:
        (b q w).
    """
    way, queries = support.shape[1], query.shape[1]
    keys, values = rearrange(support, "b w k m f -> b (w k m) f").chunk(2, -1)
    asked, told = rearrange(query, "b q m f -> b (q m) f").chunk(2, -1)
    # (b w (q m) (k m)): of all classes in one product, then each class by itself
    scores, crossed = (
        rearrange(ours @ theirs.mT, "b q (w n) -> b w q n", w=way)
        for ours, theirs in ((asked, keys), (told, values))
    )
    attention = (scores * keys.shape[-1] ** -0.5).softmax(-1)
    # |v - A V|^2 multiplied out: half the time, and A V (b w (q m) e) is never held.
    classes = values.unflatten(1, (way, -1))
    found = attention * (attention @ (classes @ classes.mT) - 2 * crossed)
    distances = told.square().sum(-1)[:, None] + found.sum(-1)
    return -reduce(distances, "b w (q m) -> b q w", "mean", q=queries)


@register_head("trx")
class TRX(Head):
    """logits = mean over cardinalities of -|v_q - A v_s|^2 / number of tuples; shots are attended jointly.

    Args:
        dim: d, width of a frame feature.
        cardinalities: frames of a tuple, each above 0; pairs and triples as published.
        width: e, of keys and values.
        dropout: of the frames with their position code, while training.

    Raises:
        UserError: no cardinality, or one below 1.
    """

    def __init__(
        self, dim: int, cardinalities: Sequence[int] = (2, 3), width: int = 1152, dropout: float = 0.1
    ) -> None:
        super().__init__()
        if not cardinalities or min(cardinalities) < 1:
            raise UserError(f"TRX's cardinalities have to be numbers of frames, got {list(cardinalities)}")
        self.dropout = nn.Dropout(dropout)
        self.cross = nn.ModuleList(TupleProjection(dim, width, size) for size in cardinalities)

    def embed(self, clips: Tensor) -> Tensor:
        """Frame features (n t d) to keys and values of all tuples (n m 2e), one cardinality after the other."""
        frames = self.dropout(clips + CODE_SCALE * transformer_code(clips))
        return torch.cat([cross(frames) for cross in self.cross], 1)

    def logits(self, support: Tensor, query: Tensor) -> Tensor:
        """Keys and values, support (b w k m 2e) and query (b q m 2e), to logits (b q w)."""
        shots, asked = (clips.split(self._sizes(clips.shape[-2]), -2) for clips in (support, query))
        return torch.stack([tuple_logits(*pair) for pair in zip(shots, asked)]).mean(0)

    def _sizes(self, tuples: int) -> list[int]:
        """Number of tuples of each cardinality, of clips that have ``tuples`` of them in all."""
        sizes = ([comb(frames, cross.cardinality) for cross in self.cross] for frames in count(1))
        return next(size for size in sizes if sum(size) >= tuples)
