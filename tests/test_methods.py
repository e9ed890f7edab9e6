"""One suite for every registered adaptation method on every kind of trunk that it knows: what the interface promises."""

import copy
import functools
import re

import pytest
import timm
import torch
from timm.models.resnet import BasicBlock, ResNet

import baselines  # noqa: F401
import d2st
from d2st.adaptation import build_adaptation, kinds_of
from d2st.errors import UserError
from d2st.heads import build_head
from d2st.trunks import ClipEncoder, build_encoder

METHODS = d2st.methods()
CASES = [(method, kind) for method in METHODS for kind in kinds_of(method)]
every_method = pytest.mark.parametrize(("method", "kind"), CASES)


def encoder_of(
    method: str, kind: str = "vit", frames: int = 4, size: tuple[int, int] = (32, 32), **arguments
) -> ClipEncoder:
    """A tiny trunk of ``kind`` with random weights, adapted."""
    trunk = copy.deepcopy(_trunk(kind, size))
    torch.manual_seed(0)
    return d2st.adapt(trunk, method, frames, size, **arguments)


@functools.cache
def _trunk(kind: str, size: tuple[int, int]) -> torch.nn.Module:
    torch.manual_seed(0)
    if kind == "vit":
        return timm.create_model("vit_mini", img_size=size)
    return ResNet(BasicBlock, (1, 1, 1, 1), channels=(16, 32, 64, 128), zero_init_last=False)


def clips(n: int = 2, t: int = 4, h: int = 32, w: int = 32) -> torch.Tensor:
    return torch.randn(n, 3, t, h, w, generator=torch.Generator().manual_seed(1))


def stirred(encoder: ClipEncoder) -> ClipEncoder:
    """With the zero-initialised branches awake."""
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in encoder.parameters():
            if parameter.requires_grad:
                parameter += 0.05 * torch.randn(parameter.shape, generator=generator)
    return encoder


def test_the_five_methods_are_known() -> None:
    assert {"d2st", "aim", "st_adapter", "full_finetune", "frozen"} <= set(METHODS)


def test_an_unknown_method_lists_the_known_ones() -> None:
    with pytest.raises(UserError, match=r"unknown method 'd3st'; known: .*aim.*d2st"):
        d2st.adapt(timm.create_model("vit_mini"), "d3st")


@every_method
@pytest.mark.parametrize(("frames", "h", "w"), [(8, 32, 32), (1, 32, 32), (4, 32, 24), (16, 24, 40)])
def test_output_shape_for_frames_and_grids(method, kind, frames, h, w) -> None:
    encoder = encoder_of(method, kind, frames, (h, w)).eval().requires_grad_(False)
    assert encoder(clips(1, frames, h, w)).shape == (1, frames, encoder.feature_dim)


def test_only_dualpath_changes_the_features_before_training() -> None:
    assert [method for method in METHODS if not build_adaptation(method).starts_frozen] == ["dualpath"]


def frozen_twin(encoder: ClipEncoder, frozen: ClipEncoder) -> ClipEncoder:
    """``frozen``, a trunk as it came, with the weights that ``encoder`` has in its trunk."""
    state = {
        re.sub(r"\.(block|stage|base)\.", ".", key): value for key, value in encoder.state_dict().items()
    }
    frozen.load_state_dict({key: state[key] for key in frozen.state_dict()})
    return frozen.eval()


@pytest.mark.parametrize(("method", "kind"), [case for case in CASES if case[0] != "dualpath"])
def test_step_0_equals_the_frozen_trunk(method, kind) -> None:
    x, adapted = clips(), encoder_of(method, kind).eval()
    frozen = frozen_twin(adapted, encoder_of("frozen", kind))
    torch.testing.assert_close(adapted(x), frozen(x), atol=1e-5, rtol=1e-5)


def blind(encoder: ClipEncoder) -> tuple[str, ...]:
    """Prefixes of what moves patch tokens only behind a ViT's last attention, where the class token no longer looks."""
    inside = {
        "st_adapter": ("adapters.mlp.",),
        "dst": ("adapter.spatial.", "adapter.temporal."),
    }.get(encoder.method, ())
    looks = encoder.kind == "vit" and encoder.vit.cls_token is not None
    return tuple(f"vit.blocks.3.{name}" for name in inside) if looks else ()


def reached(encoder: ClipEncoder) -> set[str]:
    """Names of the parameters that a gradient has reached."""
    gradients = {name: p.grad for name, p in encoder.named_parameters() if p.grad is not None}
    return {name for name, gradient in gradients.items() if gradient.abs().sum() > 0}


