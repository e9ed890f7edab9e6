"""HyRSM at parity with the official code, and its products taken apart against the joined frames themselves."""

import pytest
import torch
from torch.nn import functional as F

from d2st.heads import HyRSM
from tests import parity as official


@pytest.fixture
def fixture(parity):
    return parity("hyrsm_1shot")


def test_parity_of_the_frames(fixture):
    inputs, state = fixture["inputs"], fixture["state_dict"]
    head = official.load(HyRSM(64), fixture, "hyrsm")
    clips = torch.cat([inputs["support"], inputs["query"]])
    read = head.base_features(clips, head.embed(clips))
    weight, bias = (state[f"classification_layer.{name}"] for name in ("weight", "bias"))
    ours = F.linear(read, weight, bias).flatten(0, 1)
    torch.testing.assert_close(ours, fixture["outputs"]["class_logits"], atol=5e-5, rtol=0)


@pytest.mark.parametrize("shots", ["mean_feature", "mean_distance"])
def test_parity_of_the_logits(fixture, shots):
    inputs = fixture["inputs"]
    head = official.load(HyRSM(64, shots=shots), fixture, "hyrsm")
    ours = head(inputs["support"], inputs["support_labels"], inputs["query"])
    torch.testing.assert_close(ours, fixture["outputs"]["logits"], atol=5e-5, rtol=0)


def test_similarity_is_the_cosine_of_joined_frames():
    torch.manual_seed(0)
    head = HyRSM(16, heads=2).eval()
    support, query = torch.randn(2, 3, 4, 16), torch.randn(2, 5, 6, 16)
    seen = head.between(support.mean(2), query.mean(2))
    for b in range(2):
        for q in range(5):

            def joined(clip, relation):
                pair = torch.cat([clip, relation.expand(len(clip), -1)], -1)
                return F.normalize(head.join(pair.T[None])[0].T, dim=-1)

            asked = joined(query[b, q], seen[b, q, -1])
            for s in range(3):
                expected = asked @ joined(support[b, s], seen[b, q, s]).T
                torch.testing.assert_close(head.similarity(support, query)[b, q, s], expected)


def test_shots_are_averaged_before_they_are_related_or_related_all():
    torch.manual_seed(0)
    support, labels, query = (
        torch.randn(6, 4, 16),
        torch.arange(3).repeat_interleave(2),
        torch.randn(5, 4, 16),
    )
    head = HyRSM(16, shots="mean_feature").eval()
    mean = head.embed(support).unflatten(0, (3, 2)).mean(1)
    expected = head.compare(mean[None], torch.arange(3)[None], head.embed(query)[None])[0]
    torch.testing.assert_close(head(support, labels, query), expected)
    each = HyRSM(16, shots="mean_distance").eval()
    each.load_state_dict(head.state_dict())
    apart = each(support, torch.arange(6), query).unflatten(1, (3, 2)).mean(-1)
    torch.testing.assert_close(each(support, labels, query), apart)


def test_its_size_is_the_published_one():
    assert sum(p.numel() for p in HyRSM(2048).parameters()) == pytest.approx(41.96e6, rel=2e-4)
