"""aDSTA at the size of one adapter on ViT-B/16: two clips of 8 x 14 x 14 patches and a class token, 192 channels, 4 heads."""

from collections.abc import Callable

import pytest
import torch

from d2st.attention import DeformableAttention, Sampling
from d2st.trunks import ClipShape

GRID, DIM, CLIPS = (8, 14, 14), 192, 2
POINTS = {"spatial": (2, 4, 4), "temporal": (8, 2, 2)}


@pytest.mark.parametrize("pathway", list(POINTS))
@pytest.mark.parametrize("direction", ["forward", "forward_backward"])
def test_adsta(measure: Callable[..., None], pathway: str, direction: str) -> None:
    torch.manual_seed(0)
    attention = DeformableAttention(DIM, 4, GRID, Sampling.of_points(POINTS[pathway], GRID))
    shape = ClipShape(*GRID, prefix=1)
    tokens = torch.randn(CLIPS * GRID[0], 1 + GRID[1] * GRID[2], DIM)

    @torch.inference_mode()
    def forward() -> None:
        attention(tokens, shape)

    def forward_backward() -> None:
        attention(tokens, shape).square().mean().backward()
        attention.zero_grad(set_to_none=True)

    measure({"forward": forward, "forward_backward": forward_backward}[direction], rounds=25, warm_up=3)
