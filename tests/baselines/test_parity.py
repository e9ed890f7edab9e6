"""AIM and ST-Adapter against their official code, gradients included."""

from functools import partial

import pytest
import torch
from einops import rearrange
from timm.layers import QuickGELU
from timm.models.vision_transformer import Block
from torch import nn

from baselines.aim import AIMBlock, TokenDrop
from baselines.st_adapter import STAdapter, STBlock
from d2st.errors import UserError
from d2st.trunks import ClipShape, build_encoder
from tests.parity import Parity, check_gradients, load

SHAPE = ClipShape(8, 4, 4, 1)


def clip_block() -> Block:
    """A block of CLIP's kind: QuickGELU, LayerNorm eps 1e-5."""
    return Block(64, 4, qkv_bias=True, act_layer=QuickGELU, norm_layer=partial(nn.LayerNorm, eps=1e-5))


def test_aim_block(parity: Parity) -> None:
    fixture = parity("aim_block_k400")
    block = load(AIMBlock(clip_block(), 64, 0.25, before=False, scale=0.5, drop=0.0), fixture, "aim")
    x = fixture["inputs"]["x"].clone().requires_grad_()
    y = rearrange(block(rearrange(x, "l nt d -> nt l d"), SHAPE), "nt l d -> l nt d")
    torch.testing.assert_close(y, fixture["outputs"]["y"], atol=1e-5, rtol=0)
    assert check_gradients(block, x, y, fixture["extra"]["grads"], "aim") == 13


def test_st_adapter(parity: Parity) -> None:
    fixture = parity("st_adapter_311")
    adapter = load(STAdapter(64, 32), fixture, "st-adapter")
    x = fixture["inputs"]["x"].clone().requires_grad_()
    y = adapter(x, SHAPE)
    torch.testing.assert_close(y, fixture["outputs"]["y"], atol=1e-5, rtol=0)
    assert check_gradients(adapter, x, y, fixture["extra"]["grads"], "st-adapter") == 7


def test_st_block(parity: Parity) -> None:
    fixture = parity("st_block_24")
    block = STBlock(clip_block(), {"attention": STAdapter(64, 32), "mlp": STAdapter(64, 32)})
    x = fixture["inputs"]["x"]
    before = x.clone()
    torch.testing.assert_close(
        load(block, fixture, "st-adapter")(x, SHAPE), fixture["outputs"]["y"], atol=1e-5, rtol=0
    )
    assert torch.equal(x, before)  # the official forward writes into its input


def test_aim_drops_whole_token_places_only_in_train_mode() -> None:
    torch.manual_seed(0)
    drop, ones = TokenDrop(0.5), torch.ones(3, 50, 2)
    assert torch.equal(drop.eval()(ones), ones)
    kept = drop.train()(ones)
    assert torch.equal(kept, kept[:1, :, :1].expand_as(kept))
    assert set(kept.unique().tolist()) == {0.0, 2.0}


def test_aim_forms() -> None:
    one = build_encoder("vit_mini", {"type": "aim"}, weights="random").vit.blocks[3]
    two = build_encoder("vit_mini", {"type": "aim", "temporal_adapters": 2}, weights="random").vit.blocks[3]
    assert (one.scale, one.before_temporal, one.drop.probability) == (0.5, None, 0.2)
    assert two.scale == 1.0
    assert two.before_temporal is not None
    with pytest.raises(UserError, match="not 3"):
        build_encoder("vit_mini", {"type": "aim", "temporal_adapters": 3}, weights="random")


def test_st_adapter_refuses_unknown_places_and_even_kernels() -> None:
    with pytest.raises(UserError, match="attention, mlp"):
        build_encoder("vit_mini", {"type": "st_adapter", "places": ("head",)}, weights="random")
    with pytest.raises(UserError, match="odd sizes"):
        build_encoder("vit_mini", {"type": "st_adapter", "kernel": (2, 1, 1)}, weights="random")
