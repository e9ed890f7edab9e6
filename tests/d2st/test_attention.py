"""aDSTA against the official code, and the sampling rules."""

import pytest
import torch
from einops import rearrange

from d2st.attention import DeformableAttention, Sampling
from d2st.errors import UserError
from d2st.trunks import ClipShape
from tests.parity import Parity, check_gradients, load

SHAPE = ClipShape(8, 14, 14, 1)


def _official(parity: Parity):
    fixture = parity("d2st_vit_deform_s")
    cfg = fixture["meta"]["cfg"]
    sampling = Sampling(tuple(cfg["kernel_size"]), tuple(cfg["stride"]))
    attention = load(
        DeformableAttention(cfg["dim"], cfg["heads"], (8, 14, 14), sampling), fixture, "d2st-vit"
    )
    x = fixture["inputs"]["x"].clone().requires_grad_()
    return fixture, attention, x, rearrange(x, "l nt c -> nt l c")


def test_output_and_gradients_equal_the_official_code(parity: Parity) -> None:
    fixture, attention, x, tokens = _official(parity)
    y = rearrange(attention(tokens, SHAPE), "nt l c -> l nt c")
    torch.testing.assert_close(y, fixture["outputs"]["y"], atol=1e-5, rtol=0)
    assert check_gradients(attention, x, y, fixture["extra"]["param_grads"], "d2st-vit") == 12


def test_points_and_sampled_features_equal_the_official_code(parity: Parity) -> None:
    fixture, attention, _, tokens = _official(parity)
    q = attention.query(tokens)
    positions = attention.positions(q, SHAPE)
    expected = rearrange(fixture["extra"]["grid_xyz"], "n t h w xyz -> n xyz t h w").flip(1)
    torch.testing.assert_close(positions, expected, atol=1e-5, rtol=0)
    sampled = rearrange(fixture["extra"]["sampled"], "(n g) c t h w -> n (t h w) (g c)", g=4)
    torch.testing.assert_close(attention.sample(tokens, positions, SHAPE), sampled, atol=1e-5, rtol=0)


# kernel and stride of the official configs per grid and density (facts/d2st.md, table 1.3)
@pytest.mark.parametrize(
    ("grid", "points", "kernel", "stride"),
    [
        ((8, 14, 14), (2, 4, 4), (4, 5, 5), (4, 3, 3)),
        ((8, 14, 14), (8, 2, 2), (1, 7, 7), (1, 7, 7)),
        ((8, 56, 56), (2, 8, 8), (4, 7, 7), (4, 7, 7)),
        ((8, 56, 56), (8, 4, 4), (1, 14, 14), (1, 14, 14)),
        ((8, 28, 28), (2, 4, 4), (4, 7, 7), (4, 7, 7)),
        ((8, 28, 28), (8, 2, 2), (1, 14, 14), (1, 14, 14)),
        ((8, 7, 7), (2, 2, 2), (4, 4, 4), (4, 3, 3)),
        ((8, 7, 7), (8, 1, 1), (1, 7, 7), (1, 7, 7)),
    ],
)
def test_points_give_the_official_kernels(grid, points, kernel, stride) -> None:
    sampling = Sampling.of_points(points, grid)
    assert sampling == (kernel, stride)
    assert sampling.points(grid) == points


def test_more_points_than_tokens_are_cut_to_the_tokens() -> None:
    assert Sampling.of_points((2, 4, 4), (1, 3, 5)).points((1, 3, 5)) == (1, 3, 4)


def test_a_kernel_beyond_the_grid_is_refused_with_the_sizes_that_fit() -> None:
    with pytest.raises(UserError, match=r"kernel \(1, 7, 7\).*token grid \(8, 6, 6\).*to \(8, 6, 6\)"):
        DeformableAttention(16, 4, (8, 6, 6), Sampling((1, 7, 7), (1, 7, 7)))


def test_heads_must_divide_the_channels() -> None:
    with pytest.raises(UserError, match="5 attention heads do not divide the adapter's 16 channels"):
        DeformableAttention(16, 5, (8, 6, 6), Sampling((1, 1, 1), (1, 1, 1)))


def test_offsets_stay_within_their_bound() -> None:
    torch.manual_seed(0)
    attention = DeformableAttention(8, 2, (4, 6, 6), Sampling.of_points((4, 2, 2), (4, 6, 6)))
    torch.nn.init.normal_(attention.offsets[3].weight, std=100)
    shape = ClipShape(4, 6, 6, 0)
    moved = attention.positions(torch.randn(12, 36, 8), shape) - attention.reference
    assert moved.abs().amax(dim=(0, 2, 3, 4)).tolist() == pytest.approx(
        [0.5, 1.0, 1.0]
    )  # 2 / points, at most 1
