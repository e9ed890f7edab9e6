"""Ordered temporal alignment (Cao et al., OTAM, CVPR 2020, section 3.3), in log-sum-exp form.

The recursion is the one of Perrett's code (github.com/tobyperrett/few-shot-action-recognition), which HyRSM,
CLIP-FSAR and D2ST share: the frame distances are padded with a zero column on either side; inside, a path
moves right or diagonally, in the first frame column and in the padding on the right also downwards; the
first row is a plain cumulative sum. Written in -G/lambda, the soft minimum is a log-sum-exp, finite for
every lambda.
"""

import torch
from torch import Tensor

from d2st.errors import UserError
from d2st.heads.base import Head, register_head
from d2st.heads.distances import SHOTS, choice, matching_logits


def otam(distances: Tensor, lam: float = 0.1) -> Tensor:
    """Soft alignment cost of the rows' video along the columns' video: (... t u) to (...).

    Args:
        distances: frame distances, rows t, columns u.
        lam: smoothing, above 0; 0.1 in Perrett's code and HyRSM, 0.5 in CLIP-FSAR and D2ST.
    """
    steps = (
        (distances / -lam).movedim((-2, -1), (0, 1)).contiguous()
    )  # (t u ...): every cell is one block of memory
    column = _first_column(steps[:, 0])
    for step in steps[:, 1:].unbind(1):
        # No downward move inside: a column follows from the one before it alone.
        arrived = torch.cat([column[:1], torch.logaddexp(column[:-1], column[1:])])
        column = step + arrived
    # The padding on the right costs nothing and is entered from every row, twice from all but the last.
    return -lam * torch.logsumexp(torch.cat([column, column[:-1]]), dim=0)


def _first_column(steps: Tensor) -> Tensor:
    """Column one, (t ...): its left neighbours are the zero padding, and it may be walked down."""
    rows = [steps[0]]
    two = steps.new_tensor(2.0).log()  # from the left and from the upper left, both at no cost
    for step in steps[1:]:
        rows.append(step + torch.logaddexp(rows[-1], two))
    return torch.stack(rows)


@register_head("otam")
class OTAM(Head):
    """logits = -(OTAM(D) + OTAM(D transposed)), D = 1 - cosine of frames; no temperature.

    Args:
        lam: smoothing lambda, above 0.
        shots: ``mean_distance`` aligns every shot (Perrett, HyRSM); ``mean_feature`` averages the shots'
            frame features first (CLIP-FSAR, D2ST).
        cosine_eps: 0.01 as Perrett and CLIP-FSAR, 0 as D2ST.
        bidirectional: False aligns the query along the support only.

    Raises:
        UserError: unknown ``shots``, or a ``lam`` that is not positive.
    """

    def __init__(
        self,
        lam: float = 0.1,
        shots: str = "mean_distance",
        cosine_eps: float = 0.01,
        bidirectional: bool = True,
    ):
        super().__init__()
        if not lam > 0:
            raise UserError(f"OTAM's lam has to be above 0, not {lam}")
        self.lam = lam
        self.shots = choice("shots", shots, SHOTS)
        self.cosine_eps = cosine_eps
        self.bidirectional = bidirectional

    def logits(self, support: Tensor, query: Tensor) -> Tensor:
        """Support (b w k t d) and query (b q t d) to logits (b q w)."""
        return matching_logits(support, query, self.shots, self.cosine_eps, self.distance)

    def distance(self, distances: Tensor) -> Tensor:
        """Frame distances (... t u) to video distances (...)."""
        forth = otam(distances, self.lam)
        return forth + otam(distances.mT, self.lam) if self.bidirectional else forth
