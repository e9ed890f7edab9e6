"""TRX: temporal-relational cross-transformers (Perrett et al., CVPR 2021, eq. 2-8; github.com/tobyperrett/trx).

A video is its ordered tuples of frames. Each tuple of a query attends to all tuples of all shots of a class at
once; the logit is minus the squared distance between what the query's tuples say and what they find.
"""

from collections.abc import Sequence
from itertools import count

import torch
from torch import Tensor, nn

from d2st.errors import UserError
from d2st.heads.base import Head, register_head
from d2st.heads.positions import transformer_code
from d2st.heads.tuples import TupleProjection

CODE_SCALE = 0.1  # of the position code that is added to the frames


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
        """Frame features (n t d) to what is compared of all tuples (n f), one cardinality after the other."""
        frames = self.dropout(clips + CODE_SCALE * transformer_code(clips))
        return torch.cat([cross(frames) for cross in self.cross], 1)

    def logits(self, support: Tensor, query: Tensor) -> Tensor:
        """Embedded clips, support (b w k f) and query (b q f), to logits (b q w)."""
        layouts = [self._layout(clips.shape[-1]) for clips in (support, query)]
        frames = (layouts[0][0], layouts[1][0])
        shots, asked = (clips.split(sizes, -1) for clips, (_, sizes) in zip((support, query), layouts))
        each = [cross.logits(*pair, frames) for cross, *pair in zip(self.cross, shots, asked)]
        return torch.stack(each).mean(0)

    def _layout(self, length: int) -> tuple[int, list[int]]:
        """Frames of clips that are embedded into ``length`` numbers, and how many of these each cardinality has."""
        for frames in count(max(cross.cardinality for cross in self.cross)):
            sizes = [sum(cross.sizes(frames)) for cross in self.cross]
            if sum(sizes) >= length:
                break
        return frames, sizes
