"""What each ablation of D2ST leaves out or replaces."""

import pytest
import timm
import torch

import d2st
from d2st.errors import UserError
from d2st.points import isotropic
from d2st.trunks import ClipEncoder


def clip_vit(method: str, **arguments) -> ClipEncoder:
    with torch.device("meta"):
        vit = timm.create_model("vit_base_patch16_clip_quickgelu_224.openai", depth=1)
        return d2st.adapt(vit, method, **arguments)


def adapter_size(method: str) -> int:
    return sum(p.numel() for p in clip_vit(method).vit.blocks[0].adapter.parameters())


def test_sizes_follow_from_what_is_left_out() -> None:
    whole, norm, offsets = adapter_size("d2st"), 2 * 192, 5_088 + 2_640
    assert whole == 606_192
    assert adapter_size("d2st_spatial") == whole - 150_864 - norm
    assert adapter_size("d2st_temporal") == whole - 153_312 - norm
    assert adapter_size("d2st_fixed") == whole - offsets
    assert adapter_size("bottleneck") == 147_648 + 148_224
    assert adapter_size("dst") == adapter_size("bottleneck") + 192 * (9 + 3) + 4 * 192


def test_isotropic_points_are_about_as_many_and_never_fewer() -> None:
    adapter = clip_vit("d2st_isotropic").vit.blocks[0].adapter
    assert adapter.spatial.reference.shape == adapter.temporal.reference.shape == (3, 4, 3, 3)
    assert isotropic((2, 8, 8), (8, 4, 4)) == (4, 6, 6)
    assert isotropic((2, 2, 2), (8, 1, 1)) == (4, 2, 2)


def test_a_single_pathway_takes_no_arguments_of_the_other() -> None:
    with pytest.raises(UserError, match="'d2st_spatial' has no temporal pathway"):
        clip_vit("d2st_spatial", temporal_points=(8, 2, 2))


def test_dst_tunes_and_stores_its_batch_norm_and_follows_the_mode() -> None:
    encoder = d2st.adapt(timm.create_model("vit_mini"), "dst").train()
    norm = encoder.vit.blocks[0].adapter.spatial[1]
    assert norm.training
    assert "vit.blocks.0.adapter.spatial.1.running_mean" in encoder.tunable_names
