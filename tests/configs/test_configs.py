import re
from pathlib import Path
from typing import Any

import pytest
from mmengine.config import Config

import baselines  # noqa: F401  (makes the methods known)
from d2st import UserError, experiment, methods
from d2st.adaptation import kinds_of
from d2st.experiment import assemble
from d2st.fragments import KEYS
from d2st.heads import heads

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
SPLITS = ("train", "val", "test")


def fragments(**changes: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The fragments of configs/d2st_vit.py, some keys changed: ``fragments(trunk=dict(name="vit_tiny..."))``."""
    names = {"trunk": "vit", "method": "d2st", "head": "bimhm", "data": "ssv2", "schedule": "quick"}
    loaded = {
        kind: Config.fromfile(CONFIGS / "_base_" / kind / f"{name}.py")[kind] for kind, name in names.items()
    }
    return {kind: {**loaded.get(kind, {}), **changes.get(kind, {})} for kind in {**loaded, **changes}}


@pytest.fixture
def real(tmp_path: Path) -> Path:
    """A data root whose ssv2 has three classes of two (empty) files a split."""
    for split in SPLITS:
        for c in "abc":
            (tmp_path / "ssv2" / split / f"{split}{c}").mkdir(parents=True)
            for v in "01":
                (tmp_path / "ssv2" / split / f"{split}{c}" / f"{v}.mp4").touch()
    return tmp_path


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*_*.py")), ids=lambda path: path.stem)
def test_every_config_is_complete_and_survives_a_dump(path: Path, tmp_path: Path, embedded_cache: Any):
    config = Config.fromfile(path)
    method, family = path.stem.rsplit("_", 1)
    assert config.model.backbone.trunk == f"{family}_mini"
    assert config.model.backbone.adaptation.type == method
    assert config.train_dataloader.dataset.source == config.test_dataloader.dataset.source == "motion"
    assert [p.shot for p in config.test_cfg.protocols] == [1, 5] and config.test_cfg.protocols[
        0
    ].episodes == 10000
    assert not set(KEYS) & set(config)  # no fragment is left that --cfg-options could change in vain
    config.dump(tmp_path / "dumped.py")
    assert Config.fromfile(tmp_path / "dumped.py").to_dict() == config.to_dict()
    command = re.search(r"mim (?:train|test) mmaction (\S+)", path.read_text())
    assert command and command[1] == f"configs/{path.name}"


def test_fragments_are_called_after_the_method_or_head_that_they_name():
    for kind, known in (("method", methods()), ("head", heads())):
        files = sorted((CONFIGS / "_base_" / kind).glob("*.py"))
        names = [Config.fromfile(file)[kind].name for file in files]
        assert names == [file.stem for file in files]
        assert not set(names) - set(known)


def test_first_line_says_which_data_and_says_it_once(capsys: pytest.CaptureFixture, embedded_cache: Any):
    experiment._said.clear()
    for _ in range(2):
        assemble(fragments())
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert re.match(r"data: motion \(embedded stand-in for ssv2, generator \w+\); set D2ST_DATA_ROOT", out)
    assert "vit_mini" in out
    experiment._said.clear()
    assemble(fragments(), announce=False)
    assert not capsys.readouterr().out


@pytest.mark.parametrize("way", ["argument", "environment"])
def test_a_data_root_means_real_data_and_clip(real: Path, monkeypatch: pytest.MonkeyPatch, way: str):
    if way == "environment":
        monkeypatch.setenv("D2ST_DATA_ROOT", str(real))
    config = assemble(
        fragments(data={"data_root": str(real)} if way == "argument" else {}, schedule={"val_interval": 40})
    )
    assert config["model"]["backbone"]["trunk"] == "vit_base_patch16_clip_quickgelu_224.openai"
    assert config["model"]["base_classes"] == 3
    assert config["model"]["data_preprocessor"]["mean"] == pytest.approx([122.77, 116.75, 104.09], abs=0.01)
    assert config["optim_wrapper"]["optimizer"]["lr"] == 1e-3
    for split in SPLITS:
        data = config[f"{split}_dataloader"]["dataset"]
        assert (data["source"], data["data_root"], data["split"]) == ("ssv2", str(real), split)


def test_a_data_root_means_imagenet_resnet_50_where_a_resnet_is_asked_for(real: Path):
    config = assemble(fragments(data={"data_root": str(real)}, trunk={"family": "resnet"}))
    assert config["model"]["backbone"]["trunk"] == "resnet50.tv_in1k"
    assert config["model"]["data_preprocessor"]["mean"] == pytest.approx([123.675, 116.28, 103.53])


def test_a_data_root_without_the_dataset_is_an_error(tmp_path: Path):
    with pytest.raises(UserError, match="kinetics"):
        assemble(fragments(data={"name": "kinetics", "data_root": str(tmp_path)}))


def test_a_folder_of_ones_own(real: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(real)
    config = assemble(fragments(data={"name": "./ssv2"}))
    assert config["model"]["backbone"]["trunk"] == "vit_mini"
    assert config["test_dataloader"]["dataset"]["source"] == str(real / "ssv2")  # also from elsewhere
    config = assemble(
        fragments(data={"name": "./ssv2"}, trunk={"name": "vit_tiny_patch16_224", "weights": "random"})
    )
    assert config["model"]["backbone"]["trunk"] == "vit_tiny_patch16_224"
    assert {"type": "CenterCrop", "crop_size": 224} in config["test_dataloader"]["dataset"]["pipeline"]
    assert config["optim_wrapper"]["optimizer"]["lr"] == 1e-3


@pytest.mark.parametrize(
    ("method", "family"), [(name, kind) for name in methods() for kind in kinds_of(name)]
)
def test_a_head_with_parameters_is_trained_whatever_the_method(method: str, family: str, embedded_cache: Any):
    """Also by what has nothing of its own to train: a rate of 0 would leave the head as it was drawn."""
    parts = fragments(trunk={"family": family})
    for kind, name in (("method", method), ("head", "trx")):
        parts[kind] = Config.fromfile(CONFIGS / "_base_" / kind / f"{name}.py")[kind]
    assert assemble(parts, announce=False)["optim_wrapper"]["optimizer"]["lr"] > 0


def test_a_head_may_have_a_rate_of_its_own(embedded_cache: Any):
    for head, rate in (("bimhm", 1e-3), ("trx", 5e-3)):
        changed = {"lr": 1e-3, "lr_by_head": {"trx": {"vit_mini": 5e-3}}}
        config = assemble(fragments(method=changed, head={"name": head}), announce=False)
        assert config["optim_wrapper"]["optimizer"]["lr"] == rate


def test_what_the_harness_sets(embedded_cache: Any, tmp_path: Path):
    config = assemble(
        fragments(
            run={"seed": 3, "work_dir": tmp_path, "device": "auto"},
            schedule={"episodes": 12, "episodes_per_step": 2, "accumulate": 3, "test_shots": [2], "test_episodes": 7,
                      "val_interval": 0, "checkpoint_interval": 3, "group_disjoint": True},
        )
    )  # fmt: skip
    assert config["train_cfg"]["max_iters"] == 6 and config["optim_wrapper"]["accumulative_counts"] == 3
    assert config["train_dataloader"]["dataset"]["protocol"]["seed"] == config["randomness"]["seed"] == 3
    asked = {"way": 5, "queries": 1, "group_disjoint": True, "episodes": 7, "seed": 0, "shot": 2}
    assert config["test_cfg"]["protocols"] == [asked]
    assert config["train_dataloader"]["dataset"]["protocol"]["group_disjoint"]
    assert not [key for key in config if key.startswith("val")]
    assert config["work_dir"] == str(tmp_path)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"schedule": {"episode": 3}}, "fragment 'schedule' has no key 'episode'; it takes: way, shot"),
        ({"schedule": {"episodes": 7, "accumulate": 2}}, "7 episodes are no whole number of updates"),
        ({"schedule": {"accumulate": 2, "checkpoint_interval": 3}}, "multiple of accumulate=2"),
        ({"data": {"name": "nothing"}}, "unknown dataset 'nothing'; known: "),
        ({"trunk": {"name": "vit_nothing"}}, "no model 'vit_nothing'"),
        ({"trunk": {"family": "swin"}}, "unknown family 'swin'; known: vit, resnet"),
        ({"trunk": {"weights": "absent.pth"}}, "absent.pth does not exist"),
        ({"run": {"device": "tpu"}}, "unknown device 'tpu'; known: auto, cpu, cuda"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(changes: dict, sentence: str, embedded_cache: Any):
    with pytest.raises(UserError, match=re.escape(sentence)):
        assemble(fragments(**changes))


def test_missing_fragments_and_keys_are_named(embedded_cache: Any):
    given = fragments()
    del given["method"]["lr"]
    with pytest.raises(UserError, match="fragment 'method' lacks the key 'lr'"):
        assemble(given)
    del given["method"]
    with pytest.raises(
        UserError, match=r"fragment 'method' is missing: inherit one of configs/_base_/method"
    ):
        assemble(given)
