"""Tunable parameters of every method at ViT-B/16 and ResNet-50, against the counts of the official code."""

import pytest
import timm
import torch

import baselines  # noqa: F401
import d2st

# the counts that the issue and facts/baselines_and_heads.md name, for ViT-B/16 and ResNet-50
CLIP, RN50 = "vit_base_patch16_clip_quickgelu_224.openai", "resnet50.tv_in1k"


@pytest.mark.parametrize(
    ("trunk", "method", "arguments", "count"),
    [
        (CLIP, "d2st", {}, 7_282_752),
        (CLIP, "aim", {}, 10_659_072),
        (CLIP, "aim", {"temporal_adapters": 2}, 14_209_536),
        (CLIP, "st_adapter", {}, 7_110_144),
        (CLIP, "st_adapter", {"places": ("attention", "mlp")}, 14_220_288),
        (CLIP, "st_adapter", {"kernel": (3, 3, 3)}, 7_220_736),
        (CLIP, "st_adapter", {"kernel": (3, 3, 3), "places": ("attention", "mlp")}, 2 * 7_220_736),
        (CLIP, "dualpath", {}, 17_752_320 + 303_360),
        (CLIP, "lora", {}, 294_912),
        (CLIP, "lora", {"rank": 4, "targets": ("q", "k", "v", "proj", "fc1", "fc2")}, 4 * 165_888),
        (CLIP, "bitfit", {}, 102_912),
        ("vit_base_patch16_224.augreg_in21k", "bitfit", {}, 102_912),
        (CLIP, "norm_tuning", {}, 39_936),
        (CLIP, "last_blocks", {"count": 1}, 7_087_872 + 1_536),
        (CLIP, "full_finetune", {}, 85_799_424),
        (CLIP, "frozen", {}, 0),
        (RN50, "d2st", {}, 5_683_776),
        (RN50, "st_adapter", {}, 2_793_920),
        (RN50, "bottleneck", {}, 2_790_080),
        (RN50, "dst", {}, 2_805_440),
        (RN50, "bitfit", {}, 26_560),
        (RN50, "norm_tuning", {}, 53_120),
        (RN50, "last_blocks", {"count": 1}, 14_964_736),
        (RN50, "last_blocks", {}, 14_964_736 + 7_098_368),
        (RN50, "full_finetune", {}, 23_508_032),
        (RN50, "frozen", {}, 0),
    ],
)
def test_tunable_parameters(trunk, method, arguments, count) -> None:
    with torch.device("meta"):
        assert d2st.adapt(timm.create_model(trunk), method, **arguments).tunable_count == count


@pytest.mark.parametrize(
    ("ratio", "vit", "resnet"),
    [(1 / 16, 1.170, 0.902), (1 / 8, 2.765, 2.147), (1 / 4, 7.283, 5.684), (1 / 2, 21.626, 16.934)],
)
def test_ratios_of_d2st(ratio, vit, resnet) -> None:
    """Millions, as facts/d2st.md 4 gives them."""
    for trunk, millions in ((CLIP, vit), (RN50, resnet)):
        with torch.device("meta"):
            encoder = d2st.adapt(timm.create_model(trunk), "d2st", ratio=ratio)
        assert round(encoder.tunable_count / 1e6, 3) == millions
