"""Where a trunk's weights come from: timm's names, a hub, a file of any layout, a folder; and what they expect of pixels."""

import json
import shutil
import warnings
from dataclasses import replace
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file
from timm.data import OPENAI_CLIP_MEAN
from timm.models.byobnet import ByoModelCfg, model_cfgs
from torch import Tensor, nn

from d2st.errors import UserError
from d2st.trunks import build, trunk_info, weights_path
from d2st.trunks.build import build_trunk
from d2st.trunks.mini import weights_file

HALF = (0.5, 0.5, 0.5)
#: small forms of timm's CLIPs, by the names that users give
VIT, RESNET = "vit_base_patch16_clip_quickgelu_224.openai", "resnet50_clip.openai"


@pytest.fixture(autouse=True)
def small_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """``build_trunk`` builds CLIP's ViT with two narrow blocks, its ResNet with one narrow block a stage."""
    for name in ("resnet50_clip", "resnet50_clip_gap"):
        monkeypatch.setitem(model_cfgs, name, narrow(name))
    create = timm.create_model

    def small(name: str, **arguments):
        own = (
            {"depth": 2, "embed_dim": 32, "num_heads": 2, "img_size": 32}
            if name.startswith("vit_base")
            else {}
        )
        return create(name, **{**own, **arguments})

    monkeypatch.setattr(build.timm, "create_model", small)


def narrow(name: str) -> ByoModelCfg:
    cfg = model_cfgs[name]
    blocks = tuple(replace(block, d=1, c=8 * 4 * 2**i) for i, block in enumerate(cfg.blocks))
    return replace(cfg, blocks=blocks, stem_chs=(4, 4, 8))


class Archive(nn.Module):
    """Parameters under given names, as a module that TorchScript takes."""

    def __init__(self, state: dict[str, Tensor]) -> None:
        super().__init__()
        for name, value in state.items():
            module: nn.Module = self
            *path, last = name.split(".")
            for part in path:
                if not hasattr(module, part):
                    module.add_module(part, nn.Module())
                module = getattr(module, part)
            if value.is_floating_point():
                module.register_parameter(last, nn.Parameter(value))
            else:
                module.register_buffer(last, value)

    def forward(self, x: Tensor) -> Tensor:
        return x


def openai_vit(model: nn.Module) -> dict[str, Tensor]:
    """The state of timm's CLIP ViT under OpenAI's names, with a text tower, as ``clip.load`` has it."""
    state, said = {}, {}
    renamed = {
        "cls_token": "class_embedding", "pos_embed": "positional_embedding", "patch_embed.proj": "conv1",
        "norm_pre": "ln_pre", "blocks": "transformer.resblocks", "norm1": "ln_1", "norm2": "ln_2", "mlp.fc1": "mlp.c_fc",
        "mlp.fc2": "mlp.c_proj", "attn.proj": "attn.out_proj", "attn.qkv.weight": "attn.in_proj_weight",
        "attn.qkv.bias": "attn.in_proj_bias",
    }  # fmt: skip
    for name, value in model.state_dict().items():
        key = f"ln_post.{name[5:]}" if name.startswith("norm.") else name
        for ours, theirs in renamed.items():
            key = key.replace(ours, theirs)
        state[f"visual.{key}"] = value
        said[key] = value
    state["visual.class_embedding"] = said["class_embedding"][0, 0]
    state["visual.positional_embedding"] = said["positional_embedding"][0]
    state["visual.proj"] = torch.zeros(model.num_features, 8)
    return {**state, **text_tower()}


def text_tower() -> dict[str, Tensor]:
    numbers = {name: torch.tensor(7) for name in ("input_resolution", "context_length", "vocab_size")}
    return {
        "positional_embedding": torch.ones(3, 4),
        "transformer.resblocks.0.ln_1.weight": torch.ones(4),
        **numbers,
    }


