"""MoLo: motion-augmented long-short contrastive learning (Wang et al., CVPR 2023; github.com/alibaba-mmai-research/MoLo).

Two streams, the frames and the differences between neighbouring frames' maps; each has a global token beside its
frames, and frames are to be near the global token of their class. The pixel decoder, which reconstructs frame
differences for a further training loss and takes no part in the logits, is left out.
"""

import torch
from einops import rearrange, reduce
from torch import Tensor, nn
from torch.nn import functional as F

from d2st.errors import UserError
from d2st.heads.base import Head, register_head
from d2st.heads.bimhm import bimhm
from d2st.heads.distances import choice, frame_distances
from d2st.heads.otam import otam
from d2st.heads.self_attention import SelfAttention, with_code

METRICS = ("bimhm", "otam")


class Stream(nn.Module):
    """A global token set before the tokens (n l d), a position code and a transformer layer: (n 1+l d)."""

    def __init__(self, dim: int, heads: int, mlp_dim: int, dropout: float, mlp_dropout: float) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.randn(1, 1, dim))
        self.scale = nn.Parameter(torch.ones(1))
        self.attention = SelfAttention(dim, heads, dropout)
        self.mlp = nn.Sequential(
            nn.Linear(dim, mlp_dim),
            nn.GELU(),
            nn.Dropout(mlp_dropout),
            nn.Linear(mlp_dim, dim),
            nn.Dropout(mlp_dropout),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Tokens (n l d) to the global token and the tokens (n 1+l d)."""
        x = self.attention(with_code(torch.cat([self.token.expand(len(x), -1, -1), x], 1)))
        return F.relu(x + self.mlp(x))


class Motion(nn.Module):
    """Differences of neighbouring frames: m_t = conv(R x_{t+1}) - R x_t on maps (n t c h w), to tokens (n t-1 d)."""

    def __init__(self, dim: int, factor: int) -> None:
        super().__init__()
        narrow = max(1, dim // factor)
        self.narrow = nn.Conv3d(dim, narrow, 3, padding=1)
        self.shift = nn.Conv2d(narrow, narrow, 3, padding=1)
        self.widen = nn.Conv2d(narrow, dim, 1)

    def forward(self, maps: Tensor) -> Tensor:
        """Maps (n t c h w) to the mean over the grid of each difference (n t-1 d)."""
        narrow = rearrange(self.narrow(rearrange(maps, "n t c h w -> n c t h w")), "n c t h w -> n t c h w")
        n, t = narrow[:, 1:].shape[:2]
        moved = self.shift(narrow[:, 1:].flatten(0, 1)) - narrow[:, :-1].flatten(0, 1)
        return reduce(F.relu(self.widen(moved)), "(n t) c h w -> n t c", "mean", n=n, t=t)


@register_head("molo")
class MoLo(Head):
    """logits = -(D(frames) + ``motion_weight`` D(differences)), D = Bi-MHM or OTAM both ways, of shot-mean tokens.

    Shots are always averaged before matching, the global tokens too, as all of MoLo's code does.

    Training adds ``contrast_weight`` times four cross-entropies of the distances between the frames of one clip and the
    global token of the other, summed over frames: from query to class and back, in both streams.

    Args:
        dim: d, channels of the trunk's maps; frames: t, of every clip.
        heads, mlp_dim: of the transformer layer of each stream.
        factor: the differences are taken on d / factor channels.
        motion_weight, contrast_weight: see above.
        metric: ``bimhm``, or ``otam`` for the paper's second form.
        lam: OTAM's smoothing, above 0.
        cosine_eps: added to the product of the norms.
        dropout, mlp_dropout: behind attention and in the MLP, while training.

    Raises:
        UserError: clips of one frame, a width that ``heads`` does not divide, an unknown ``metric``, or a ``lam`` that is
            not positive.
    """

    needs_maps = True

    def __init__(
        self,
        dim: int,
        frames: int,
        heads: int = 8,
        mlp_dim: int = 2048,
        factor: int = 8,
        motion_weight: float = 0.3,
        contrast_weight: float = 0.05,
        metric: str = "bimhm",
        lam: float = 0.1,
        cosine_eps: float = 0.01,
        dropout: float = 0.2,
        mlp_dropout: float = 0.05,
    ) -> None:
        super().__init__()
        if frames < 2:
            raise UserError(f"MoLo reads differences between frames, so clips need two, got frames={frames}")
        if not lam > 0:
            raise UserError(f"OTAM's lam has to be above 0, not {lam}")
        self.metric, self.lam = choice("metric", metric, METRICS), lam
        self.motion_weight, self.contrast_weight = motion_weight, contrast_weight
        self.cosine_eps = cosine_eps
        self.differences = Motion(dim, factor)
        self.still, self.moving = (Stream(dim, heads, mlp_dim, dropout, mlp_dropout) for _ in range(2))

    def embed(self, clips: Tensor) -> Tensor:
        """Maps (n t c h w) to the tokens of both streams (n 1+t+t d), a global token first in each."""
        still = self.still(reduce(clips, "n t c h w -> n t c", "mean"))
        return torch.cat([still, self.moving(self.differences(clips))], 1)

    def logits(self, support: Tensor, query: Tensor) -> Tensor:
        """Tokens, support (b w k l d) and query (b q l d), to logits (b q w)."""
        still, moving = zip(_streams(support.mean(2)), _streams(query))
        return -(self._distance(*still) + self.motion_weight * self._distance(*moving))

    def losses(self, support: Tensor, query: Tensor, truth: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        """Cross-entropy of the logits, and the long-short contrast; see :meth:`Head.losses`."""
        losses, logits = super().losses(support, query, truth)
        contrast = sum(
            F.cross_entropy(part.flatten(0, 1), truth.flatten()) for part in self.contrasts(support, query)
        )
        return {**losses, "loss_contrast": self.contrast_weight * contrast}, logits

    def contrasts(self, support: Tensor, query: Tensor) -> list[Tensor]:
        """Four logits (b q w): frames of the class to the query's global token, and the other way; frames, differences."""
        logits = []
        for stream, shots, asked in zip(
            (self.still, self.moving), _streams(support.mean(2)), _streams(query)
        ):
            to_query = frame_distances(asked[:, :, :1], shots[:, :, 1:], self.cosine_eps).sum((-2, -1))
            to_class = frame_distances(asked[:, :, 1:], shots[:, :, :1], self.cosine_eps).sum((-2, -1))
            logits += [-stream.scale * to_query, -stream.scale * to_class]
        return logits

    def base_features(self, clips: Tensor, embedded: Tensor) -> Tensor:
        """The means of both streams' tokens, added: (n 1 d)."""
        return torch.stack([part.mean(1, keepdim=True) for part in _streams(embedded)]).sum(0)

    def _distance(self, support: Tensor, query: Tensor) -> Tensor:
        frames = frame_distances(query[:, :, 1:], support[:, :, 1:], self.cosine_eps)
        if self.metric == "bimhm":
            return bimhm(frames)
        return otam(frames, self.lam) + otam(frames.mT, self.lam)


def _streams(tokens: Tensor) -> tuple[Tensor, Tensor]:
    """Tokens (... 1+t+t d) of both streams apart: (... 1+t d) and (... t d)."""
    still, moving = tokens.tensor_split([tokens.shape[-2] // 2 + 1], -2)
    return still, moving
