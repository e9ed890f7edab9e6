"""STRM at parity with the official code, part by part and as a whole."""

import pytest
import torch

from d2st.errors import UserError
from d2st.heads import STRM
from d2st.heads.base import by_class
from tests import parity as official

ATOL = 5e-5


@pytest.fixture
def fixture(parity):
    return parity("strm_5shot")


@pytest.fixture
def head(fixture) -> STRM:
    return official.load(STRM(32, 8, width=24), fixture, "strm")


def close(ours, theirs) -> None:
    torch.testing.assert_close(ours, theirs, atol=ATOL, rtol=0)


def test_parity_of_patches_and_frames(head, fixture):
    inputs, outputs = fixture["inputs"], fixture["outputs"]
    close(head.patches(inputs["patches"]), outputs["patch_out"])
    close(head.enrich(inputs["query"]), outputs["frame_out"])


def test_parity_of_both_logits(head, fixture):
    inputs, outputs = fixture["inputs"], fixture["outputs"]
    support, query = (head.embed_frames(inputs[name])[None] for name in ("support", "query"))
    support = by_class(support, inputs["support_labels"][None])
    first, second = head.both_logits(support, query)
    close(first[0], outputs["logits_frame"])
    close(second[0], outputs["logits_post_pat"])
    close(head.logits(support, query), first + 0.1 * second)
    losses, _ = head.losses(support, query, torch.zeros(1, 10, dtype=torch.long))
    assert set(losses) == {"loss_episode", "loss_second"}
    torch.testing.assert_close(losses["loss_second"], 0.1 * (second.logsumexp(-1) - second[..., 0]).mean())


def test_maps_are_pooled_to_sixteen_patches(head):
    maps = torch.randn(3, 8, 32, 7, 7)
    pooled = torch.nn.functional.adaptive_max_pool2d(maps.flatten(0, 1), 4).flatten(2).mT
    frames = head.patches(pooled).mean(1).unflatten(0, (3, 8))
    close(head.embed(maps), head.embed_frames(frames))


def test_one_frame_is_refused():
    with pytest.raises(UserError, match=r"pairs of frames"):
        STRM(32, 1)
