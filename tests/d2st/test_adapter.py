"""The D2ST adapter against the official code, and its arguments."""

import pytest
import timm
import torch
from einops import rearrange

import d2st
from d2st.adapter import D2STAdapter
from d2st.errors import UserError
from d2st.method import D2ST
from d2st.points import OFFICIAL_SPATIAL, OFFICIAL_TEMPORAL
from d2st.trunks import ClipShape, Place, build_encoder
from d2st.trunks.resnet import ClipStage
from d2st.trunks.vit import FollowedBlock
from tests.parity import Parity, check_gradients, load

SHAPE = ClipShape(8, 14, 14, 1)


def test_output_and_gradients_equal_the_official_code(parity: Parity) -> None:
    fixture = parity("d2st_vit_adapter")
    adapter = load(D2STAdapter(64, (8, 14, 14), OFFICIAL_SPATIAL, OFFICIAL_TEMPORAL), fixture, "d2st-vit")
    x = fixture["inputs"]["x"].clone().requires_grad_()
    y = rearrange(adapter(rearrange(x, "l nt d -> nt l d"), SHAPE), "nt l d -> l nt d")
    torch.testing.assert_close(y, fixture["outputs"]["y"], atol=1e-5, rtol=0)
    assert check_gradients(adapter, x, y, fixture["extra"]["param_grads"], "d2st-vit") == 34


@pytest.mark.parametrize(("name", "stage", "hw"), [("stage1", 0, 56), ("stage3", 2, 14)])
def test_resnet_form_equals_the_official_code(parity: Parity, name, stage, hw) -> None:
    fixture = parity(f"d2st_rn_adapter_{name}")
    dim = fixture["meta"]["cfg"]["dim"]
    shape = ClipShape(8, hw, hw, 0)
    adapter = load(D2ST().adapter("resnet", Place(stage, dim, shape)), fixture, "d2st-rn")
    tokens = rearrange(fixture["inputs"]["x"], "b c h w -> b (h w) c")
    y = rearrange(adapter(tokens, shape), "b (h w) c -> b c h w", h=hw)
    # LayerNorm over two channels magnifies rounding: the fixture itself is 6e-6 from the result in float64
    torch.testing.assert_close(y, fixture["outputs"]["y"], atol=1e-5, rtol=1e-5)
    y = rearrange(adapter.double()(tokens.double(), shape), "b (h w) c -> b c h w", h=hw)
    torch.testing.assert_close(y.float(), fixture["outputs"]["y"], atol=1e-5, rtol=0)


def _adapter_sizes(trunk: str) -> list[int]:
    with torch.device("meta"):
        encoder = d2st.adapt(timm.create_model(trunk), "d2st")
    return [
        sum(p.numel() for p in module.adapter.parameters())
        for module in encoder.modules()
        if isinstance(module, ClipStage | FollowedBlock)
    ]


def test_sizes_are_the_official_ones() -> None:
    assert _adapter_sizes("resnet50.tv_in1k") == [94_272, 293_760, 1_070_400, 4_225_344]
    assert sum(_adapter_sizes("resnet18")) == sum(_adapter_sizes("resnet34")) == 376_464
    assert _adapter_sizes("vit_base_patch16_clip_quickgelu_224.openai") == [606_192] * 12


def test_adapters_in_some_blocks_only() -> None:
    encoder = build_encoder("vit_mini", {"type": "d2st", "blocks": [3, 1]}, weights="random")
    assert [isinstance(block, FollowedBlock) for block in encoder.vit.blocks] == [False, True, False, True]
    with pytest.raises(UserError, match=r"blocks=\[4\] does not name blocks.*0 to 3"):
        build_encoder("vit_mini", {"type": "d2st", "blocks": [4]}, weights="random")


def test_every_argument_reaches_the_modules() -> None:
    encoder = build_encoder(
        "vit_mini",
        {
            "type": "d2st",
            "ratio": 0.5,
            "heads": 2,
            "spatial_kernel": (2, 3, 3),
            "spatial_stride": (2, 1, 1),
            "temporal_points": (8, 1, 1),
        },
        weights="random",
    )
    adapter = encoder.vit.blocks[0].adapter
    assert adapter.down.out_features == 48
    assert adapter.spatial.heads == 2
    assert tuple(adapter.spatial.reference.shape) == (3, 4, 4, 4)
    assert tuple(adapter.temporal.reference.shape) == (3, 8, 1, 1)


def test_small_grids_get_the_official_densities() -> None:
    adapter = build_encoder("vit_mini", {"type": "d2st"}, weights="random").vit.blocks[0].adapter
    assert tuple(adapter.spatial.reference.shape) == (3, 2, 4, 4)
    assert tuple(adapter.temporal.reference.shape) == (3, 8, 2, 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"spatial_kernel": (4, 7, 7)}, r"kernel \(4, 7, 7\).*does not fit the token grid \(8, 6, 6\)"),
        ({"heads": 7}, "7 attention heads do not divide"),
        ({"ratio": 0.001}, "leaves no channel"),
        ({"spatial_points": (2, 2, 2), "spatial_kernel": (1, 1, 1)}, "not both"),
        ({"rato": 0.5}, "does not take these arguments.*rato"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(arguments, message) -> None:
    with pytest.raises(UserError, match=message):
        build_encoder("vit_mini", {"type": "d2st", **arguments}, weights="random")


def test_it_tunes_class_token_temporal_embedding_and_final_norm_beside_the_adapters() -> None:
    encoder = d2st.adapt(timm.create_model("vit_mini"), "d2st")
    others = {name for name in encoder.tunable_names if ".adapter." not in name}
    assert others == {"vit.cls_token", "temporal_embedding", "vit.norm.weight", "vit.norm.bias"}
