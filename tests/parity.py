"""Comparing a module with the tensors of an official one; see the README of the fixtures."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from d2st.interop import from_official


def cosine_weights(y: Tensor) -> Tensor:
    """The weights ``cos(0.1 i)`` over the flattened output, whose weighted sum the fixtures differentiate."""
    return torch.cos(0.1 * torch.arange(y.numel(), dtype=torch.float64)).float().view_as(y)


def load(module: nn.Module, fixture: Mapping[str, Any], source: str) -> nn.Module:
    """``module`` with the fixture's official weights, strictly, in eval mode."""
    module.load_state_dict(from_official(fixture["state_dict"], source), strict=True)
    return module.eval()


def check_gradients(
    module: nn.Module, x: Tensor, y: Tensor, expected: Mapping[str, Tensor], source: str
) -> int:
    """Gradients of ``sum(y * cosine_weights)`` against ``expected``, at rtol 1e-3; returns how many were compared.

    The gradient of a key projection's bias is zero in truth (softmax is shift-invariant), hence rounding noise: left out.
    ``x`` is the fixture's input in the fixture's layout; ``y`` the output in the fixture's layout.
    """
    (y * cosine_weights(y)).sum().backward()
    parameters = dict(module.named_parameters())
    compared = 0
    for name, gradient in from_official(expected, source).items():
        if name.endswith("key.bias"):
            continue
        own = x.grad if name == "input0" else parameters[name].grad
        assert own is not None, name
        tolerance = 1e-4 * gradient.abs().max().item() + 1e-6
        torch.testing.assert_close(
            own, gradient, rtol=1e-3, atol=tolerance, msg=lambda m, n=name: f"{n}: {m}"
        )
        compared += 1
    return compared


Parity = Callable[[str], Any]
