"""A linear classifier fitted on the support set of every episode: ridge regression in closed form.

Ridge regression (R2-D2, Bertinetto et al., ICLR 2019, eq. 4-6) and not logistic regression by gradient steps: its solution is
exact, needs neither step size nor number of steps, is one small linear system per episode for all episodes at once, and is
differentiable, so the encoder can be trained through it.
"""

import torch
from einops import rearrange, reduce, repeat
from torch import Tensor
from torch.nn import functional as F

from d2st.errors import UserError
from d2st.heads.base import Head, register_head


@register_head("linear_probe")
class LinearProbe(Head):
    """logits = scale * (x W + b), W and b fitted on the episode's support with one-hot targets.

    Clips are time-averaged features of length one, centred on the support's mean, so that the bias (the share of the
    class, the same for all) is not penalised and ``penalty`` means the same for every trunk. All shots are samples.

    Args:
        penalty: lambda of |XW - Y|^2 + lambda |W|^2, above 0.
        scale: factor on the logits, which are near 0 and 1 otherwise, for the cross-entropy of training.

    Raises:
        UserError: a ``penalty`` that is not positive.
    """

    def __init__(self, penalty: float = 0.1, scale: float = 10.0) -> None:
        super().__init__()
        if not penalty > 0:
            raise UserError(f"the linear probe's penalty has to be above 0, not {penalty}")
        self.penalty, self.scale = penalty, scale

    def embed(self, clips: Tensor) -> Tensor:
        """Frame features (n t d) to clip features (n d) of length one."""
        return F.normalize(reduce(clips, "n t d -> n d", "mean"), dim=-1)

    def logits(self, support: Tensor, query: Tensor) -> Tensor:
        """Clip features, support (b w k d) and query (b q d), to logits (b q w)."""
        b, way, shot, _ = support.shape
        centre = reduce(support, "b w k d -> b 1 d", "mean")
        samples, asked = rearrange(support, "b w k d -> b (w k) d") - centre, query - centre
        targets = repeat(torch.eye(way).to(samples), "w c -> b (w k) c", b=b, k=shot)
        # The dual form: a system of the size of the support, however wide the features are.
        penalty = self.penalty * torch.eye(way * shot).to(samples)
        fitted = torch.linalg.solve(samples @ samples.mT + penalty, targets - 1 / way)
        return self.scale * (asked @ (samples.mT @ fitted) + 1 / way)
