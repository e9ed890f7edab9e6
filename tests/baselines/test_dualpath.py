"""DUALPATH against its official code, and its rule for few-shot clips."""

import pytest
import torch
from einops import rearrange

from baselines.dualpath import DualPathBlock, cell_codes, mosaics
from d2st.errors import UserError
from d2st.trunks import ClipShape, build_encoder
from tests.baselines.test_parity import clip_block
from tests.parity import Parity, load


def test_block(parity: Parity) -> None:
    fixture = parity("dualpath_block_Tt1")
    block = load(DualPathBlock(clip_block(), 64, 16, 0.1), fixture, "dualpath")
    images = rearrange(fixture["inputs"]["x"], "l (n i) d -> n i l d", i=9)
    expected = rearrange(fixture["outputs"]["y"], "l (n i) d -> n i l d", i=9)
    frames = block(rearrange(images[:, 1:], "n t l d -> (n t) l d"), ClipShape(8, 4, 4, 1))
    torch.testing.assert_close(frames, rearrange(expected[:, 1:], "n t l d -> (n t) l d"), atol=1e-5, rtol=0)
    torch.testing.assert_close(block.mosaic(images[:, 0]), expected[:, 0], atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("name", "antialias"), [("antialias_false_2022", False), ("antialias_true_new_default", True)]
)
def test_mosaic(parity: Parity, name, antialias) -> None:
    fixture = parity("dualpath_grid_tpe")
    frames = rearrange(fixture["inputs"]["video_uint8"].float(), "n c t h w -> (n t) c h w")
    expected = fixture["outputs"][f"grid_{name}"][:, :, 0]
    torch.testing.assert_close(mosaics(frames, 16, 4, antialias), expected, atol=1e-3, rtol=0)


@pytest.mark.parametrize(("name", "antialias"), [("noaa", False), ("new", True)])
@pytest.mark.parametrize("grid", [14, 16])
def test_codes_of_cells(parity: Parity, name, antialias, grid) -> None:
    expected = parity("dualpath_grid_tpe")["outputs"][f"tpe_{name}_{grid}"]
    torch.testing.assert_close(cell_codes(2, 4, (grid, grid), 64, 1, antialias), expected, atol=1e-5, rtol=0)


def test_the_smallest_square_that_holds_the_clip() -> None:
    def path(frames: int, **arguments):
        return build_encoder("vit_mini", {"type": "dualpath", **arguments}, "random", frames).second_path

    assert [path(frames).side for frames in (1, 4, 8, 9, 16)] == [1, 2, 3, 3, 4]
    assert path(8).codes.shape == (1, 37, 96)
    assert path(8, side=2).codes.shape == (2, 37, 96)
    with pytest.raises(UserError, match="side=0"):
        path(8, side=0)


def test_empty_cells_are_zero_and_rows_come_first() -> None:
    frames = torch.arange(1.0, 9).view(8, 1, 1, 1).expand(8, 3, 3, 3)
    mosaic = mosaics(frames, 8, 3)
    assert mosaic[0, 0].tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 0]]


def test_a_resnet_is_refused_with_the_reason() -> None:
    with pytest.raises(UserError, match=r"not resnet: DUALPATH.*self-attention"):
        build_encoder("resnet10t", {"type": "dualpath"}, weights="random")
