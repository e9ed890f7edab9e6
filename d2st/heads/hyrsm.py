"""HyRSM: hybrid relation guided set matching (Wang et al., CVPR 2022, eq. 1-6; github.com/alibaba-mmai-research/HyRSM).

The frames of each clip attend to each other, then the clips of an episode: all of the support and one query at a time.
Every frame is joined with what its clip has learnt there, so the support looks different to every query; Bi-MHM compares.
"""

import torch
from einops import rearrange, reduce, repeat
from torch import Tensor, nn
from torch.nn import functional as F

from d2st.heads.base import Head, register_head
from d2st.heads.bimhm import REDUCTIONS, bimhm
from d2st.heads.distances import SHOTS, choice
from d2st.heads.self_attention import SelfAttention, split_heads, with_code

TINY = 1e-24  # square of the smallest norm, as F.normalize has it


class ClipRelation(nn.Module):
    """Post-norm attention among the support clips and one query, for every query: LN(x + MSA x), then ReLU."""

    def __init__(self, dim: int, heads: int, dropout: float) -> None:
        super().__init__()
        split_heads(dim, heads)
        self.heads = heads
        self.query, self.key, self.value = (nn.Linear(dim, dim, bias=False) for _ in range(3))
        self.out = nn.Linear(dim, dim)
        self.norm = nn.LayerNorm(dim)
        self.dropout = nn.Dropout(dropout)

    def forward(self, support: Tensor, query: Tensor) -> Tensor:
        """Clips of the support (b s d) and queries (b q d) to (b q s+1 d), the query last."""
        s, q = support.shape[1], query.shape[1]
        clips = torch.cat([support, query], 1)
        # Each clip is projected once; then every query takes its place beside the support.
        sets = [_with_each_query(part, s) for part in (self.query(clips), self.key(clips), self.value(clips))]
        parts = (rearrange(part, "b q l (h e) -> (b q) h l e", h=self.heads) for part in sets)
        found = F.scaled_dot_product_attention(*parts)
        found = self.dropout(self.out(rearrange(found, "(b q) h l e -> b q l (h e)", q=q)))
        return F.relu(self.norm(_with_each_query(clips, s) + found))


def _with_each_query(clips: Tensor, s: int) -> Tensor:
    """The ``s`` support clips and then the queries (b s+q d) to the support with one query each (b q s+1 d)."""
    support, query = clips[:, :s], clips[:, s:]
    return torch.cat([repeat(support, "b s d -> b q s d", q=query.shape[1]), query[:, :, None]], 2)


@register_head("hyrsm")
class HyRSM(Head):
    """logits = -Bi-MHM of the frames joined with their clips' relations, d = 1 - cosine.

    Args:
        dim: d, width of a frame feature.
        heads: attention heads, of either attention.
        shots: ``mean_feature`` averages the shots' frames before the clips are related (HyRSM's 5-shot class; of one shot
            it is the 1-shot class as well); ``mean_distance`` relates all shots and averages the distances (its 1-shot
            class given several shots).
        reduction: of Bi-MHM, ``sum`` as the code or ``mean`` as the paper.
        code_softening, code_weight: features are scaled by sqrt(d / softening) and ``weight`` times the position code is
            added; 10 and 1, but 2048 and 0.01 for Kinetics with 5 shots.
        frame_dropout, clip_dropout: behind either attention, while training.

    Raises:
        UserError: unknown ``shots`` or ``reduction``, or a width that ``heads`` does not divide.
    """

    def __init__(
        self,
        dim: int,
        heads: int = 8,
        shots: str = "mean_feature",
        reduction: str = "sum",
        code_softening: float = 10.0,
        code_weight: float = 1.0,
        frame_dropout: float = 0.2,
        clip_dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.shots = choice("shots", shots, SHOTS)
        self.reduction = choice("reduction", reduction, REDUCTIONS)
        self.code = (code_softening, code_weight)
        self.within = SelfAttention(dim, heads, frame_dropout)
        self.between = ClipRelation(dim, heads, clip_dropout)
        self.join = nn.Conv1d(2 * dim, dim, 1)  # of each frame and its clip, frame first

    def embed(self, clips: Tensor) -> Tensor:
        """Frame features (n t d) to frames that know their clip (n t d)."""
        return F.relu(self.within(with_code(clips, *self.code)))

    def logits(self, support: Tensor, query: Tensor) -> Tensor:
        """Embedded support (b w k t d) and query (b q t d) to logits (b q w)."""
        way = support.shape[1]
        if self.shots == "mean_feature":
            support = support.mean(2, keepdim=True)
        support = rearrange(support, "b w k t d -> b (w k) t d")
        distances = bimhm(1 - self.similarity(support, query), self.reduction)
        return -reduce(distances, "b q (w k) -> b q w", "mean", w=way)

    def similarity(self, support: Tensor, query: Tensor) -> Tensor:
        """Cosines between the joined frames: support (b s u d) and query (b q t d) to (b q s t u).

        A joined frame is F x + G r for a frame x and its clip's relation r. The products are taken apart, because
        the support's joined frames (b q s u d) would fill the memory.
        """
        relations = self.between(support.mean(2), query.mean(2))
        of_frame, of_clip = (part.squeeze(-1) for part in self.join.weight.chunk(2, 1))
        clips = F.linear(relations, of_clip, self.join.bias)
        ours, clip = F.linear(support, of_frame), clips[:, :, :-1]
        asked = F.linear(query, of_frame) + clips[:, :, -1:]
        ours_flat = rearrange(ours, "b s u d -> b 1 d (s u)")
        products = rearrange(asked @ ours_flat, "b q t (s u) -> b q s t u", s=ours.shape[1])
        products = products + rearrange(asked @ clip.mT, "b q t s -> b q s t 1")
        crossed = rearrange(rearrange(clip, "b q s d -> b s q d") @ ours.mT, "b s q u -> b q s u")
        squares = ours.square().sum(-1)[:, None] + 2 * crossed + clip.square().sum(-1, keepdim=True)
        lengths = squares.clamp_min(TINY).sqrt()[..., None, :]
        return products / (lengths * asked.norm(dim=-1).clamp_min(TINY**0.5)[:, :, None, :, None])

    def base_features(self, clips: Tensor, embedded: Tensor) -> Tensor:
        """Every embedded frame by itself, (n t d)."""
        return embedded
