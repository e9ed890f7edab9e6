"""Prototypes of mean-pooled frames: ProtoNet (Snell et al., NeurIPS 2017, eq. 1-2), and its cosine form.

``metric="squared"``, the default, is ProtoNet as published. ``metric="cosine", shots="mean_distance"`` is the
"TSN" baseline of Perrett's code (github.com/tobyperrett/few-shot-action-recognition).
"""

import torch
from einops import rearrange, reduce
from torch import Tensor

from d2st.heads.base import Head, register_head
from d2st.heads.distances import SHOTS, choice, cosine

METRICS = ("squared", "cosine")


@register_head("protonet")
class ProtoNet(Head):
    """logits = -squared distance, or cosine similarity, of time-averaged features, times ``scale``.

    Args:
        metric: ``squared`` or ``cosine``.
        shots: ``mean_feature`` averages the shots into a prototype (ProtoNet); ``mean_distance`` averages
            the distances or similarities to the shots (TSN).
        cosine_eps: added to the product of the norms; 0.01 as Perrett, 0 normalises.
        scale: factor on the logits. Cosines lie in [-1, 1] and train slowly without one.

    Raises:
        UserError: unknown ``metric`` or ``shots``.
    """

    def __init__(
        self,
        metric: str = "squared",
        shots: str = "mean_feature",
        cosine_eps: float = 0.01,
        scale: float = 1.0,
    ):
        super().__init__()
        self.metric = choice("metric", metric, METRICS)
        self.shots = choice("shots", shots, SHOTS)
        self.cosine_eps = cosine_eps
        self.scale = scale

    def embed(self, clips: Tensor) -> Tensor:
        """Frame features (n t d) to their mean (n d)."""
        return reduce(clips, "n t d -> n d", "mean")

    def logits(self, support: Tensor, query: Tensor) -> Tensor:
        """Clip features, support (b w k d) and query (b q d), to logits (b q w)."""
        way = support.shape[1]
        if self.shots == "mean_feature":
            support = reduce(support, "b w k d -> b w 1 d", "mean")
        each = self._similarity(query, rearrange(support, "b w k d -> b (w k) d"))
        return self.scale * reduce(each, "b q (w k) -> b q w", "mean", w=way)

    def _similarity(self, query: Tensor, support: Tensor) -> Tensor:
        if self.metric == "cosine":
            return cosine(query, support, self.cosine_eps)
        return -torch.cdist(query, support, compute_mode="donot_use_mm_for_euclid_dist").square()
