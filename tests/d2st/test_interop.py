"""Renaming of official parameters."""

import pytest
import torch

from d2st.errors import UserError
from d2st.interop import from_official


def test_unknown_source_lists_the_known_ones() -> None:
    with pytest.raises(UserError, match=r"aim, clip-rn, clip-vit, d2st-rn, d2st-vit, .*st-adapter"):
        from_official({}, "d3st")


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
