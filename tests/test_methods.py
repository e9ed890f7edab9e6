"""One suite for every registered adaptation method: what the interface promises."""

import pytest
import timm
import torch

import baselines  # noqa: F401
import d2st
from d2st.adaptation import build_adaptation
from d2st.errors import UserError
from d2st.trunks import ClipEncoder, build_encoder

METHODS = d2st.methods()


def encoder_of(
    method: str, frames: int = 8, image_size: int | tuple[int, int] | None = None, **arguments
) -> ClipEncoder:
    torch.manual_seed(0)
    size = {} if image_size is None else {"img_size": image_size}
    return d2st.adapt(timm.create_model("vit_mini", **size), method, frames, **arguments)


def clips(n: int = 2, t: int = 8, h: int = 48, w: int = 48) -> torch.Tensor:
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


# the counts that the issue and facts/baselines_and_heads.md name for ViT-B/16
@pytest.mark.parametrize(
    ("method", "arguments", "count"),
    [
        ("d2st", {}, 7_282_752),
        ("aim", {}, 10_659_072),
        ("aim", {"temporal_adapters": 2}, 14_209_536),
        ("st_adapter", {}, 7_110_144),
        ("st_adapter", {"places": ("attention", "mlp")}, 14_220_288),
        ("full_finetune", {}, 85_799_424),
        ("frozen", {}, 0),
    ],
)
def test_tunable_parameters_on_clip_vit_b16(method, arguments, count) -> None:
    with torch.device("meta"):
        vit = timm.create_model("vit_base_patch16_clip_quickgelu_224.openai")
        assert d2st.adapt(vit, method, **arguments).tunable_count == count


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("frames", "h", "w"), [(8, 48, 48), (1, 48, 48), (4, 48, 32), (16, 40, 56)])
def test_output_shape_for_frames_and_grids(method, frames, h, w) -> None:
    encoder = encoder_of(method, frames, (h, w)).eval()
    assert encoder(clips(2, frames, h, w)).shape == (2, frames, encoder.feature_dim)


@pytest.mark.parametrize("method", METHODS)
def test_step_0_equals_the_frozen_trunk(method) -> None:
    assert build_adaptation(method).starts_frozen
    x = clips()
    frozen, adapted = encoder_of("frozen").eval(), encoder_of(method).eval()
    state = {key.replace(".block.", "."): value for key, value in adapted.state_dict().items()}
    frozen.load_state_dict({key: state[key] for key in frozen.state_dict()})
    torch.testing.assert_close(adapted(x), frozen(x), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_gradients_reach_exactly_what_is_declared(method) -> None:
    encoder = stirred(encoder_of(method)).train()
    y = encoder(clips())
    if method == "frozen":
        assert not y.requires_grad
        return
    y.square().sum().backward()
    reached = {
        name for name, p in encoder.named_parameters() if p.grad is not None and p.grad.abs().sum() > 0
    }
    declared = {name for name, p in encoder.named_parameters() if name in encoder.tunable_names}
    # ST-Adapter in front of the last MLP moves patch tokens only, and the class token no longer looks at them
    blind = {
        name for name in declared if method == "st_adapter" and name.startswith("vit.blocks.3.adapters.mlp.")
    }
    assert reached == declared - blind


@pytest.mark.parametrize("method", METHODS)
def test_tunable_state_round_trip(method) -> None:
    saved = stirred(encoder_of(method)).eval()
    state = d2st.tunable_state_dict(saved)
    assert sorted(state) == sorted(saved.tunable_names)
    fresh = encoder_of(method).eval()
    d2st.load_tunable_state_dict(fresh, state)
    assert torch.equal(fresh(clips()), saved(clips()))


@pytest.mark.parametrize("method", [m for m in METHODS if m != "d2st"])
def test_state_of_another_method_is_refused_and_changes_nothing(method) -> None:
    encoder = encoder_of(method)
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    with pytest.raises(UserError, match=f"not of method '{method}'.*left over"):
        d2st.load_tunable_state_dict(encoder, d2st.tunable_state_dict(encoder_of("d2st")))
    assert all(torch.equal(value, before[name]) for name, value in encoder.state_dict().items())


@pytest.mark.parametrize("method", METHODS)
def test_frozen_modules_stay_in_eval_mode(method) -> None:
    encoder = encoder_of(method).train()
    tuned = {name.rpartition(".")[0] for name in encoder.tunable_names}
    for name, module in encoder.named_modules():
        if next(module.parameters(recurse=False), None) is not None and name and name != "vit":
            assert module.training == (name in tuned), name


@pytest.mark.parametrize("method", METHODS)
def test_two_clips_equal_twice_one(method) -> None:
    encoder, x = stirred(encoder_of(method)).eval(), clips()
    torch.testing.assert_close(encoder(x), torch.cat([encoder(x[:1]), encoder(x[1:])]), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("method", [m for m in METHODS if m not in ("frozen", "full_finetune")])
def test_frames_see_each_other(method) -> None:
    """Every adapter's frame features depend on the other frames; those of the bare trunk do not."""
    encoder, x = stirred(encoder_of(method)).eval(), clips(1)
    changed = x.clone()
    changed[:, :, 4] += 1
    assert not torch.allclose(encoder(x)[:, 3], encoder(changed)[:, 3], atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_bfloat16_autocast(method) -> None:
    encoder = stirred(encoder_of(method)).eval()
    with torch.autocast("cpu", torch.bfloat16):
        y = encoder(clips())
    assert torch.nn.functional.cosine_similarity(y.float(), encoder(clips()), dim=-1).min() > 0.98


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
        build_encoder("vit_mini", {"type": "frozen"}, weights="random")(clips(2, 4))
