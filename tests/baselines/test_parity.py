"""The baselines against their official code, gradients included where the fixtures have them."""

from functools import partial

import pytest
import timm
import torch
from einops import rearrange
from timm.layers import QuickGELU
from timm.models.vision_transformer import Block
from torch import nn

from baselines.aim import AIMBlock, TokenDrop
from baselines.lora import LoRALinear, LowRank, merge
from baselines.st_adapter import STAdapter, STBlock
from d2st.ablations import BottleneckAdapter
from d2st.errors import UserError
from d2st.interop import from_official
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


@pytest.mark.parametrize("name", ["st", "vanilla"])
def test_resnet_adapters_of_the_d2st_code(parity: Parity, name) -> None:
    fixture = parity(f"d2st_rn_{name}_adapter")
    own = {"st": STAdapter(32, 8, zero_up=True), "vanilla": BottleneckAdapter(32, 0.25, relu=True)}
    adapter = load(own[name], fixture, "d2st-rn")
    x = rearrange(fixture["inputs"]["x"], "b c h w -> b (h w) c")
    y = rearrange(adapter(x, ClipShape(8, 14, 14, 0)), "b (h w) c -> b c h w", h=14)
    torch.testing.assert_close(y, fixture["outputs"]["y"], atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("name", "outputs", "enabled", "blocks"), [("linear", 48, [0], 1), ("merged_qkv", 192, [0, 2], 3)]
)
def test_lora(parity: Parity, name, outputs, enabled, blocks) -> None:
    fixture = parity("lora_linear")
    layer = LoRALinear(nn.Linear(64, outputs), LowRank(64, outputs, 4, 2.0, 0.0, enabled, blocks))
    own = {
        key.removeprefix(f"{name}."): value
        for key, value in fixture["state_dict"].items()
        if key.startswith(f"{name}.")
    }
    layer.load_state_dict(from_official(own, "lora"), strict=True)
    x, expected = fixture["inputs"]["x"], fixture["outputs"]
    torch.testing.assert_close(layer(x), expected[name], atol=1e-5, rtol=0)
    merged = layer.merged()
    torch.testing.assert_close(merged.weight, expected[f"{name}_merged_weight"], atol=1e-5, rtol=0)
    torch.testing.assert_close(merged(x), expected[f"{name}_merged"], atol=1e-5, rtol=0)


def test_lora_merges_into_the_plain_trunk() -> None:
    every = ("q", "k", "v", "proj", "fc1", "fc2")
    encoder = build_encoder(
        "vit_mini", {"type": "lora", "targets": every, "alpha": 4}, weights="random"
    ).eval()
    for block in encoder.vit.blocks:
        nn.init.normal_(block.attn.qkv.lora.up, std=0.1)
        nn.init.normal_(block.mlp.fc1.lora.up, std=0.1)
    x = torch.randn(1, 3, 8, 48, 48)
    before = encoder(x).detach()
    torch.testing.assert_close(merge(encoder)(x), before, atol=1e-5, rtol=1e-4)
    names = set(timm.create_model("vit_mini", num_classes=0).state_dict())
    assert set(encoder.vit.state_dict()) == names


def test_lora_dropout_follows_the_mode() -> None:
    encoder = build_encoder("vit_mini", {"type": "lora", "dropout": 0.5}, weights="random").train()
    assert encoder.vit.blocks[0].attn.qkv.lora.dropout.training
    assert not encoder.vit.blocks[0].attn.training


def test_lora_and_last_blocks_refuse_what_does_not_fit() -> None:
    with pytest.raises(UserError, match=r"some of q, k, v, proj, fc1, fc2; got \['qkv'\]"):
        build_encoder("vit_mini", {"type": "lora", "targets": ["qkv"]}, weights="random")
    with pytest.raises(UserError, match="rank is at least 1"):
        build_encoder("vit_mini", {"type": "lora", "rank": 0}, weights="random")
    with pytest.raises(UserError, match=r"count=5 blocks.*from 1 to the trunk's 4"):
        build_encoder("vit_mini", {"type": "last_blocks", "count": 5}, weights="random")
    with pytest.raises(UserError, match=r"not resnet: .*linear layers"):
        build_encoder("resnet10t", {"type": "lora"}, weights="random")
    with pytest.raises(UserError, match="on a ResNet it follows every stage"):
        build_encoder("resnet10t", {"type": "st_adapter", "places": ["mlp"]}, weights="random")


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
