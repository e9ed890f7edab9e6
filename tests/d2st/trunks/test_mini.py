"""The miniature trunks: small, shipped with weights that fit, and aware of where things are."""

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import load_file

import d2st.trunks.stills as module
from d2st.data.embedded.draw import Scene, Track
from d2st.data.embedded.look import Dice, ground_look, object_look
from d2st.trunks import build_encoder
from d2st.trunks.mini import MINIS, weights_file
from d2st.trunks.pretrain_mini import pretrain
from d2st.trunks.stills import RELATIONS, STILLS, _relation, stills


@pytest.fixture(scope="module", params=MINIS)
def trunk(request: pytest.FixtureRequest) -> torch.nn.Module:
    """A pre-trained trunk."""
    return timm.create_model(request.param, pretrained=True, num_classes=0).eval()


def test_weights_fit_strictly_and_are_small(trunk: torch.nn.Module) -> None:
    file = weights_file(trunk.pretrained_cfg["architecture"])
    state = load_file(file)
    fresh = timm.create_model(trunk.pretrained_cfg["architecture"], num_classes=0)
    fresh.load_state_dict(state, strict=True)
    assert all(torch.equal(trunk.state_dict()[name], value) for name, value in state.items())
    assert sum(p.numel() for p in trunk.parameters()) < 2_000_000
    assert file.stat().st_size < 8 * 2**20


def test_expects_pixels_from_minus_one_to_one(trunk: torch.nn.Module) -> None:
    cfg = trunk.pretrained_cfg
    assert cfg["mean"] == cfg["std"] == (0.5, 0.5, 0.5) and cfg["input_size"] == (3, 48, 48)


def test_grids_of_the_resnet_take_the_official_points_exactly() -> None:
    encoder = build_encoder("resnet_mini", {"type": "d2st"}, "random")
    assert [place.shape[1:3] for place in encoder.places] == [(24, 24), (12, 12), (6, 6), (3, 3)]
    points = [
        tuple(tuple(getattr(part.adapter, way).reference.shape[1:]) for way in ("spatial", "temporal"))
        for part in encoder.parts
    ]
    assert points == [
        ((2, 8, 8), (8, 4, 4)),
        ((2, 4, 4), (8, 2, 2)),
        ((2, 4, 4), (8, 2, 2)),
        ((2, 2, 2), (8, 1, 1)),
    ]


Still = tuple[torch.Tensor, dict[str, torch.Tensor]]


@pytest.fixture(scope="module")
def seen_and_unseen() -> tuple[Still, Still]:
    return stills(7, 0, 256), stills(7, 1, 128)


def test_frame_features_tell_place_size_and_hue_to_a_linear_probe(
    trunk: torch.nn.Module, seen_and_unseen: tuple[Still, Still]
) -> None:
    """Ridge regression from 1,024 stills explains more than a third of the variance in 512 others."""
    (images, targets), (others, truth) = seen_and_unseen
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


@pytest.mark.parametrize("name", MINIS)
def test_pretraining_repeats_itself(name: str) -> None:
    one, figures = pretrain(name, steps=2, batch=8, rate=1e-3, seed=0, unseen=16)
    two, again = pretrain(name, steps=2, batch=8, rate=1e-3, seed=0, unseen=16)
    assert figures == again
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))


def test_relations_of_two_things_are_told_as_they_are_drawn() -> None:
    """Four pairs made by hand: far apart, just touching, and overlapping with the first drawn later and earlier."""
    one = torch.tensor([[0.2, 0.5, 0.1], [0.2, 0.5, 0.1], [0.5, 0.5, 0.2], [0.5, 0.5, 0.2]])
    two = torch.tensor([[0.8, 0.5, 0.1], [0.4, 0.5, 0.1], [0.5, 0.6, 0.1], [0.5, 0.4, 0.1]])
    kind, way = _relation({"main_where": one, "next_where": two}, torch.tensor([True, True, True, False]))
    assert [RELATIONS[k] for k in kind] == ["apart", "touching", "in front", "behind"]
    assert torch.allclose(way, torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]))


@pytest.mark.parametrize(("later", "expected"), [("large", "in front"), ("small", "behind")])
def test_what_is_drawn_later_is_told_to_be_in_front(
    monkeypatch: pytest.MonkeyPatch, later: str, expected: str
) -> None:
    """A large thing, which shows most, and a small one that overlaps it from below."""
    values = {"large": (0.5, 0.25), "small": (0.8, 0.15)}  # y and radius
    names = sorted(values, key=lambda name: name == later)
    held = {name: [np.full(STILLS, value) for value in pair] for name, pair in values.items()}
    rest = [np.full(STILLS, value) for value in (0.0, 1.0, 1.0)]  # angle, stretch, opacity
    tracks = [Track(np.full(STILLS, 0.5), *held[name], *rest) for name in names]
    dice = Dice("pair")
    looks = [object_look(dice, "disc") for _ in names]
    camera = np.tile([0.0, 0.0, 1.0], (STILLS, 1))
    monkeypatch.setattr(module, "_scene", lambda _: Scene(tracks, looks, *ground_look(dice), camera))
    _, told = stills(0, 0, 1)
    assert {RELATIONS[k] for k in told["relation"]} == {expected}
    assert torch.allclose(told["direction"], torch.tensor([0.0, 1.0]), atol=1e-6)
