"""The linear probe solves the ridge regression it names."""

import pytest
import torch
from torch.nn import functional as F

from d2st.errors import UserError
from d2st.heads import LinearProbe


@pytest.mark.parametrize("shot", [1, 4])
def test_weights_are_the_minimum_of_the_penalised_squares(shot):
    generator = torch.Generator().manual_seed(shot)
    support, query = (torch.randn(n, 3, 6, generator=generator).double() for n in (3 * shot, 5))
    labels = torch.arange(3).repeat_interleave(shot)
    logits = LinearProbe(penalty=0.3, scale=2)(support, labels, query)
    x, z = (F.normalize(clips.mean(1), dim=-1) for clips in (support, query))
    weight = torch.zeros(6, 3, dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    solver = torch.optim.LBFGS([weight, bias], max_iter=500, tolerance_grad=1e-12, tolerance_change=1e-16)

    def loss():
        solver.zero_grad()
        value = (x @ weight + bias - F.one_hot(labels)).square().sum() + 0.3 * weight.square().sum()
        value.backward()
        return value

    solver.step(loss)
    torch.testing.assert_close(logits, (2 * (z @ weight + bias)).detach(), atol=1e-6, rtol=1e-6)


def test_penalty_has_to_be_positive():
    with pytest.raises(UserError, match=r"penalty has to be above 0"):
        LinearProbe(penalty=0)
