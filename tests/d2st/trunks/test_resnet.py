"""timm ResNets, and CLIP's, as clip encoders."""

from dataclasses import replace

import pytest
import timm
import torch
from einops import rearrange
from safetensors.torch import save_file
from timm.models.byobnet import ByobNet, model_cfgs
from torch import nn

import baselines  # noqa: F401
import d2st
from d2st.errors import UserError
from d2st.interop import from_official
from d2st.trunks import ResNetEncoder, build_encoder
from tests.parity import Parity


def clip_resnet(name: str, num_classes: int) -> ByobNet:
    """timm's CLIP ResNet ``name`` in the size of the fixture: one block a stage, width 8, 4 heads."""
    cfg = model_cfgs[name]
    blocks = tuple(replace(block, d=1, c=8 * 4 * 2**i) for i, block in enumerate(cfg.blocks))
    small = replace(cfg, blocks=blocks, stem_chs=(4, 4, 8))
    return ByobNet(small, num_classes=num_classes, img_size=64)


def test_clip_resnet_equals_openai(parity: Parity) -> None:
    fixture = parity("clip_rn_small")
    x, outputs = fixture["inputs"]["x"], fixture["outputs"]
    state = from_official(fixture["state_dict"], "clip-rn")
    pooled, mean = clip_resnet("resnet50_clip", 32), clip_resnet("resnet50_clip_gap", 0)
    pooled.load_state_dict(state, strict=True)
    mean.load_state_dict(
        {key: value for key, value in state.items() if not key.startswith("head.")}, strict=True
    )
    torch.testing.assert_close(pooled.eval()(x), outputs["y"], rtol=1e-4, atol=1e-5)
    encoder = ResNetEncoder(mean, frames=2, image_size=64).eval()
    y = encoder(rearrange(x, "t c h w -> 1 c t h w"))
    torch.testing.assert_close(y[0], outputs["gap"], rtol=1e-4, atol=1e-5)
    assert [place.dim for place in encoder.places] == [32, 64, 128, 256]


@pytest.mark.parametrize("name", ["resnet10t", "resnet18", "resnet50_clip", "resnet50_clip_gap"])
def test_frame_features_are_timms_pre_logits(name) -> None:
    torch.manual_seed(0)
    reference = timm.create_model(name, num_classes=0).eval()
    encoder = ResNetEncoder(reference, frames=2, image_size=64).eval()
    clips = torch.randn(1, 3, 2, 64, 64)
    y = encoder(clips)
    torch.testing.assert_close(y[0], reference(rearrange(clips, "1 c t h w -> t c h w")))
    assert y.shape[-1] == encoder.feature_dim


def test_places_are_the_stages() -> None:
    with torch.device("meta"):
        encoder = ResNetEncoder(timm.create_model("resnet50.tv_in1k"))
    found = [(place.dim, *place.shape) for place in encoder.places]
    assert found == [(256, 8, 56, 56, 0), (512, 8, 28, 28, 0), (1024, 8, 14, 14, 0), (2048, 8, 7, 7, 0)]
    assert encoder.image_size == (224, 224)


def test_batch_norm_keeps_its_statistics_even_in_full_fine_tuning() -> None:
    encoder = d2st.adapt(timm.create_model("resnet10t"), "full_finetune", 2, image_size=64).train()
    norms = [module for module in encoder.modules() if isinstance(module, nn.BatchNorm2d)]
    assert norms and not any(norm.training for norm in norms)
    assert all(norm.weight.requires_grad for norm in norms)
    assert encoder.resnet.layer1.training


@pytest.mark.parametrize("name", ["resnet10t", "resnet50_clip", "resnet50_clip_gap"])
def test_files_load_and_their_classifier_is_dropped(name, tmp_path) -> None:
    model = timm.create_model(name)
    save_file(
        {key: value.contiguous() for key, value in model.state_dict().items()}, tmp_path / "a.safetensors"
    )
    encoder = build_encoder(
        name, {"type": "frozen"}, str(tmp_path / "a.safetensors"), frames=1, image_size=64
    )
    assert encoder(torch.zeros(1, 3, 1, 64, 64)).shape == (1, 1, encoder.feature_dim)
    first = next(iter(encoder.resnet.parameters()))
    assert torch.equal(first, next(iter(model.parameters())))


def test_sizes_and_methods_that_do_not_fit_are_refused() -> None:
    with pytest.raises(UserError, match=r"ByobNet cannot take images of 8 x 8 pixels.*larger"):
        ResNetEncoder(timm.create_model("resnet50_clip_gap"), image_size=8)
    with pytest.raises(
        UserError, match=r"'aim' adapts trunks of kind vit, not resnet: AIM runs.*self-attention"
    ):
        d2st.adapt(timm.create_model("resnet10t"), "aim")
