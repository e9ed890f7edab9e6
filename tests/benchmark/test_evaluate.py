"""evaluate.py: any way, shots and queries of a checkpoint, on the embedded videos with random weights."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmark import evaluate
from benchmark.options import ROOT
from tests.configs.test_configs import fragments

CONFIG = str(ROOT / "configs" / "frozen_vit.py")
SMALL = ["untrained", "--config", CONFIG, "--episodes", "40"]


def test_ten_way_two_to_four_shots_with_another_head(embedded_cache: Any, tmp_path: Path, capsys: Any):
    file = tmp_path / "numbers.csv"
    few = [
        "untrained",
        "--config",
        CONFIG,
        "--episodes",
        "2",
        "--way",
        "10",
        "--shots",
        "4",
        "2",
        "3",
        "--queries",
        "2",
    ]
    assert evaluate.main([*few, "--head", "otam", "--orders", "reversed", "--csv", str(file)]) == 0
    told = capsys.readouterr().out
    assert "10-way, 2 queries a class, 2 episodes of the test classes; chance 10.0 %" in " ".join(
        told.split()
    )
    rows = pd.read_csv(file)
    assert rows["shot"].tolist() == [2, 3, 4] and "clips, 0 of them encoded" not in told
    assert rows["accuracy"].between(0, 100).all() and rows["half_episodes"].notna().all()
    assert rows["half_classes"].notna().all() and rows["accuracy_reversed"].notna().all()


def test_kept_features_serve_another_head(embedded_cache: Any, tmp_path: Path, capsys: Any):
    few = ["untrained", "--config", CONFIG, "--episodes", "1", "--shots", "1", "--features", str(tmp_path)]
    assert evaluate.main(few) == 0 and "10 clips, 10 of them encoded now" in capsys.readouterr().out
    assert evaluate.main([*few, "--head", "otam"]) == 0
    assert "10 clips, 0 of them encoded now" in capsys.readouterr().out


def test_the_config_has_what_was_asked_for(embedded_cache: Any):
    asked = evaluate.parse([*SMALL, "--way", "3", "--seed", "7", "--shots", "2", "--split", "val"])
    config = evaluate.config_of(asked)
    protocol = {"way": 3, "queries": 1, "episodes": 40, "seed": 7, "group_disjoint": False, "shot": 2}
    assert config["test_cfg"]["protocols"] == [protocol]
    assert config["test_dataloader"]["dataset"]["split"] == "val"
    assert config["model"]["head"] == {"type": "bimhm"}


def test_a_stored_result_is_a_config(embedded_cache: Any, tmp_path: Path):
    stored = tmp_path / "cell.json"
    stored.write_text(json.dumps({"asked": {"config": fragments(head={"name": "protonet"})}}))
    config = evaluate.config_of(evaluate.parse(["untrained", "--config", str(stored)]))
    assert config["model"]["head"]["type"] == "protonet"
    assert config["test_cfg"]["features"].endswith("features")
    assert config["model"]["backbone"]["adaptation"]["type"] == "d2st"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["untrained", "--config", "no.py"], "no config 'no.py'"),
        (["no.pth", "--config", CONFIG], "no checkpoint 'no.pth'"),
        ([*SMALL, "--head", "foo"], "unknown head 'foo'; known: bimhm"),
        ([*SMALL, "--head", "all"], "--head takes one head, not all"),
        ([*SMALL, "--way", "0"], "'0' is not a whole number of at least 1"),
        ([*SMALL, "--csv", "no/such/file.csv"], "no folder no/such"),
        ([*SMALL, "--way", "99"], "episodes need 99"),
    ],
)
def test_wrong_input_is_one_sentence(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str], embedded_cache: Any
):
    with pytest.raises(SystemExit) as left:
        evaluate.main(arguments)
    error = capsys.readouterr().err
    assert left.value.code == 2 and error.startswith("error: ") and told in error and error.count("\n") == 1


def test_a_file_that_is_no_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "x.json").write_text("[]")
    with pytest.raises(SystemExit):
        evaluate.main(["untrained", "--config", str(tmp_path / "x.json")])
    assert "is not a stored result" in capsys.readouterr().err
