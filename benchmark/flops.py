"""What a method costs on a trunk, without computing anything: tunable parameters, and FLOPs counted on the meta device.

There torch's counter sees every product, fused attention included (on a CPU it counts none of that). It knows matrix products,
attention and convolutions; :func:`grid_sample_flops` adds the sampling of points. One multiply-add is 2 FLOPs. Norms,
activations, softmax, sums, pooling and resizing count as 0.
"""

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

import timm
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import baselines  # noqa: F401  (makes their names known)
import d2st

FRAMES, SIZE = 8, 224


class Counts(NamedTuple):
    """Of one method on one trunk: tunable parameters, and FLOPs of encoding one clip."""

    parameters: int
    flops: int


def grid_sample_flops(
    image: Sequence[int], grid: Sequence[int], *_: Any, out_shape: Any = None, **__: Any
) -> int:
    """Linear interpolation: every channel of every point is a weighted sum of the 2 ** axes cells around it.

    Args:
        image: shape ``(n c ...)``; grid: shape ``(n ... axes)`` of the points. The weights themselves are not counted.
    """
    return 2 * 2 ** grid[-1] * image[1] * prod(grid[:-1])


#: what torch's counter does not know
FORMULAS = dict.fromkeys((torch.ops.aten.grid_sampler_3d, torch.ops.aten.grid_sampler_2d), grid_sample_flops)


def flops(model: nn.Module, *inputs: torch.Tensor) -> int:
    """FLOPs of one forward pass of ``model``; it and ``inputs`` are on the meta device."""
    counter = FlopCounterMode(display=False, custom_mapping=FORMULAS)
    with torch.device("meta"), torch.no_grad(), counter:
        model(*inputs)
    return int(counter.get_total_flops())


def count(method: str, trunk: str, **arguments: Any) -> Counts:
    """Counts of ``method`` on timm's ``trunk`` for a clip of 8 frames of 224 pixels, without head.

    Raises:
        UserError: unknown method, or one that does not fit this trunk.
    """
    with torch.device("meta"):
        encoder = d2st.adapt(timm.create_model(trunk), method, FRAMES, **arguments).eval()
    clip = torch.empty(1, 3, FRAMES, SIZE, SIZE, device="meta")
    return Counts(encoder.tunable_count, flops(encoder, clip))
