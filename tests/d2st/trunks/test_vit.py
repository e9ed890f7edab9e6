"""The timm ViT as a clip encoder, and building it from names and files."""

import warnings

import pytest
import timm
import torch
from einops import rearrange
from safetensors.torch import save_file
from timm.layers import QuickGELU
from timm.models.vision_transformer import VisionTransformer
from torch import nn

import baselines  # noqa: F401
import d2st
from d2st.errors import UserError
from d2st.interop import from_official
from d2st.trunks import ViTEncoder, build_encoder, trunk_info
from tests.parity import Parity


def test_clip_vit_equals_openai(parity: Parity) -> None:
    fixture = parity("clip_vit_small")
    vit = VisionTransformer(
        img_size=64,
        patch_size=16,
        embed_dim=64,
        depth=2,
        num_heads=4,
        num_classes=32,
        pre_norm=True,
        act_layer=QuickGELU,
        norm_layer=lambda d, **kw: nn.LayerNorm(d, eps=1e-5, **kw),
    )
    vit.load_state_dict(from_official(fixture["state_dict"], "clip-vit"), strict=True)
    images = fixture["inputs"]["x"]
    torch.testing.assert_close(vit.eval()(images), fixture["outputs"]["y"], rtol=1e-4, atol=1e-5)
    encoder = ViTEncoder(vit, frames=3).eval()
    y = encoder(rearrange(images, "t c h w -> 1 c t h w"))
    torch.testing.assert_close(y[0], fixture["outputs"]["ln_post_cls"], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "name", ["vit_mini", "vit_tiny_patch16_224", "vit_base_patch16_gap_224", "vit_tiny_r_s16_p8_224"]
)
def test_frame_features_are_timms_pre_logits(name) -> None:
    torch.manual_seed(0)
    reference = timm.create_model(name, num_classes=0, depth=2).eval()
    size = reference.patch_embed.img_size[0]
    encoder = ViTEncoder(reference, frames=2).eval()
    clips = torch.randn(1, 3, 2, size, size)
    y = encoder(clips)
    torch.testing.assert_close(y[0], reference(rearrange(clips, "1 c t h w -> t c h w")))
    assert y.shape[-1] == encoder.feature_dim


def test_the_real_tiny_vit_loads_and_its_head_is_dropped(shared) -> None:
    path = shared / "weights" / "vit_tiny_patch16_224.safetensors"
    encoder = build_encoder("vit_tiny_patch16_224", {"type": "frozen"}, weights=str(path))
    assert (encoder.feature_dim, encoder.tunable_count) == (192, 0)


def test_weights_for_another_image_size_are_interpolated(tmp_path) -> None:
    """A position embedding that rises from left to right still does, on more columns; the class token's stays."""
    state = timm.create_model("vit_mini").state_dict()
    state["pos_embed"][0, 1:] = torch.arange(6.0).repeat(6)[:, None]
    save_file(state, tmp_path / "a.safetensors")
    encoder = build_encoder("vit_mini", {"type": "frozen"}, str(tmp_path / "a.safetensors"), 1, image_size=64)
    positions = encoder.vit.pos_embed[0]
    torch.testing.assert_close(positions[0], state["pos_embed"][0, 0])
    rows = positions[1:, 0].view(8, 8)
    torch.testing.assert_close(rows, rows[:1].expand(8, 8))
    assert (rows[0].diff() > 0).all() and rows[0, 0] < 0.5 and rows[0, -1] > 4.5
    assert encoder(torch.zeros(1, 3, 1, 64, 64)).shape == (1, 1, 96)


def test_weights_that_are_missing_broken_or_of_another_model_are_named(tmp_path) -> None:
    def build(path) -> None:
        build_encoder("vit_mini", {"type": "frozen"}, weights=str(path))

    with pytest.raises(UserError, match=r"absent\.safetensors does not exist"):
        build(tmp_path / "absent.safetensors")
    (tmp_path / "broken.pth").write_bytes(b"no weights")
    with pytest.raises(UserError, match=r"broken\.pth cannot be read"):
        build(tmp_path / "broken.pth")
    save_file({"blocks.0.other": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(UserError, match=r"other\.safetensors does not fit timm's 'vit_mini'"):
        build(tmp_path / "other.safetensors")


def test_unknown_and_unfit_trunks() -> None:
    with pytest.raises(UserError, match=r"timm has no model 'vit_huge_patch3'; similar names"):
        trunk_info("vit_huge_patch3")
    with pytest.raises(UserError, match="is a MobileNetV3, not a VisionTransformer or ResNet; choose a vit_"):
        build_encoder("mobilenetv3_small_050", {"type": "frozen"}, weights="random")
    with pytest.raises(UserError, match="expected a timm VisionTransformer or ResNet, got MobileNetV3"):
        d2st.adapt(timm.create_model("mobilenetv3_small_050"), "d2st")
    with pytest.raises(UserError, match=r"built for images of \(48, 48\) pixels, not \(64, 64\)"):
        d2st.adapt(timm.create_model("vit_mini"), "d2st", image_size=64)
    with pytest.raises(UserError, match=r"no weights named .*openai2.*it has: .*openai"):
        trunk_info("vit_base_patch16_clip_quickgelu_224.openai2")


def test_clip_normalisation_comes_with_the_name() -> None:
    info = trunk_info("vit_base_patch16_clip_quickgelu_224.openai")
    assert info.image_size == 224
    assert info.mean == pytest.approx((0.48145466, 0.4578275, 0.40821073))
    assert trunk_info("vit_mini").image_size == 48


def test_gelu_for_weights_trained_with_quick_gelu_is_warned_of() -> None:
    def adapted(name: str, **arguments) -> None:
        with torch.device("meta"):
            d2st.adapt(timm.create_model(name, depth=1, **arguments), "frozen")

    wrong = "vit_base_patch32_clip_224"
    with pytest.warns(UserWarning, match=r"QuickGELU.*use 'vit_base_patch32_clip_quickgelu_224\.openai'"):
        adapted(f"{wrong}.openai")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        adapted("vit_base_patch32_clip_quickgelu_224.openai")
        adapted(f"{wrong}.openai", act_layer=QuickGELU)
        adapted(f"{wrong}.laion2b")
        adapted("vit_tiny_patch16_224")


@pytest.mark.parametrize("method", ["d2st", "aim", "st_adapter", "dualpath", "lora"])
def test_trunks_without_a_class_token(method) -> None:
    vit = timm.create_model("vit_base_patch16_gap_224", depth=1, embed_dim=48, num_heads=4, img_size=32)
    encoder = d2st.adapt(vit, method, frames=2).eval()
    assert encoder(torch.randn(1, 3, 2, 32, 32)).shape == (1, 2, 48)
