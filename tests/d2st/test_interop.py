"""Renaming of the official modules' parameters, and back."""

import pytest
import torch

from d2st.errors import UserError
from d2st.interop import from_official, to_official
from tests.parity import Parity


def test_unknown_source_lists_the_known_ones() -> None:
    with pytest.raises(UserError, match=r"aim, clip-rn, clip-vit, d2st-rn, d2st-vit, .*st-adapter"):
        from_official({}, "d3st")
    with pytest.raises(UserError, match="aim, clip-rn, clip-vit, d2st-rn, d2st-vit, st-adapter, trx"):
        to_official({}, "lora")


def test_both_clip_spellings_map_alike() -> None:
    bare = {
        "class_embedding": torch.zeros(4),
        "positional_embedding": torch.zeros(5, 4),
        "proj": torch.zeros(4, 2),
    }
    inside = {f"visual.{name}": value for name, value in bare.items()}
    ours = from_official(bare, "clip-vit")
    assert {name: tuple(value.shape) for name, value in ours.items()} == {
        "cls_token": (1, 1, 4),
        "pos_embed": (1, 5, 4),
        "head.weight": (2, 4),
        "head.bias": (2,),
    }
    assert from_official(inside, "clip-vit").keys() == ours.keys()


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("d2st_vit_adapter", "d2st-vit"),
        ("d2st_vit_deform_s", "d2st-vit"),
        ("d2st_rn_adapter_stage1", "d2st-rn"),
        ("d2st_rn_adapter_stage3", "d2st-rn"),
        ("d2st_rn_st_adapter", "d2st-rn"),
        ("d2st_rn_vanilla_adapter", "d2st-rn"),
        ("aim_block_k400", "aim"),
        ("st_adapter_311", "st-adapter"),
        ("st_block_24", "st-adapter"),
        ("clip_vit_small", "clip-vit"),
        ("clip_rn_small", "clip-rn"),
        ("trx_1shot", "trx"),
    ],
)
def test_back_is_the_inverse(parity: Parity, name, source) -> None:
    official = parity(name)["state_dict"]
    back = to_official(from_official(official, source), source)
    stored = {key for key in official if not key.endswith("pe.pe")}  # computed, not learnt
    assert set(back) == stored
    assert all(torch.equal(back[key], official[key]) for key in stored)


def test_two_tensors_never_become_one() -> None:
    both = {"visual.ln_pre.weight": torch.zeros(1), "ln_pre.weight": torch.ones(1)}
    with pytest.raises(UserError, match=r"would both be called 'norm_pre.weight'"):
        from_official(both, "clip-vit")


def test_clip_has_no_place_for_a_bias_of_its_projection() -> None:
    with pytest.raises(UserError, match=r"'head.bias' is not zero"):
        to_official({"head.weight": torch.zeros(2, 4), "head.bias": torch.ones(2)}, "clip-vit")
