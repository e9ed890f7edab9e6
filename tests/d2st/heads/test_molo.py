"""MoLo at parity with the official code, but for the pixel decoder."""

import pytest
import torch
from einops import rearrange
from torch.nn import functional as F

from d2st.errors import UserError
from d2st.heads import OTAM, MoLo
from d2st.heads.base import by_class
from tests import parity as official

CONTRASTS = ("logits_s2q", "logits_q2s", "logits_s2q_motion", "logits_q2s_motion")


def test_parity(parity):
    fixture = parity("molo_1shot")
    inputs, outputs = fixture["inputs"], fixture["outputs"]
    head = official.load(MoLo(16, 8), fixture, "molo")
    maps = [
        rearrange(inputs[f"{part}_maps"], "(n t) c h w -> n t c h w", t=8) for part in ("support", "query")
    ]
    labels = inputs["support_labels"]

    def close(ours, theirs):
        torch.testing.assert_close(ours, theirs, atol=5e-5, rtol=0)

    close(head(maps[0], labels, maps[1]), outputs["logits"])
    support, query = (head.embed(part) for part in maps)
    shots = by_class(support[None], labels[None])
    contrasts = head.contrasts(shots, query[None])
    for ours, name in zip(contrasts, CONTRASTS):
        close(ours[0], outputs[name])
    read = torch.cat([head.base_features(clips, part) for clips, part in zip(maps, (support, query))])
    state = fixture["state_dict"]
    weight, bias = (state[f"classification_layer.{name}"] for name in ("weight", "bias"))
    close(F.linear(read[:, 0], weight, bias), outputs["class_logits"])
    truth = torch.arange(5)
    losses, _ = head.losses(shots, query[None], truth[None])
    expected = sum(F.cross_entropy(outputs[name], truth) for name in CONTRASTS)
    close(losses["loss_contrast"], 0.05 * expected)
    close(losses["loss_episode"], F.cross_entropy(outputs["logits"], truth))


def test_the_otam_form_swaps_the_metric_alone():
    torch.manual_seed(0)
    head, other = MoLo(16, 4, mlp_dim=20).eval(), MoLo(16, 4, mlp_dim=20, metric="otam", lam=0.5).eval()
    other.load_state_dict(head.state_dict())
    maps, labels = torch.randn(8, 4, 16, 3, 3), torch.arange(2).repeat_interleave(2)
    tokens = head.embed(maps)
    shots, asked = tokens[:4].unflatten(0, (2, 2)).mean(1), tokens[4:]
    matching = OTAM(lam=0.5, cosine_eps=0.01)
    parts = [
        matching(shots[:, some], torch.arange(2), asked[:, some]) for some in (slice(1, 5), slice(6, None))
    ]
    torch.testing.assert_close(other(maps[:4], labels, maps[4:]), parts[0] + 0.3 * parts[1])
    assert not torch.allclose(head(maps[:4], labels, maps[4:]), parts[0] + 0.3 * parts[1])


def test_misuse_is_named():
    with pytest.raises(UserError, match="metric has to be one of bimhm, otam, not 'dtw'"):
        MoLo(16, 8, metric="dtw")
    with pytest.raises(UserError, match="lam has to be above 0"):
        MoLo(16, 8, metric="otam", lam=0)
    with pytest.raises(UserError, match=r"differences between frames"):
        MoLo(16, 1)
    with pytest.raises(UserError, match=r"cannot be split into 8 attention heads"):
        MoLo(12, 8)
