"""Trunks of every kind that the suite names, at their own size; on the meta device, so that nothing is computed."""

import pytest
import timm
import torch

import baselines  # noqa: F401
import d2st
from d2st.errors import UserError
from d2st.trunks import kind_of

#: kind, width of a frame feature, places of adapters; the ViTs are cut to two blocks
TRUNKS = {
    "vit_small_patch16_224.augreg_in21k": ("vit", 384, 2),
    "vit_base_patch16_gap_224": ("vit", 768, 2),
    "vit_large_patch14_clip_quickgelu_336.openai": ("vit", 1024, 2),
    "resnet18.tv_in1k": ("resnet", 512, 4),
    "resnet34.tv_in1k": ("resnet", 512, 4),
    "resnet50.tv_in1k": ("resnet", 2048, 4),
    "resnet50_clip.openai": ("resnet", 2048, 4),
    "resnet50_clip_gap.openai": ("resnet", 2048, 4),
}


@pytest.mark.parametrize("name", TRUNKS)
def test_d2st_on_every_kind_of_trunk(name: str) -> None:
    kind, width, places = TRUNKS[name]
    with torch.device("meta"):
        model = timm.create_model(name, num_classes=0, **({"depth": 2} if kind == "vit" else {}))
        size = model.pretrained_cfg["input_size"][-1]
        encoder = d2st.adapt(model, frames=2)
        features = encoder(torch.empty(1, 3, 2, size, size))
    assert (encoder.kind, len(encoder.places)) == (kind, places)
    assert features.shape == (1, 2, width) and encoder.feature_dim == width
    assert encoder.tunable_count > 0


def test_other_models_have_no_kind() -> None:
    assert (kind_of("vit_mini"), kind_of("resnet50.tv_in1k")) == ("vit", "resnet")
    with pytest.raises(
        UserError, match=r"'mobilenetv3_small_050' is a MobileNetV3, not a VisionTransformer or ResNet"
    ):
        kind_of("mobilenetv3_small_050")