def openai_resnet(model: nn.Module) -> dict[str, Tensor]:
    """The same of CLIP's modified ResNet, its attention pool under OpenAI's names."""
    state = {}
    for name, value in model.state_dict().items():
        key = name
        for stage in range(4):
            key = key.replace(f"stages.{stage}.", f"layer{stage + 1}.")
        for number, size in ((1, "1x1"), (2, "kxk"), (3, "1x1")):
            key = key.replace(f"conv{number}_{size}.conv.", f"conv{number}.").replace(
                f"conv{number}_{size}.bn.", f"bn{number}."
            )
            key = key.replace(f"stem.conv{number}.conv.", f"conv{number}.").replace(
                f"stem.conv{number}.bn.", f"bn{number}."
            )
        key = key.replace("shortcut.conv.conv.", "downsample.0.").replace(
            "shortcut.conv.bn.", "downsample.1."
        )
        for ours, theirs in (
            ("pos_embed", "positional_embedding"),
            ("q.", "q_proj."),
            ("k.", "k_proj."),
            ("v.", "v_proj."),
        ):
            key = key.replace(f"head.{ours}", f"attnpool.{theirs}")
        state[f"visual.{key.replace('head.proj.', 'attnpool.c_proj.')}"] = value
    return {**state, **text_tower()}


def halved(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.half() if value.is_floating_point() else value for name, value in state.items()}


def archived(state: dict[str, Tensor], path: Path) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TorchScript is deprecated, but it is what OpenAI published
        torch.jit.script(Archive(halved(state))).save(str(path))
    return path


def same(model: nn.Module, reference: nn.Module) -> None:
    for name, value in model.state_dict().items():
        assert value.dtype in (torch.float32, torch.int64), name
        torch.testing.assert_close(value, reference.state_dict()[name], rtol=1e-3, atol=1e-3, msg=name)


@pytest.fixture(scope="module")
def vit() -> nn.Module:
    torch.manual_seed(0)
    return timm.create_model(VIT, depth=2, embed_dim=32, num_heads=2, img_size=32, num_classes=0)


@pytest.fixture
def resnet() -> nn.Module:
    torch.manual_seed(0)
    return timm.create_model(RESNET, num_classes=16)


@pytest.mark.parametrize("form", ["archive", "state dict"])
def test_openais_vit_loads_without_its_text_tower(form, vit, tmp_path) -> None:
    path = tmp_path / "ViT-B-16.pt"
    if form == "archive":
        archived(openai_vit(vit), path)
    else:
        torch.save(halved(openai_vit(vit)), path)
    same(build_trunk(VIT, str(path), 32), vit)
    info = trunk_info("vit_base_patch16_clip_224.laion2b", str(path))
    assert info.mean == OPENAI_CLIP_MEAN and "OpenAI's CLIP" in info.weights
    with pytest.warns(
        UserWarning, match=r"ViT-B-16.pt of OpenAI's CLIP was trained with QuickGELU.*use '\w+quickgelu"
    ):
        build_trunk("vit_base_patch16_clip_224.laion2b", str(path), 32)
    with pytest.raises(
        UserError, match=r"does not fit timm's 'vit_base_patch16_224'.*OpenAI's CLIP: choose .*'clip'"
    ):
        build_trunk("vit_base_patch16_224", str(path), 32)


@pytest.mark.parametrize("name", [RESNET, "resnet50_clip_gap.openai"])
def test_openais_resnet_loads_with_and_without_its_attention_pool(name, resnet, tmp_path) -> None:
    model = build_trunk(name, str(archived(openai_resnet(resnet), tmp_path / "RN50.pt")))
    same(model, resnet)
    assert trunk_info(name, str(tmp_path / "RN50.pt")).mean == OPENAI_CLIP_MEAN


def test_a_clip_that_only_looks_like_openais_is_normalised_as_the_trunks_tag_says(vit, tmp_path) -> None:
    """OpenCLIP writes the same names: LAION's ViT-L/14 has other pixels than OpenAI's."""
    state = {name: value for name, value in openai_vit(vit).items() if name.startswith("visual.")}
    torch.save(state, tmp_path / "open_clip.pth")
    named = "vit_large_patch14_clip_224"
    assert trunk_info(f"{named}.laion2b", str(tmp_path / "open_clip.pth")).mean == HALF
    assert trunk_info(named, str(tmp_path / "open_clip.pth")).mean == OPENAI_CLIP_MEAN


def test_a_config_beside_the_file_tells_its_pixels(tmp_path) -> None:
    shutil.copy(weights_file("vit_mini"), tmp_path / "model.safetensors")
    assert trunk_info("vit_mini", str(tmp_path)).mean == HALF
    told = {"architecture": "vit_mini", "pretrained_cfg": {"mean": [0.1, 0.2, 0.3], "std": [0.4, 0.5, 0.6]}}
    (tmp_path / "config.json").write_text(json.dumps(told))
    info = trunk_info("vit_mini", str(tmp_path))
    assert (info.mean, info.std) == ((0.1, 0.2, 0.3), (0.4, 0.5, 0.6)) and "config.json" in info.weights


