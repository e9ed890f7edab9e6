"""Whole official checkpoints, and the command line that converts files.

No real checkpoint is at hand: these are put together from official modules and from the names that the official code is
known to use.
"""

import re

import pytest
import timm
import torch
import torchvision
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

import baselines  # noqa: F401
import d2st
from d2st.errors import UserError
from d2st.heads import build_head
from d2st.interop import check_fit, from_checkpoint, to_checkpoint
from d2st.interop.__main__ import main
from d2st.trunks import build_encoder
from tests.parity import Parity

FORMS = [
    ("d2st-vit", "vit_mini", {"type": "d2st"}),
    ("d2st-rn", "resnet10t", {"type": "d2st"}),
    ("aim", "vit_mini", {"type": "aim"}),
    ("aim", "vit_mini", {"type": "aim", "temporal_adapters": 2}),
    ("st-adapter", "vit_mini", {"type": "st_adapter"}),
    ("st-adapter", "vit_mini", {"type": "st_adapter", "places": ["attention", "mlp"]}),
]
FROZEN = {
    "vit": (
        "transformer.resblocks.0.attn.in_proj_weight",
        "conv1.weight",
        "positional_embedding",
        "ln_pre.bias",
    ),
    "resnet": ("backbone.layer1.4.0.conv1.weight", "layer2.0.downsample.1.running_mean", "layer1.0.weight"),
}


def tuned(trunk: str, adaptation: dict) -> dict[str, Tensor]:
    """What a method tunes, all drawn anew so that no two tensors are equal."""
    torch.manual_seed(0)
    encoder = build_encoder(trunk, adaptation, weights="random", image_size=64 if "res" in trunk else None)
    return {name: torch.randn_like(value) for name, value in d2st.tunable_state_dict(encoder).items()}


@pytest.mark.parametrize(("source", "trunk", "adaptation"), FORMS)
def test_round_trip_through_a_wrapped_checkpoint(source, trunk, adaptation) -> None:
    ours = tuned(trunk, adaptation)
    official = to_checkpoint(ours, source)
    kind = "resnet" if source == "d2st-rn" else "vit"
    prefix = "backbone." if source == "aim" else ""
    frozen = {f"{prefix}{name}": torch.zeros(1) for name in FROZEN[kind]}
    frozen |= {"cls_head.fc_cls.weight": torch.zeros(1)}
    whole = {f"module.{name}": value for name, value in (official | frozen).items()}
    back, left_out = from_checkpoint({"model_state": whole, "epoch": 3}, source)
    assert back.keys() == ours.keys()
    assert all(torch.equal(back[name], ours[name]) for name in ours)
    assert len(left_out) == len(frozen)
    if kind == "vit":
        check_fit(back, source, trunk)
        d2st.load_tunable_state_dict(build_encoder(trunk, adaptation, weights="random"), back)


def test_an_official_adapter_in_every_block_lands_in_ours(parity: Parity) -> None:
    adapter = parity("d2st_vit_adapter")["state_dict"]
    head = "head.backbone.transformer.resblocks"
    official = {f"{head}.{i}.D2ST_Adapter.{n}": value for i in range(2) for n, value in adapter.items()}
    official |= {"head.backbone.class_embedding": torch.zeros(64)}
    ours, _ = from_checkpoint(official, "d2st-vit")
    assert torch.equal(
        ours["vit.blocks.1.adapter.spatial.offsets.1.weight"], adapter["s_attn.conv_offset.1.norm.weight"]
    )
    assert ours["vit.cls_token"].shape == (1, 1, 64)
    assert len(ours) == 2 * len(adapter) + 1


def test_official_names_of_aim() -> None:
    ours = tuned("vit_mini", {"type": "aim", "temporal_adapters": 2})
    assert {
        "backbone.temporal_embedding",
        "backbone.ln_post.weight",
        "backbone.transformer.resblocks.3.T_Adapter_in.D_fc1.weight",
        "backbone.transformer.resblocks.0.MLP_Adapter.D_fc2.bias",
    } <= set(to_checkpoint(ours, "aim"))


def test_the_text_side_of_clip_is_left_out(parity: Parity) -> None:
    visual = {f"visual.{name}": value for name, value in parity("clip_vit_small")["state_dict"].items()}
    text = {"positional_embedding": torch.zeros(77, 8), "logit_scale": torch.zeros(())}
    ours, left_out = from_checkpoint(visual | text, "clip-vit")
    assert ours["pos_embed"].shape == (1, 17, 64)
    assert set(left_out) == set(text)
    with pytest.raises(UserError, match=r"left over are decoder.weight"):
        from_checkpoint({**visual, "decoder.weight": torch.zeros(1)}, "clip-vit")


