"""The D2ST adapter against the official code, and its arguments."""

import pytest
import timm
import torch
from einops import rearrange

import d2st
from d2st.adapter import OFFICIAL_SPATIAL, OFFICIAL_TEMPORAL, D2STAdapter
from d2st.errors import UserError
from d2st.trunks import ClipShape, build_encoder
from tests.parity import Parity, check_gradients, load

SHAPE = ClipShape(8, 14, 14, 1)


def test_output_and_gradients_equal_the_official_code(parity: Parity) -> None:
    fixture = parity("d2st_vit_adapter")
    adapter = load(D2STAdapter(64, (8, 14, 14), OFFICIAL_SPATIAL, OFFICIAL_TEMPORAL), fixture, "d2st-vit")
    x = fixture["inputs"]["x"].clone().requires_grad_()
    y = rearrange(adapter(rearrange(x, "l nt d -> nt l d"), SHAPE), "nt l d -> l nt d")
    torch.testing.assert_close(y, fixture["outputs"]["y"], atol=1e-5, rtol=0)
    assert check_gradients(adapter, x, y, fixture["extra"]["param_grads"], "d2st-vit") == 34


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
