"""The slips that re-implementations of the baselines are known for, one test each; forms without a fixture of official outputs
are compared with their equations, written out."""

import pytest
import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

import baselines  # noqa: F401
from baselines.aim import AIMBlock
from baselines.st_adapter import STAdapter
from d2st.trunks import ClipEncoder, ClipShape, build_encoder
from tests.baselines.test_parity import clip_block

SHAPE = ClipShape(8, 4, 4, 1)


def awake(module: nn.Module) -> nn.Module:
    """``module`` in eval mode with no parameter at zero."""
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter += 0.1 * torch.randn_like(parameter)
    return module.eval()


def adapted(trunk: str, method: str, **arguments) -> ClipEncoder:
    return build_encoder(trunk, {"type": method, **arguments}, "random", image_size=48)


@torch.no_grad()
def test_aim_in_the_form_for_ssv2_is_its_equations() -> None:
    torch.manual_seed(0)
    block = awake(AIMBlock(clip_block(), 64, 0.25, before=True, scale=1.0, drop=0.2))
    own, x = block.block, torch.randn(16, 17, 64)

    def bottleneck(adapter: nn.Module, z: Tensor) -> Tensor:
        return adapter.up(F.gelu(adapter.down(z)))

    z = own.norm1(x)
    z = z + bottleneck(block.before_temporal, z)  # inner skip
    over_time = own.attn(rearrange(z, "(n t) l d -> (n l) t d", t=8))
    y = x + bottleneck(block.temporal, rearrange(over_time, "(n l) t d -> (n t) l d", l=17))  # none
    a = own.attn(own.norm1(y))
    y = y + a + bottleneck(block.spatial, a)  # inner skip
    z = own.norm2(y)
    y = y + own.mlp(z) + 1.0 * bottleneck(block.joint, z)  # none; the scale is the joint adapter's alone
    torch.testing.assert_close(block(x, SHAPE), y, atol=1e-5, rtol=1e-5)


def test_aim_keeps_class_embedding_and_inner_norms_frozen() -> None:
    names = adapted("vit_mini", "aim").tunable_names
    beside = {name for name in names if ".blocks." not in name}
    assert beside == {"temporal_embedding", "vit.norm.weight", "vit.norm.bias"}
    assert not any(".block." in name for name in names)


@pytest.mark.parametrize("kernel", [(3, 1, 1), (3, 3, 3)])
@pytest.mark.parametrize("places", [("mlp",), ("attention", "mlp")])
def test_st_adapter_starts_frozen_in_both_presets_and_with_either_kernel(places, kernel) -> None:
    torch.manual_seed(0)
    encoder = adapted("vit_mini", "st_adapter", places=places, kernel=kernel).eval()
    found = [module for module in encoder.modules() if isinstance(module, STAdapter)]
    assert len(found) == 4 * len(places) and all(a.conv.kernel_size == kernel for a in found)
    clips = torch.randn(1, 3, 8, 48, 48)
    y = encoder(clips)
    for adapter in found:  # without the adapters the same: they add nothing yet
        adapter.forward = lambda x, shape: x  # type: ignore[method-assign]
    torch.testing.assert_close(y, encoder(clips))


@pytest.mark.parametrize("kernel", [(3, 1, 1), (3, 3, 3)])
def test_st_adapter_has_no_activation_spares_the_class_token_and_its_input(kernel) -> None:
    adapter = awake(STAdapter(64, 32, kernel))
    x, other = torch.randn(16, 17, 64), torch.randn(16, 17, 64)
    before = x.clone()
    y = adapter(x, SHAPE)
    assert torch.equal(x, before)
    assert torch.equal(y[:, 0], x[:, 0])
    affine = y + adapter(other, SHAPE) - adapter(torch.zeros_like(x), SHAPE)
    torch.testing.assert_close(adapter(x + other, SHAPE), affine, atol=1e-4, rtol=1e-4)


def test_the_first_gradient_of_st_adapter_reaches_its_convolution_and_not_its_projections() -> None:
    torch.manual_seed(0)
    adapter = STAdapter(64, 32)
    adapter(torch.randn(8, 17, 64), SHAPE).square().sum().backward()
    moved = {name for name, p in adapter.named_parameters() if p.grad.abs().sum() > 0}
    assert moved == {"conv.weight", "conv.bias", "up.bias"}


def test_lora_wraps_the_fused_layer_and_leaves_the_keys_alone() -> None:
    encoder = adapted("vit_mini", "lora")
    qkv = awake(encoder.vit.blocks[0].attn.qkv)
    x = torch.randn(5, 96)
    q, k, v = (qkv(x) - qkv.base(x)).chunk(3, -1)
    assert k.abs().max() == 0 and q.abs().min() > 0 and v.abs().min() > 0


@pytest.mark.parametrize(
    ("trunk", "method", "kinds"),
    [
        ("vit_mini", "bitfit", {"bias"}),
        ("resnet10t", "bitfit", {"bias"}),
        ("vit_mini", "norm_tuning", {"weight", "bias"}),
        ("resnet10t", "norm_tuning", {"weight", "bias"}),
    ],
)
def test_biases_and_norms_are_found_as_modules_not_by_their_names(trunk, method, kinds) -> None:
    encoder = adapted(trunk, method)
    names = set(encoder.tunable_names)
    assert {name.rsplit(".", 1)[-1] for name in names} == kinds
    norms = (nn.LayerNorm, nn.BatchNorm2d)
    of_norms = {
        f"{path}.{kind}"
        for path, module in encoder.named_modules()
        if isinstance(module, norms)
        for kind in kinds
    }
    if method == "norm_tuning" or trunk == "resnet10t":  # a ResNet's convolutions have no bias
        assert names == of_norms
    else:
        assert of_norms < names


def test_the_last_blocks_of_a_resnet_are_its_last_stages_without_their_statistics() -> None:
    encoder = adapted("resnet10t", "last_blocks", count=1).train()
    parameters = {name for name, p in encoder.named_parameters() if p.requires_grad}
    assert parameters and all(name.startswith("resnet.layer4.") for name in parameters)
    assert parameters == {name for name, _ in encoder.named_parameters() if ".layer4." in name}
    norms = [m for m in encoder.resnet.layer4.modules() if isinstance(m, nn.BatchNorm2d)]
    assert norms and not any(norm.training for norm in norms)
