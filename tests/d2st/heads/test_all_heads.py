"""What holds of every registered head, with 1 and 5 shots."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from d2st.heads import build_head, heads
from d2st.heads.base import Head

WAY, FRAMES, DIM = 3, 5, 16
SMALL = {"trx": {"width": 12}, "strm": {"width": 12}, "molo": {"mlp_dim": 20}}


def close(ours: Tensor, theirs: Tensor) -> None:
    torch.testing.assert_close(ours, theirs, atol=2e-5, rtol=1e-5)


@pytest.fixture(params=heads())
def head(request: pytest.FixtureRequest) -> Head:
    torch.manual_seed(0)
    name = request.param
    return build_head({"type": name, **SMALL.get(name, {})}, dim=DIM, frames=FRAMES).eval()


@pytest.fixture(params=[1, 5])
def shot(request: pytest.FixtureRequest) -> int:
    return request.param


def episodes(head: Head, shot: int, queries: int = 2) -> tuple[Tensor, Tensor, Tensor]:
    """Two episodes of clips that resemble a centre of their class."""
    generator = torch.Generator().manual_seed(shot)
    clip = (FRAMES, DIM, 6, 5) if head.needs_maps else (FRAMES, DIM)
    centres = torch.randn(2, WAY, *clip, generator=generator)

    def near(n: int) -> Tensor:
        return centres.repeat_interleave(n, 1) + 0.2 * torch.randn(2, WAY * n, *clip, generator=generator)

    return near(shot), torch.arange(WAY).repeat_interleave(shot).expand(2, -1), near(queries)


def test_a_batch_is_its_episodes_one_by_one(head: Head, shot: int):
    support, labels, query = episodes(head, shot)
    logits = head(support, labels, query)
    assert logits.shape == (2, 2 * WAY, WAY) and logits.isfinite().all()
    for i in range(2):
        close(head(support[i], labels[i], query[i]), logits[i])


def test_each_query_is_judged_alone(head: Head, shot: int):
    support, labels, query = (part[0] for part in episodes(head, shot))
    close(head(support, labels, query[2:3]), head(support, labels, query)[2:3])


def test_order_and_names_of_the_support_do_not_matter(head: Head, shot: int):
    support, labels, query = (part[0] for part in episodes(head, shot))
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(1))
    names = torch.tensor([2.0, 40.0, 41.0])
    close(head(support[order], names[labels[order]], query), head(support, labels, query))


def test_classes_change_places_with_their_columns(head: Head, shot: int):
    support, labels, query = (part[0] for part in episodes(head, shot))
    places = torch.tensor([2, 0, 1])
    close(head(support, places[labels], query)[:, places], head(support, labels, query))


def test_embedding_clips_beforehand_changes_nothing(head: Head, shot: int):
    support, labels, query = episodes(head, shot)
    stored = [head.embed(clips.flatten(0, 1)).unflatten(0, clips.shape[:2]) for clips in (support, query)]
    close(head.compare(stored[0], labels, stored[1]), head(support, labels, query))


def test_the_class_of_equal_clips_is_found(head: Head, shot: int):
    support, labels, _ = episodes(head, shot)
    close_to = support[:, ::shot]  # of each class one shot itself
    assert (head(support, labels, close_to).argmax(-1) == torch.arange(WAY)).all()


def test_training_losses_and_gradients_are_finite(head: Head, shot: int):
    head.train()
    support, _, query = episodes(head, shot)
    support.requires_grad_()
    clips = [clips.flatten(0, 1) for clips in (support, query)]
    embedded = [head.embed(part) for part in clips]
    truth = torch.arange(WAY).repeat_interleave(2).expand(2, -1)
    losses, logits = head.losses(
        embedded[0].unflatten(0, (2, WAY, shot)), embedded[1].unflatten(0, (2, -1)), truth
    )
    assert logits.shape == (2, 2 * WAY, WAY) and all(name.startswith("loss_") for name in losses)
    read = head.base_features(clips[0], embedded[0])
    assert read.ndim == 3 and read.shape[::2] == (len(clips[0]), DIM)
    (sum(losses.values()) + read.square().mean()).backward()
    assert support.grad.isfinite().all() and support.grad.abs().sum() > 0
    for name, parameter in head.named_parameters():
        if parameter.requires_grad:
            assert parameter.grad is not None and parameter.grad.isfinite().all(), name


def test_constant_features_are_no_trap(head: Head, shot: int):
    support, labels, query = episodes(head, shot)
    for fill in (0.0, 1.0):
        same = torch.full_like(support, fill, requires_grad=True)
        logits = head(same, labels, torch.full_like(query, fill))
        F.cross_entropy(logits.flatten(0, 1), torch.zeros(4 * WAY, dtype=torch.long)).backward()
        assert logits.isfinite().all() and same.grad.isfinite().all()


def test_evaluation_is_repeatable_and_weights_survive_saving(head: Head, shot: int):
    support, labels, query = episodes(head, shot)
    logits = head(support, labels, query)
    torch.manual_seed(1)
    other = build_head({"type": type(head).__name__, **_arguments(head)}, dim=DIM, frames=FRAMES).eval()
    other.load_state_dict(head.state_dict())
    close(other(support, labels, query), logits)


def _arguments(head: Head) -> dict[str, int]:
    return SMALL.get(type(head).__name__.lower(), {})