def test_whole_clips_fit_timms() -> None:
    for source, name in (
        ("clip-vit", "vit_base_patch16_clip_quickgelu_224.openai"),
        ("clip-rn", "resnet50_clip.openai"),
    ):
        with torch.device("meta"):
            model = timm.create_model(name)
        state = dict(model.state_dict())
        if source == "clip-vit":
            state["head.bias"] = torch.zeros(len(state["head.bias"]))
        ours, _ = from_checkpoint(to_checkpoint(state, source), source)
        check_fit(ours, source)


def test_adapters_of_a_resnet_are_numbered_by_width() -> None:
    with torch.device("meta"):
        ours = d2st.tunable_state_dict(d2st.adapt(timm.create_model("resnet50.tv_in1k"), "d2st"))
    official = to_checkpoint(ours, "d2st-rn")
    named = {
        name.replace("Adapter", "model.Adapter_of_stage_"): official[name] for name in reversed(official)
    }
    back, _ = from_checkpoint(named, "d2st-rn")
    check_fit(back, "d2st-rn")


def trx_checkpoint(parity: Parity, depth: int = 18) -> tuple[nn.Sequential, dict[str, Tensor]]:
    """Torchvision's ResNet as CNN_TRX holds it, and the state dict of the whole with the fixture's heads on it."""
    torch.manual_seed(0)
    resnet = getattr(torchvision.models, f"resnet{depth}")()
    trunk = nn.Sequential(*list(resnet.children())[:-1])
    for module in trunk.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean, std=0.1)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    heads = parity("trx_1shot")["state_dict"]
    state = {f"resnet.{name}": value for name, value in trunk.state_dict().items()}
    return trunk.eval(), state | {f"transformers.{name}": value for name, value in heads.items()}


def test_a_trx_head_without_its_trunk(parity: Parity) -> None:
    _, whole = trx_checkpoint(parity)
    official = {name: value for name, value in whole.items() if name.startswith("transformers.")}
    ours, left_out = from_checkpoint(official, "trx")
    assert left_out == []
    check_fit(ours, "trx")
    head = build_head({"type": "trx", "dim": 32, "width": 24})
    head.load_state_dict({name.removeprefix("head."): value for name, value in ours.items()}, strict=True)
    assert set(to_checkpoint(ours, "trx")) == {name for name in official if not name.endswith("pe.pe")}


def test_trx_with_its_trunk(parity: Parity) -> None:
    trunk, whole = trx_checkpoint(parity)
    saved = {re.sub(r"^resnet\.", "resnet.module.", name): value for name, value in whole.items()}
    ours, left_out = from_checkpoint({"iteration": 7, "model_state_dict": saved}, "trx")
    assert left_out == []
    check_fit(ours, "trx", "resnet18.tv_in1k")
    encoder = build_encoder("resnet18.tv_in1k", {"type": "full_finetune"}, "random", 2, 64).eval()
    inside = {n.removeprefix("backbone."): v for n, v in ours.items() if n.startswith("backbone.")}
    d2st.load_tunable_state_dict(encoder, inside)
    clips = torch.randn(1, 3, 2, 64, 64)
    expected = trunk(clips[0].transpose(0, 1)).flatten(1)
    torch.testing.assert_close(encoder(clips)[0], expected, atol=1e-5, rtol=1e-4)
    back = to_checkpoint(ours, "trx")
    assert set(back) == {name for name in whole if not name.endswith("pe.pe")}
    assert all(torch.equal(value, whole[name]) for name, value in back.items())


def test_trx_refuses_what_its_trunk_lacks_or_has_too_much(parity: Parity) -> None:
    _, whole = trx_checkpoint(parity)
    with pytest.raises(UserError, match=r"left over are resnet.8.weight$"):
        from_checkpoint({**whole, "resnet.8.weight": torch.zeros(1)}, "trx")
    lacking = {name: value for name, value in whole.items() if name != "resnet.1.running_var"}
    with pytest.raises(UserError, match=r"missing: backbone.resnet.bn1.running_var\)"):
        check_fit(from_checkpoint(lacking, "trx")[0], "trx", "resnet18.tv_in1k")
    with pytest.raises(UserError, match=r"'trx' on resnet50.tv_in1k \(missing: backbone.resnet.layer1.0.bn3"):
        check_fit(from_checkpoint(whole, "trx")[0], "trx")


