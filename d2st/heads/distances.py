"""Cosine distances between frames, in the two forms in use, and the two ways of using several shots.

``eps = 0`` normalises each feature (D2ST, HyRSM: ``F.normalize``); ``eps = 0.01`` adds it to the product of
the norms (Perrett's OTAM and TSN, MoLo, CLIP-FSAR).
"""

from collections.abc import Callable

from einops import rearrange, reduce
from torch import Tensor

from d2st.errors import UserError

SHOTS = ("mean_feature", "mean_distance")


def choice(argument: str, value: str, known: tuple[str, ...]) -> str:
    """``value`` if it is one of ``known``, else a UserError that lists them."""
    if value not in known:
        raise UserError(f"{argument} has to be one of {', '.join(known)}, not '{value}'")
    return value


def cosine(x: Tensor, y: Tensor, eps: float = 0.0) -> Tensor:
    """Cosine of every pair: x (b m d) and y (b n d) to (b m n)."""
    floor = 0.0 if eps else 1e-12  # as in F.normalize
    norms = x.norm(dim=-1).clamp_min(floor)[..., :, None] * y.norm(dim=-1).clamp_min(floor)[..., None, :]
    return (x @ y.mT) / (norms + eps)


def frame_distances(query: Tensor, support: Tensor, eps: float = 0.0) -> Tensor:
    """1 - cosine between all frames: query (b q t d) and support (b s u d) to (b q s t u)."""
    similarity = cosine(
        rearrange(query, "b q t d -> b (q t) d"), rearrange(support, "b s u d -> b (s u) d"), eps
    )
    return 1 - rearrange(similarity, "b (q t) (s u) -> b q s t u", q=query.shape[1], s=support.shape[1])


def matching_logits(
    support: Tensor, query: Tensor, shots: str, eps: float, distance: Callable[[Tensor], Tensor]
) -> Tensor:
    """Logits -D of a metric between two videos, (... t u) frame distances to (...).

    Args:
        support: (b w k t d); query: (b q t d).
        shots: ``mean_feature`` averages the shots' features frame by frame and compares once (D2ST, MoLo,
            CLIP-FSAR); ``mean_distance`` compares with every shot and averages the distances (Perrett's OTAM).

    Returns:
        (b q w).
    """
    if shots == "mean_feature":
        several = support.shape[2] > 1  # the mean of one would be a copy of it
        mean = reduce(support, "b w k t d -> b w t d", "mean") if several else support.squeeze(2)
        return -distance(frame_distances(query, mean, eps))
    each = distance(frame_distances(query, rearrange(support, "b w k t d -> b (w k) t d"), eps))
    return -reduce(each, "b q (w k) -> b q w", "mean", w=support.shape[1])
