"""Frames of one clip attending to each other, as HyRSM and MoLo begin (facts 3.4, 3.7)."""

from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from d2st.errors import UserError
from d2st.heads.positions import doubled_code


def with_code(x: Tensor, softening: float = 10.0, weight: float = 1.0) -> Tensor:
    """Tokens (n l d) scaled by sqrt(d / softening), with ``weight`` times the position code added."""
    return x * (x.shape[-1] / softening) ** 0.5 + weight * doubled_code(x)


def split_heads(dim: int, heads: int) -> int:
    """Channels of one attention head.

    Raises:
        UserError: ``dim`` is no multiple of ``heads``.
    """
    if dim % heads:
        raise UserError(f"features of width {dim} cannot be split into {heads} attention heads: set 'heads'")
    return dim // heads


class SelfAttention(nn.Module):
    """x + MSA(LN x) over the middle axis of (n l d); no bias in the projection to query, key and value.

    Args:
        dim: d; heads: attention heads; dropout: of what is added, while training.
    """

    def __init__(self, dim: int, heads: int, dropout: float) -> None:
        super().__init__()
        split_heads(dim, heads)
        self.heads = heads
        self.norm = nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.out = nn.Linear(dim, dim)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Tokens (n l d) to tokens of the same shape."""
        parts = rearrange(self.qkv(self.norm(x)), "n l (p h e) -> p n h l e", p=3, h=self.heads)
        found = rearrange(F.scaled_dot_product_attention(*parts), "n h l e -> n l (h e)")
        return x + self.dropout(self.out(found))
