"""Heads at parity with the official code, with each source's use of shots, and alike in all that is generic."""

import math

import pytest
import torch
from einops import rearrange
from torch.nn import functional as F

from d2st.errors import UserError
from d2st.heads import OTAM, BiMHM, ProtoNet, bimhm, build_head, heads, otam
from d2st.heads.base import Head

ATOL = 5e-5
VARIANTS = [
    BiMHM(),
    BiMHM(shots="mean_distance", reduction="mean"),
    OTAM(),
    OTAM(lam=0.5, shots="mean_feature", cosine_eps=0, bidirectional=False),
    ProtoNet(),
    ProtoNet(shots="mean_distance"),
    ProtoNet(metric="cosine"),
    ProtoNet(metric="cosine", shots="mean_distance", cosine_eps=0, scale=10),
]


def episode(way=5, shot=3, queries=4, t=8, d=32, b=None, seed=0):
    generator = torch.Generator().manual_seed(seed)
    lead = () if b is None else (b,)
    support = torch.randn(*lead, way * shot, t, d, generator=generator)
    query = torch.randn(*lead, way * queries, t, d, generator=generator)
    labels = torch.arange(way).repeat_interleave(shot).expand(*lead, -1)
    return support, labels, query


@pytest.fixture(params=VARIANTS, ids=lambda head: f"{type(head).__name__}-{head.shots}")
def head(request) -> Head:
    return request.param


def close(ours, theirs) -> None:
    torch.testing.assert_close(ours, theirs, atol=ATOL, rtol=0)


def test_parity_otam_1shot(parity):
    fixture = parity("otam_1shot")
    inputs, outputs = fixture["inputs"], fixture["outputs"]
    close(otam(outputs["dists"], lam=0.1), outputs["q_to_s"])
    close(otam(outputs["dists"].mT, lam=0.1), outputs["s_to_q"])
    close(OTAM()(inputs["support"], inputs["support_labels"], inputs["query"]), outputs["logits"])


def test_parity_d2st_otam(parity):
    fixture = parity("d2st_otam")
    dists, outputs = fixture["inputs"]["dists"].requires_grad_(), fixture["outputs"]
    forth, back = otam(dists, lam=0.5), otam(dists.mT, lam=0.5)
    close(forth, outputs["q_to_s"])
    close(back, outputs["s_to_q"])
    close(OTAM(lam=0.5).distance(dists), outputs["both"])
    (gradient,) = torch.autograd.grad(forth.sum(), dists)
    close(gradient, fixture["extra"]["grad_sum_q_to_s"])


def test_parity_bimhm(parity):
    fixture = parity("bimhm_plain")
    close(bimhm(fixture["inputs"]["dists"]), fixture["outputs"]["both"])
    close(bimhm(fixture["inputs"]["dists"], bidirectional=False), fixture["outputs"]["single"])


def test_parity_d2st_head(parity):
    fixture = parity("d2st_head_bimhm_1shot")
    support, query = (rearrange(fixture["inputs"][k], "(n t) d -> n t d", t=8) for k in ("support", "query"))
    close(BiMHM()(support, fixture["inputs"]["support_labels"], query), fixture["outputs"]["logits"])


def test_parity_meanpool(parity):
    inputs, outputs = (parity("meanpool_1shot")[k] for k in ("inputs", "outputs"))
    head = ProtoNet(metric="cosine", shots="mean_distance")
    close(head(inputs["support"], inputs["support_labels"], inputs["query"]), outputs["logits_cosine"])


def naive_otam(rows, lam):
    """Cell by cell in float64, as facts/baselines_and_heads.md 3.2 words it."""

    def smin(*values):
        return -lam * math.log(sum(math.exp(-v / lam) for v in values))

    dists = [[0.0, *row, 0.0] for row in rows]
    last = len(dists[0]) - 1
    total = [[sum(dists[0][: m + 1]) for m in range(last + 1)]]
    for row in dists[1:]:
        line = [0.0]
        for m in range(1, last + 1):
            into = [total[-1][m - 1], line[m - 1]] + ([total[-1][m]] if m in (1, last) else [])
            line.append(row[m] + smin(*into))
        total.append(line)
    return total[-1][-1]


@pytest.mark.parametrize(("t", "u"), [(1, 1), (1, 4), (4, 1), (2, 2), (3, 3), (6, 9), (9, 6), (16, 16)])
@pytest.mark.parametrize("lam", [0.1, 0.5, 2.0])
def test_otam_is_the_recursion(t, u, lam):
    dists = torch.rand(2, 3, t, u, generator=torch.Generator().manual_seed(t * u)) * 0.8
    expected = torch.tensor([[naive_otam(d.double().tolist(), lam) for d in line] for line in dists])
    close(otam(dists, lam), expected)


