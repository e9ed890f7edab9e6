"""The miniature trunk: small, shipped with weights that fit, and aware of where things are."""

import pytest
import timm
import torch
from safetensors.torch import load_file

from d2st.trunks.mini import WEIGHTS
from d2st.trunks.pretrain_mini import pretrain
from d2st.trunks.stills import stills


@pytest.fixture(scope="module")
def trunk() -> torch.nn.Module:
    """The pre-trained trunk."""
    return timm.create_model("vit_mini", pretrained=True, num_classes=0).eval()


def test_weights_fit_strictly_and_are_small(trunk: torch.nn.Module) -> None:
    state = load_file(WEIGHTS)
    fresh = timm.create_model("vit_mini", num_classes=0)
    fresh.load_state_dict(state, strict=True)
    assert all(torch.equal(trunk.state_dict()[name], value) for name, value in state.items())
    assert sum(p.numel() for p in trunk.parameters()) < 2_000_000
    assert WEIGHTS.stat().st_size < 8 * 2**20


def test_expects_pixels_from_minus_one_to_one(trunk: torch.nn.Module) -> None:
    cfg = trunk.pretrained_cfg
    assert cfg["mean"] == cfg["std"] == (0.5, 0.5, 0.5) and cfg["input_size"] == (3, 48, 48)


def test_class_token_tells_place_size_and_hue_to_a_linear_probe(trunk: torch.nn.Module) -> None:
    """Ridge regression from 1,024 stills explains more than a third of the variance in 512 others."""
    (images, targets), (others, truth) = stills(7, 0, 256), stills(7, 1, 128)
    with torch.no_grad():
        x, z = (torch.cat([f, torch.ones(len(f), 1)], 1) for f in (trunk(images), trunk(others)))
    y, seen = targets["main_where"], truth["main_seen"]
    weights = torch.linalg.solve(x.T @ x + 1e-2 * torch.eye(x.shape[1]), x.T @ y)
    left = ((z @ weights - truth["main_where"])[seen]).var(0) / truth["main_where"][seen].var(0)
    for name, column in {"x": 0, "y": 1, "radius": 2, "hue": 6}.items():
        assert left[column] < 0.66, name


def test_stills_are_a_function_of_seed_and_step() -> None:
    (a, first), (b, second), (c, _) = stills(3, 5, 2), stills(3, 5, 2), stills(3, 6, 2)
    assert a.shape == (8, 3, 48, 48) and a.abs().max() <= 1
    assert torch.equal(a, b) and not torch.equal(a, c)
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_pretraining_repeats_itself() -> None:
    one, figures = pretrain(steps=3, batch=8, rate=1e-3, seed=0)
    two, again = pretrain(steps=3, batch=8, rate=1e-3, seed=0)
    assert figures == again
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))