def test_a_folder_holds_one_file_of_weights(tmp_path) -> None:
    with pytest.raises(UserError, match=r"holds no file of weights: exactly one of \*\.safetensors, \*\.pth"):
        weights_path("vit_mini", str(tmp_path))
    state = timm.create_model("vit_mini").state_dict()
    torch.save(state, tmp_path / "pytorch_model.bin")
    assert weights_path("vit_mini", str(tmp_path)) == tmp_path / "pytorch_model.bin"
    build_trunk("vit_mini", str(tmp_path))
    save_file(state, tmp_path / "model.safetensors")  # hubs hold both forms of the same weights
    assert weights_path("vit_mini", str(tmp_path)) == tmp_path / "model.safetensors"
    (tmp_path / "other.pth").touch()
    with pytest.raises(
        UserError, match=r"3 files of weights \(model\.safetensors, other\.pth, pytorch_model\.bin\)"
    ):
        weights_path("vit_mini", str(tmp_path))


def test_tags_and_what_is_nothing() -> None:
    assert (
        weights_path("vit_mini", "pretrained")
        == weights_path("vit_mini", "untagged")
        == weights_file("vit_mini")
    )
    assert weights_path("vit_mini", "random") is None
    assert (
        trunk_info("vit_base_patch16_224", "dino").mean
        != trunk_info("vit_base_patch16_224", "augreg_in21k").mean
        == HALF
    )
    with pytest.raises(
        UserError, match=r"'nothing' are no file or folder, and timm has no weights named 'resnet50\.nothing'"
    ):
        weights_path("resnet50", "nothing")


class TestHub:
    """A hub's cache that a test filled; nothing else can be reached."""

    @pytest.fixture(autouse=True)
    def cache(self, tmp_path, monkeypatch) -> Path:
        from huggingface_hub import constants

        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
        self.folder = tmp_path
        return tmp_path

    def put(self, owner: str, **files: bytes) -> Path:
        """Lay files into the cache as the hub's client does."""
        root = self.folder / f"models--{owner.replace('/', '--')}"
        snapshot = root / "snapshots" / "abc"
        snapshot.mkdir(parents=True)
        (root / "refs").mkdir()
        (root / "refs" / "main").write_text("abc")
        for name, content in files.items():
            (snapshot / name.replace("__", ".")).write_bytes(content)
        return snapshot

    def test_names_of_timm_are_read_from_the_cache(self) -> None:
        snapshot = self.put("timm/resnet18.tv_in1k", model__safetensors=b"weights")
        for trunk, weights in (
            ("resnet18.tv_in1k", "pretrained"),
            ("resnet18", "tv_in1k"),
            ("resnet18", "resnet18.tv_in1k"),
        ):
            assert weights_path(trunk, weights) == snapshot / "model.safetensors"

    def test_any_repository_with_its_own_pixels(self) -> None:
        weights = weights_file("vit_mini").read_bytes()
        told = json.dumps({"pretrained_cfg": {"mean": [0.1] * 3, "std": [0.2] * 3}}).encode()
        self.put("me/mine", model__safetensors=weights, config__json=told)
        assert trunk_info("vit_mini", "hf-hub:me/mine").mean == (0.1, 0.1, 0.1)
        same(build_trunk("vit_mini", "hf-hub:me/mine"), build_trunk("vit_mini"))

    def test_weights_without_what_tells_their_pixels_are_refused(self) -> None:
        self.put("me/mine", model__safetensors=b"")
        with pytest.raises(
            UserError, match=r"'me/mine' are here, but not what says how .*config\.json.*hf download me/mine"
        ):
            weights_path("vit_mini", "hf-hub:me/mine")

    @pytest.mark.parametrize("weights", ["pretrained", "hf-hub:timm/vit_base_patch16_clip_224.openai"])
    def test_offline_the_sentence_says_where_timm_looks_and_what_to_pass(self, weights) -> None:
        owner = r"timm/vit_base_patch16_clip_224\.openai"
        folder = f"{self.folder}/models--timm--vit_base_patch16_clip_224.openai"
        with pytest.raises(
            UserError, match=rf"of '.*openai' are not in .*where timm looks.*{owner}.*pass the file"
        ) as told:
            build_trunk(VIT, weights)
        assert folder in str(told.value) and "HF_HOME" in str(told.value)