@pytest.mark.parametrize("cost", [0.0, 1.3, 1.9, 2.0])
def test_otam_stays_finite_where_the_plain_form_overflows(cost):
    dists = torch.full((1, 1, 8, 8), cost, requires_grad=True)
    value = otam(dists, lam=0.1)
    (gradient,) = torch.autograd.grad(value.sum(), dists)
    assert value.isfinite().all() and gradient.isfinite().all()
    assert gradient.sum() > 0
    if cost == 1.9:
        assert value.item() == pytest.approx(14.45, abs=0.01)
    if cost == 0:
        assert value.item() == pytest.approx(-0.844, abs=1e-3)


def test_shots_as_each_source():
    support, labels, query = episode()
    shots = rearrange(support, "(w k) t d -> w k t d", k=3)

    def one_by_one(head):
        return torch.stack([head(shots[:, k], torch.arange(5), query) for k in range(3)]).mean(0)

    for metric in (BiMHM, OTAM):
        close(metric(shots="mean_distance")(support, labels, query), one_by_one(metric()))
        averaged = metric()(shots.mean(1), torch.arange(5), query)
        close(metric(shots="mean_feature")(support, labels, query), averaged)
    cosine = ProtoNet(metric="cosine", shots="mean_distance")
    close(cosine(support, labels, query), one_by_one(cosine))
    prototypes, videos = shots.mean((1, 2)), query.mean(1)
    squared = -(videos[:, None] - prototypes).square().sum(-1)
    close(ProtoNet()(support, labels, query), squared)
    close(ProtoNet(metric="cosine", cosine_eps=0)(support, labels, query),
          F.cosine_similarity(videos[:, None], prototypes, dim=-1))  # fmt: skip
    assert BiMHM().shots == "mean_feature" and OTAM().shots == "mean_distance"


def test_batched_equals_one_by_one(head):
    support, labels, query = episode(b=3)
    batched = head(support, labels, query)
    assert batched.shape == (3, 20, 5)
    for i in range(3):
        close(head(support[i], labels[i], query[i]), batched[i])


def test_columns_follow_sorted_labels(head):
    support, labels, query = episode()
    expected = head(support, labels, query)
    shuffle = torch.randperm(15, generator=torch.Generator().manual_seed(1))
    names = torch.tensor([3.0, 10.0, 11.0, 70.0, 71.0])
    close(head(support[shuffle], names[labels[shuffle]], query), expected)


def test_finds_the_class_and_trains(head):
    support, labels, query = episode(queries=2)
    centres = torch.randn(5, 8, 32, generator=torch.Generator().manual_seed(9))
    support = (centres.repeat_interleave(3, 0) + 0.3 * support).requires_grad_()
    query = centres.repeat_interleave(2, 0) + 0.3 * query
    logits = head(support, labels, query)
    assert (logits.argmax(-1) == torch.arange(5).repeat_interleave(2)).all()
    (gradient,) = torch.autograd.grad(F.cross_entropy(logits, torch.arange(5).repeat_interleave(2)), support)
    assert gradient.isfinite().all() and gradient.abs().sum() > 0


def test_identical_and_zero_features_have_finite_gradients(head):
    for fill in (0.0, 1.0):
        support = torch.full((5, 8, 16), fill, requires_grad=True)
        logits = head(support, torch.arange(5), support.detach()[:2])
        (gradient,) = torch.autograd.grad(logits.sum(), support)
        assert logits.isfinite().all() and gradient.isfinite().all()


def test_videos_of_different_lengths():
    support, labels, _ = episode(t=6)
    query = episode(t=9)[2]
    for head in (BiMHM(), OTAM(), ProtoNet()):
        assert head(support, labels, query).isfinite().all()


@pytest.mark.parametrize("labels", [[0, 0, 0, 1], [0, 0, 1], [0, 1, 2, 3, 3]])
def test_unbalanced_support_is_refused(labels):
    support = torch.randn(len(labels), 8, 16)
    with pytest.raises(UserError):
        BiMHM()(support, torch.tensor(labels), support)


def test_building():
    assert {"bimhm", "otam", "protonet"} <= set(heads())
    assert isinstance(build_head("otam"), OTAM)
    assert build_head({"type": "OTAM", "lam": 0.5}).lam == 0.5
    assert build_head({"type": "protonet", "metric": "cosine"}).metric == "cosine"
    with pytest.raises(UserError, match=r"unknown head 'dtw'; known: bimhm, .*otam, protonet"):
        build_head("dtw")
    for bad in (
        {"type": "otam", "lam": 0},
        {"type": "otam", "gamma": 1},
        {"type": "bimhm", "shots": "median"},
    ):
        with pytest.raises(UserError):
            build_head(bad)


def test_registered_with_mmaction():
    from mmaction.registry import MODELS

    assert isinstance(MODELS.build({"type": "BiMHM"}), BiMHM)
