"""Every method on further trunks of the kinds that it knows: a ViT without class token, CLIP's, a ResNet of bottlenecks, CLIP's
with and without its attention pool."""

import copy
import functools
from collections.abc import Callable

import pytest
import timm
import torch
from timm.layers import QuickGELU
from timm.models.resnet import Bottleneck, ResNet
from torch import nn

import d2st
from d2st.adaptation import build_adaptation, kinds_of
from d2st.trunks import ClipEncoder, encoder_of
from tests.d2st.trunks.test_resnet import clip_resnet
from tests.test_methods import METHODS, clips, declared, frozen_twin, reached, stirred

FRAMES, SIZE = 4, 64


def _vit(**changes) -> nn.Module:
    return timm.create_model(
        "vit_mini", img_size=SIZE, patch_size=16, embed_layer=timm.layers.PatchEmbed, **changes
    )


TRUNKS: dict[str, tuple[str, Callable[[], nn.Module]]] = {
    "vit_without_class_token": ("vit", lambda: _vit(class_token=False, global_pool="avg")),
    "clip_vit": ("vit", lambda: _vit(pre_norm=True, act_layer=QuickGELU)),
    "resnet_of_bottlenecks": (
        "resnet",
        lambda: ResNet(Bottleneck, (1, 1, 1, 1), channels=(8, 16, 32, 64), zero_init_last=False),
    ),
    "clip_resnet": ("resnet", lambda: clip_resnet("resnet50_clip", 0)),
    "clip_resnet_gap": ("resnet", lambda: clip_resnet("resnet50_clip_gap", 0)),
}
SLOW = (
    "resnet_of_bottlenecks",
    "clip_resnet_gap",
)  # the plain suite has a ResNet and the other form of CLIP's
CASES = [
    pytest.param(method, name, marks=[pytest.mark.slow] * (name in SLOW))
    for method in METHODS
    for name, (kind, _) in TRUNKS.items()
    if kind in kinds_of(method)
]


@functools.cache
def _trunk(name: str) -> nn.Module:
    torch.manual_seed(0)
    trunk = TRUNKS[name][1]()
    for module in trunk.modules():
        if isinstance(module, nn.BatchNorm2d):  # timm's last one of a block is zero at first
            nn.init.uniform_(module.weight, 0.5, 1.5)
    return trunk


def adapted(method: str, name: str) -> ClipEncoder:
    torch.manual_seed(0)
    return d2st.adapt(copy.deepcopy(_trunk(name)), method, FRAMES, SIZE)


@pytest.mark.parametrize(("method", "name"), CASES)
def test_it_starts_frozen_and_trains_what_it_declares(method: str, name: str) -> None:
    encoder, x = adapted(method, name).eval(), clips(1, FRAMES, SIZE, SIZE)
    if build_adaptation(method).starts_frozen:
        frozen = frozen_twin(encoder, encoder_of(copy.deepcopy(_trunk(name)), FRAMES, SIZE))
        torch.testing.assert_close(encoder(x), frozen(x), atol=1e-5, rtol=1e-5)
    assert encoder(x).shape == (1, FRAMES, encoder.feature_dim)
    if method == "frozen":
        return
    stirred(encoder).train()(x).square().sum().backward()
    assert reached(encoder) == declared(encoder)
