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


# the counts that the issue and facts/baselines_and_heads.md name, for ViT-B/16 and ResNet-50
CLIP, RN50 = "vit_base_patch16_clip_quickgelu_224.openai", "resnet50.tv_in1k"


@pytest.mark.parametrize(
    ("trunk", "method", "arguments", "count"),
    [
        (CLIP, "d2st", {}, 7_282_752),
        (CLIP, "aim", {}, 10_659_072),
        (CLIP, "aim", {"temporal_adapters": 2}, 14_209_536),
        (CLIP, "st_adapter", {}, 7_110_144),
        (CLIP, "st_adapter", {"places": ("attention", "mlp")}, 14_220_288),
        (CLIP, "st_adapter", {"kernel": (3, 3, 3)}, 7_220_736),
        (CLIP, "dualpath", {}, 17_752_320 + 303_360),
        (CLIP, "lora", {}, 294_912),
        (CLIP, "lora", {"rank": 4, "targets": ("q", "k", "v", "proj", "fc1", "fc2")}, 4 * 165_888),
        (CLIP, "bitfit", {}, 102_912),
        ("vit_base_patch16_224.augreg_in21k", "bitfit", {}, 102_912),
        (CLIP, "norm_tuning", {}, 39_936),
        (CLIP, "last_blocks", {"count": 1}, 7_087_872 + 1_536),
        (CLIP, "full_finetune", {}, 85_799_424),
        (CLIP, "frozen", {}, 0),
        (RN50, "d2st", {}, 5_683_776),
        (RN50, "st_adapter", {}, 2_793_920),
        (RN50, "bottleneck", {}, 2_790_080),
        (RN50, "dst", {}, 2_805_440),
        (RN50, "bitfit", {}, 26_560),
        (RN50, "norm_tuning", {}, 53_120),
        (RN50, "full_finetune", {}, 23_508_032),
        (RN50, "frozen", {}, 0),
    ],
)
def test_tunable_parameters(trunk, method, arguments, count) -> None:
    with torch.device("meta"):
        assert d2st.adapt(timm.create_model(trunk), method, **arguments).tunable_count == count


@every_method
@pytest.mark.parametrize(("frames", "h", "w"), [(8, 32, 32), (1, 32, 32), (4, 32, 24), (16, 24, 40)])
def test_output_shape_for_frames_and_grids(method, kind, frames, h, w) -> None:
    encoder = encoder_of(method, kind, frames, (h, w)).eval().requires_grad_(False)
    assert encoder(clips(1, frames, h, w)).shape == (1, frames, encoder.feature_dim)


def test_only_dualpath_changes_the_features_before_training() -> None:
    assert [method for method in METHODS if not build_adaptation(method).starts_frozen] == ["dualpath"]


@pytest.mark.parametrize(("method", "kind"), [case for case in CASES if case[0] != "dualpath"])
def test_step_0_equals_the_frozen_trunk(method, kind) -> None:
    x = clips()
    frozen, adapted = encoder_of("frozen", kind).eval(), encoder_of(method, kind).eval()
    state = {
        re.sub(r"\.(block|stage|base)\.", ".", key): value for key, value in adapted.state_dict().items()
    }
    frozen.load_state_dict({key: state[key] for key in frozen.state_dict()})
    torch.testing.assert_close(adapted(x), frozen(x), atol=1e-5, rtol=1e-5)


def blind(encoder: ClipEncoder) -> tuple[str, ...]:
    """Prefixes of what moves patch tokens only behind a ViT's last attention, where the class token no longer looks."""
    inside = {
        "st_adapter": ("adapters.mlp.",),
        "dst": ("adapter.spatial.", "adapter.temporal."),
    }.get(encoder.method, ())
    return tuple(f"vit.blocks.3.{name}" for name in inside) if encoder.kind == "vit" else ()


@every_method
def test_gradients_reach_exactly_what_is_declared(method, kind) -> None:
    encoder = stirred(encoder_of(method, kind, 8, (48, 48))).train()
    y = encoder(clips(2, 8, 48, 48))
    if method == "frozen":
        assert not y.requires_grad
        return
    y.square().sum().backward()
    reached = {
        name for name, p in encoder.named_parameters() if p.grad is not None and p.grad.abs().sum() > 0
    }
    declared = {name for name, p in encoder.named_parameters() if name in encoder.tunable_names}
    assert reached == {name for name in declared if not name.startswith(blind(encoder) or "-")}


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
def test_two_clips_equal_twice_one(method, kind) -> None:
    encoder, x = stirred(encoder_of(method, kind)).eval(), clips()
    torch.testing.assert_close(encoder(x), torch.cat([encoder(x[:1]), encoder(x[1:])]), atol=1e-5, rtol=1e-4)


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
