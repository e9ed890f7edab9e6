"""Comparing all ordered tuples of frames by their places: the arithmetic of TRX and STRM.

A linear map of c frames laid end to end is a sum of c maps of single frames, one a place. So everything that is bilinear in
two tuples follows from products of frames at places: of 8 frames 56 triples have 18 of these, and 18 x 18 products stand for
56 x 56. The layer norm of the keys fits in: its mean is taken off every place, its deviation is a number a tuple, its gain
is a part of the places, and of its shift only what varies among the support's tuples outlasts the softmax.
"""

import functools
from itertools import combinations
from math import comb

import torch
from einops import rearrange, reduce
from torch import Tensor, nn
from torch.nn import functional as F

from d2st.errors import UserError

WORK_BYTES = 4 * 2**20  # attention held at a time: more does not fit a processor's cache


@functools.cache
def _incidence(frames: int, cardinality: int) -> Tensor:
    """Which places (j, frame) a tuple is the sum of: (m p), p = (j frame) with frames j to t - c + j at place j."""
    span = frames - cardinality + 1
    matrix = torch.zeros(comb(frames, cardinality), cardinality * span)
    for row, members in enumerate(combinations(range(frames), cardinality)):
        for place, frame in enumerate(members):
            matrix[row, place * span + frame - place] = 1
    return matrix


def incidence(frames: int, cardinality: int, like: Tensor) -> Tensor:
    """The matrix (m p) that sums a clip's places to its tuples, on the device and of the type of ``like``.

    Raises:
        UserError: fewer frames than a tuple has.
    """
    if frames < cardinality:
        raise UserError(
            f"tuples of {cardinality} frames need clips of at least as many, got {frames}: "
            "give smaller cardinalities, or more frames"
        )
    return _incidence(frames, cardinality).to(like)


def project_places(linear: nn.Linear, frames: Tensor, cardinality: int) -> Tensor:
    """``linear`` of each frame (n t d) at each place of a tuple that it can take: (n p e), the bias at the first place."""
    span = frames.shape[1] - cardinality + 1
    weights = rearrange(linear.weight, "e (c d) -> c e d", c=cardinality)
    biases = [linear.bias, *[None] * (cardinality - 1)]
    parts = [
        F.linear(frames[:, place : place + span], weight, bias)
        for place, (weight, bias) in enumerate(zip(weights, biases))
    ]
    return torch.cat(parts, 1)


def project_tuples(linear: nn.Linear, frames: Tensor, cardinality: int) -> Tensor:
    """``linear`` of all ordered tuples of frames (n t d) laid end to end: (n m e).

    Raises:
        UserError: fewer frames than a tuple has.
    """
    return incidence(frames.shape[1], cardinality, frames) @ project_places(linear, frames, cardinality)


class TupleProjection(nn.Module):
    """What is compared of all ordered tuples of ``cardinality`` frames: (n t d) to (n f).

    f is, one after the other: keys (p e) of the places, without their means and with the norm's gain; their values (p e);
    one over the deviation of every tuple's key (m); the products of the keys (p) with the norm's shift; the mean square of
    the tuples' values.

    Args:
        dim: d; width: e; cardinality: frames of a tuple.
    """

    def __init__(self, dim: int, width: int, cardinality: int) -> None:
        super().__init__()
        self.cardinality, self.width = cardinality, width
        self.key, self.value = (nn.Linear(cardinality * dim, width) for _ in range(2))
        self.key_norm = nn.LayerNorm(width)
        # Part of the official weights, though no official code applies it; frozen, since no gradient reaches it.
        self.value_norm = nn.LayerNorm(width).requires_grad_(False)

    def forward(self, frames: Tensor) -> Tensor:
        """Frames (n t d) with their position code to what is compared (n f)."""
        tuples = incidence(frames.shape[1], self.cardinality, frames)
        keys, values = (project_places(part, frames, self.cardinality) for part in (self.key, self.value))
        keys = keys - keys.mean(-1, keepdim=True)
        spread = (tuples @ keys).square().mean(-1)
        keys, power = keys * self.key_norm.weight, (tuples @ values).square().sum(-1).mean(-1, keepdim=True)
        parts = (keys, values, (spread + self.key_norm.eps).rsqrt(), keys @ self.key_norm.bias, power)
        return torch.cat([part.flatten(1) for part in parts], 1)

    def sizes(self, frames: int) -> list[int]:
        """Lengths of the five parts of f for clips of ``frames`` frames."""
        places = self.cardinality * (frames - self.cardinality + 1)
        return [places * self.width, places * self.width, comb(frames, self.cardinality), places, 1]

    def logits(self, support: Tensor, query: Tensor, frames: tuple[int, int]) -> Tensor:
        """Minus the mean squared distance of the query's tuples to what they find in each class.

        Args:
            support: (b w k f); query: (b q f); frames: of a support clip and of a query.

        Returns:
            (b q w).
        """
        tuples = comb(frames[0], self.cardinality) * comb(frames[1], self.cardinality)
        held = query.shape[1] * support[0, ..., 0].numel() * tuples * support.element_size()
        size = max(1, WORK_BYTES // held)
        pairs = zip(support.split(size), query.split(size))
        return torch.cat([self._logits(*pair, frames) for pair in pairs])

    def _logits(self, support: Tensor, query: Tensor, frames: tuple[int, int]) -> Tensor:
        (way, shots), asking = support.shape[1:3], query.shape[1]
        theirs, ours = (incidence(each, self.cardinality, query) for each in frames)
        (m, p), asking_places = theirs.shape, ours.shape[1]
        keys, values, scales, shifts, _ = support.flatten(1, 2).split(self.sizes(frames[0]), -1)
        asked, told, scale, _, power = query.split(self.sizes(frames[1]), -1)
        keys, values = (rearrange(x, "b n (p e) -> b (n p) e", p=p) for x in (keys, values))
        asked, told = (rearrange(x, "b q (p e) -> b (q p) e", p=asking_places) for x in (asked, told))
        # Products of places become scores of tuples, first on the query's side, then on the support's.
        scores = (scale[..., None] * ours) @ (asked @ keys.mT).unflatten(1, (asking, -1))
        scores = _by_class(scores + rearrange(shifts, "b n p -> b 1 1 (n p)"), way)
        scores = (scores.reshape(-1, p) @ theirs.mT).view(*scores.shape[:3], shots * m)
        scales = rearrange(scales, "b (w k) m -> b w 1 (k m)", w=way) * self.width**-0.5
        attention = (scores * scales).softmax(-1)
        found = (attention.view(-1, m) @ theirs).view(*scores.shape[:3], shots * p)
        # |v - A V|^2 multiplied out, so that what is found, A V, is never held.
        crossed = _by_class(ours @ (told @ values.mT).unflatten(1, (asking, -1)), way)
        classes = values.unflatten(1, (way, -1))
        distances = found * (found @ (classes @ classes.mT) - 2 * crossed)
        return -power - reduce(distances, "b w (q m) n -> b q w", "sum", q=asking) / len(ours)


def _by_class(scores: Tensor, way: int) -> Tensor:
    """Scores of the query's tuples and the places of all support clips (b q m (w n)), each class apart: (b w (q m) n)."""
    return rearrange(scores, "b q m (w n) -> b w (q m) n", w=way)
