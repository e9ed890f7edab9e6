"""The ten configs of the ``paper`` protocol, built on a fake data root of empty files."""

import re
from pathlib import Path
from typing import Any

import pytest
from mmengine.config import Config

from d2st.recipes import RECIPES

CONFIGS = Path(__file__).resolve().parents[2] / "configs" / "paper"
TRUNKS = {"vit": "vit_base_patch16_clip_quickgelu_224.openai", "resnet": "resnet50.tv_in1k"}
MEAN = {"vit": [0.48145466, 0.4578275, 0.40821073], "resnet": [0.485, 0.456, 0.406]}
STD = {"vit": [0.26862954, 0.26130258, 0.27577711], "resnet": [0.229, 0.224, 0.225]}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("root")
    for dataset in {name for name, _ in RECIPES}:
        for split in ("train", "val", "test"):
            for c in "abcdef":
                folder = root / dataset / split / f"{split}{c}"
                folder.mkdir(parents=True)
                for video in "012345":
                    (folder / f"{video}.avi").touch()
    return root


def test_there_is_one_for_each_dataset_and_backbone():
    assert {path.stem for path in CONFIGS.glob("*.py")} == {f"{name}_{family}" for name, family in RECIPES}


@pytest.mark.parametrize("key", RECIPES, ids="_".join)
def test_config(key: tuple[str, str], root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("D2ST_DATA_ROOT", str(root))
    (dataset, family), found = key, RECIPES[key]
    path = CONFIGS / f"{dataset}_{family}.py"
    config = Config.fromfile(path)
    model, train = config.model, config.train_dataloader.dataset
    assert model.backbone.trunk == TRUNKS[family] and model.backbone.frames == 8
    assert model.backbone.adaptation.type == "d2st" and model.head.type == "bimhm"
    for key_, values in (("mean", MEAN), ("std", STD)):
        assert model.data_preprocessor[key_] == pytest.approx([255 * v for v in values[family]])
    assert (model.base_classes, model.base_loss_weight) == (6, found.base_loss)
    assert model.protocol == {"way": 5, "shot": 1, "queries": 1}
    assert (train.source, train.split, train.redraws) == (dataset, "train", 5)
    optimizer = {"type": "Adam", "lr": found.rate, "weight_decay": 1e-3}
    assert config.optim_wrapper == {
        "type": "SummedGradients", "constructor": "OfficialDecay", "optimizer": optimizer, "factor": 0.5,
        "accumulative_counts": 8, "spare_last": True,
    }  # fmt: skip
    assert config.train_cfg.max_iters == config.train_cfg.val_interval == found.iterations
    assert config.default_hooks.checkpoint.interval % 8 == 0
    assert [(p.shot, p.way, p.queries, p.episodes) for p in config.test_cfg.protocols] == [
        (1, 5, 1, 10000),
        (5, 5, 1, 10000),
    ]
    check_pipelines(config, dataset)
    check_docstring(path, found.iterations)
    config.dump(tmp_path / "dumped.py")
    assert Config.fromfile(tmp_path / "dumped.py").to_dict() == config.to_dict()


def check_pipelines(config: Any, dataset: str) -> None:
    """Facts 2.2 and 2.3; what the steps do is in tests/d2st/data/test_official_*.py."""
    branch = "interval" if dataset == "kinetics" else "segments"
    resize = {"type": "Resize", "scale": (256, 256), "keep_ratio": False}
    crop, centre = {"type": "RandomCrop", "size": 224}, {"type": "CenterCrop", "crop_size": 224}
    flip = {"type": "Flip", "flip_ratio": 0.5, "direction": "horizontal"}
    pack = [{"type": "FormatShape", "input_format": "NCTHW"}, {"type": "PackActionInputs"}]
    sample = {"type": "OfficialSample", "frames": 8, "branch": branch}
    train, test = config.train_dataloader.dataset, config.test_dataloader.dataset
    at_test = dataset != "kinetics"
    wanted = {
        "support": (train.support_pipeline, True, [resize, crop, *pack]),
        "query": (train.query_pipeline, True, [flip, resize, crop, {"type": "ClipColorJitter"}, *pack]),
        "test": (test.pipeline, at_test, [resize, centre, *pack]),
    }
    for name, (pipeline, random, steps) in wanted.items():
        assert pipeline[1] == sample | {"random": random}, name
        assert [dict(step) for step in pipeline[3:]] == steps, name
    assert test.views == (10 if at_test else 1)


def check_docstring(path: Path, iterations: int) -> None:
    text = path.read_text()
    assert f"mim train mmaction configs/paper/{path.name}\n" in text
    assert f"--checkpoint work_dirs/{path.stem}/iter_{iterations}.pth" in text
    assert "Hardware: " in text
    assert re.search(r"Expected 5-way accuracy \(%\): .*(not known|published)", text)


def test_without_a_data_root_they_train_on_the_stand_ins(embedded_cache: Any):
    config = Config.fromfile(CONFIGS / "ssv2_vit.py")
    assert config.model.backbone.trunk == "vit_mini" and config.train_dataloader.dataset.source == "motion"