def test_what_does_not_fit_is_refused_by_name() -> None:
    ours = tuned("vit_mini", {"type": "d2st"})
    official = to_checkpoint(ours, "d2st-vit")
    with pytest.raises(UserError, match=r"left over are transformer.resblocks.0.gate$"):
        from_checkpoint({**official, "transformer.resblocks.0.gate": torch.zeros(1)}, "d2st-vit")
    with pytest.raises(UserError, match=r"no name holds 'transformer.resblocks.'"):
        from_checkpoint({"layer1.weight": torch.zeros(1)}, "aim")
    with pytest.raises(UserError, match="two models in one"):
        from_checkpoint(official | {f"ema.{n}": v for n, v in official.items()}, "d2st-vit")
    with pytest.raises(UserError, match="not a tensor are epoch"):
        from_checkpoint({"epoch": 1}, "aim")
    with pytest.raises(UserError, match=r"has no place for: vit.pos_embed"):
        to_checkpoint({"vit.pos_embed": torch.zeros(1)}, "aim")
    lacking = {name: value for name, value in ours.items() if name != "vit.blocks.2.adapter.up.bias"}
    with pytest.raises(
        UserError, match=r"method 'd2st' on vit_mini \(missing: vit.blocks.2.adapter.up.bias\)"
    ):
        check_fit(lacking, "d2st-vit", "vit_mini")
    with pytest.raises(UserError, match="of another shape: "):
        check_fit(ours, "d2st-vit", "vit_mini", {"ratio": 0.5})


def test_files_both_ways(tmp_path, capsys) -> None:
    ours = tuned("vit_mini", {"type": "d2st"})
    there, back, again = (tmp_path / name for name in ("there.pth", "back.safetensors", "again.pth"))
    torch.save({"model_state": to_checkpoint(ours, "d2st-vit"), "cfg": "text"}, there)
    trunk = ["--trunk", "vit_mini"]
    assert main([str(there), str(back), "--from", "d2st-vit", *trunk]) == 0
    assert f"{len(ours)} tensors; left out: 0" in capsys.readouterr().out
    assert all(torch.equal(value, ours[name]) for name, value in load_file(back).items())
    assert main([str(back), str(again), "--to", "d2st-vit", *trunk]) == 0
    assert torch.load(again).keys() == to_checkpoint(ours, "d2st-vit").keys()
    capsys.readouterr()
    assert main([str(there), str(back), "--from", "d2st-vit"]) == 2  # vit_mini's are not ViT-B/16's
    assert "missing: vit.blocks.10." in capsys.readouterr().err


def test_only_plain_tensors_are_read(tmp_path, capsys) -> None:
    code, broken, empty = (tmp_path / name for name in ("code.pth", "broken.safetensors", "empty.pth"))
    torch.save({"state_dict": print}, code)
    broken.write_bytes(b"no safetensors")
    empty.write_bytes(b"")
    save_file({"a": torch.zeros(1)}, tmp_path / "other.safetensors")
    told = []
    for given in (code, broken, empty, tmp_path / "absent.pth", tmp_path / "other.safetensors"):
        assert main([str(given), str(tmp_path / "out.safetensors"), "--from", "aim"]) == 2
        told.append(capsys.readouterr().err)
    assert all(text.startswith("error: ") and text.count("\n") == 1 for text in told)
    assert "weights_only=True" in told[0]
    assert "no file" in told[3]
    assert not (tmp_path / "out.safetensors").exists()


@pytest.mark.parametrize(
    ("state", "options", "message"),
    [
        ({"proj": torch.zeros(3)}, ["clip-vit"], "a tensor of another shape"),
        ({"Adapter.down.weight": torch.zeros(2)}, ["d2st-rn"], "a tensor of another shape"),
        ({"transformers.0.k_linear.weight": torch.zeros(3)}, ["trx"], "no matrix head.cross.0.key.weight"),
        (
            {"transformers.0.k_linear.weight": torch.zeros(3, 4)},
            ["trx", "--arguments", "cardinalities=2"],
            "arguments",
        ),
        (
            {"ln_pre.bias": torch.zeros(3)},
            ["clip-vit", "--arguments", "ratio=2"],
            "takes no arguments; got ratio",
        ),
        ({"ln_pre.bias": torch.zeros(3)}, ["clip-vit", "--trunk", "vit_bas"], "timm has no model 'vit_bas'"),
        ({"ln_pre.bias": torch.zeros(3)}, ["clip-vit"], "missing: blocks.0.attn.proj.bias, .* and 1"),
    ],
)
def test_one_sentence_for_whatever_does_not_fit(tmp_path, capsys, state, options, message) -> None:
    torch.save(state, tmp_path / "given.pth")
    assert main([str(tmp_path / "given.pth"), str(tmp_path / "out.pth"), "--from", *options]) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: ") and told.count("\n") == 1
    assert re.search(message, told)