def declared(encoder: ClipEncoder) -> set[str]:
    """Names of the parameters that the method tunes and that the features depend on."""
    names = {name for name, _ in encoder.named_parameters() if name in encoder.tunable_names}
    return {name for name in names if not name.startswith(blind(encoder) or "-")}


@every_method
def test_gradients_reach_exactly_what_is_declared(method, kind) -> None:
    encoder = stirred(encoder_of(method, kind, 8, (48, 48))).train()
    before = {name: value.clone() for name, value in encoder.named_buffers()}
    y = encoder(clips(2, 8, 48, 48))
    changed = {name for name, value in encoder.named_buffers() if not torch.equal(value, before[name])}
    adapters = method == "dst"  # its BatchNorm trains; no trunk's does, whatever is tuned
    assert changed == {name for name in before if adapters and ".adapter." in name}
    if method == "frozen":
        assert not y.requires_grad
        return
    y.square().sum().backward()
    assert reached(encoder) == declared(encoder)


@every_method
def test_tunable_state_round_trip(method, kind) -> None:
    saved = stirred(encoder_of(method, kind)).eval()
    state = d2st.tunable_state_dict(saved)
    assert sorted(state) == sorted(saved.tunable_names)
    fresh = encoder_of(method, kind).eval()
    d2st.load_tunable_state_dict(fresh, state)
    assert torch.equal(fresh(clips()), saved(clips()))


@pytest.mark.parametrize(("method", "kind"), [case for case in CASES if case[0] != "d2st"])
def test_state_of_another_method_is_refused_and_changes_nothing(method, kind) -> None:
    encoder = encoder_of(method, kind)
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    with pytest.raises(UserError, match=f"not of method '{method}'.*(left over|of another shape)"):
        d2st.load_tunable_state_dict(encoder, d2st.tunable_state_dict(encoder_of("d2st", kind)))
    assert all(torch.equal(value, before[name]) for name, value in encoder.state_dict().items())


@every_method
def test_frozen_modules_stay_in_eval_mode(method, kind) -> None:
    """In train mode are the modules that are tuned whole, but never the trunk's BatchNorm."""
    encoder = encoder_of(method, kind).train()
    for name, module in encoder.named_modules():
        own = [f"{name}.{key}" for key, _ in module.named_parameters(recurse=False)]
        if own and name not in ("", "vit"):
            whole = set(own) <= set(encoder.tunable_names)
            assert module.training == (whole and not isinstance(module, torch.nn.BatchNorm2d)), name


@every_method
def test_two_episodes_equal_twice_one(method, kind) -> None:
    """Two classes, one shot and one query each: logits of both episodes at once, and of one after the other."""
    encoder, x = stirred(encoder_of(method, kind)).eval().requires_grad_(False), clips(8)
    labels, head = torch.tensor([0, 1]), build_head("bimhm")
    both = encoder(x).unflatten(0, (2, 4))
    logits = head(both[:, :2], labels.expand(2, -1), both[:, 2:])
    alone = [encoder(x[:4]), encoder(x[4:])]
    each = torch.stack([head(episode[:2], labels, episode[2:]) for episode in alone])
    torch.testing.assert_close(logits, each, atol=1e-4, rtol=1e-4)


@every_method
def test_frames_see_each_other_where_the_method_says_so(method, kind) -> None:
    encoder, x = stirred(encoder_of(method, kind)).eval(), clips(1)
    changed = x.clone()
    changed[:, :, 2] += 1
    others = [0, 1, 3]  # before and behind: a method may look one way only
    same = torch.allclose(encoder(x)[:, others], encoder(changed)[:, others], atol=1e-6)
    assert same != build_adaptation(method).mixes_frames


@every_method
def test_bfloat16_autocast(method, kind) -> None:
    encoder = stirred(encoder_of(method, kind)).eval()
    with torch.autocast("cpu", torch.bfloat16):
        y = encoder(clips(1))
    assert torch.nn.functional.cosine_similarity(y.float(), encoder(clips(1)), dim=-1).min() > 0.98


def test_an_adapted_trunk_is_not_adapted_again() -> None:
    encoder = encoder_of("aim")
    with pytest.raises(UserError, match="already adapted with 'aim'"):
        build_adaptation("d2st")(encoder)
    with pytest.raises(UserError, match="blocks are of type AIMBlock"):
        d2st.adapt(encoder.vit, "d2st")


def test_clips_of_another_shape_are_refused() -> None:
    with pytest.raises(
        UserError, match=r"expected clips of shape \(n, 3, 8, 48, 48\).*got \(2, 3, 4, 48, 48\)"
    ):
        build_encoder("vit_mini", {"type": "frozen"}, weights="random")(clips(2, 4, 48, 48))
