"""The command line of speed.py."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from benchmark import cost, speed, turn
from benchmark.speed_options import parse
from benchmark.store import Store
from tests.benchmark.made_up import speed as throughput

COST = {"latency": {"value": 0.02, "low": 0.01, "high": 0.03, "ratio": 2.0}}


@pytest.fixture
def item(tmp_path: Path) -> dict[str, Any]:
    """An invented result."""
    throughput(Store(tmp_path))
    found = json.loads((tmp_path / "speed" / "vit_mini.json").read_text())
    machine = {
        "cpu": "a processor",
        "gpu": None,
        "packages": {"torch": "2"},
        "commit": "f" * 40,
        "dirty": False,
    }
    found |= {"batch": 4, "rounds": 3, "threads": 2, "device": "cpu", "command": "python benchmark/speed.py"}
    found["where"] |= machine
    for figure in found["figures"].values():
        figure["cost"] = copy.deepcopy(COST)
    return found


def stored(item: dict[str, Any], path: Path) -> str:
    path.write_text(json.dumps(item))
    return str(path)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "--trunk"),
        (["--trunk", "vit_mini", "--methods", "d3st"], "unknown method 'd3st'"),
        (["--trunk", "vit_mini", "--batch", "0"], "'0'"),
        (["--trunk", "vit_mini", "--seconds", "nan"], "'nan'"),
        (["--trunk", "vit_mini", "--precision", "int8"], "int8"),
        (["--trunk", "vit_mini", "--output", "result.txt"], "result.txt"),
        (["--show", "a", "--compare", "b", "c"], "exclude"),
        (["--show", "/nowhere.json"], "/nowhere.json"),
    ],
)
def test_wrong_input_is_one_sentence(arguments: list[str], told: str, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as end:
        speed.main(arguments)
    text = capsys.readouterr().err
    assert end.value.code == 2 and text.startswith("error: ") and text.count("\n") == 1 and told in text


def test_all_methods() -> None:
    asked = parse(["--trunk", "vit_mini", "--methods", "all"])
    assert {"d2st", "lora", "dualpath", "frozen"} <= set(asked.methods) and not asked.explicit
    assert asked.output.parent == Path("results/speed") and asked.output.name.startswith("vit_mini-")


def test_two_results_are_compared(
    item: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    one = stored(item, tmp_path / "a.json")
    item["figures"]["aim"]["cost"]["latency"]["ratio"] = 2.3
    two = stored(item, tmp_path / "b.json")
    page = tmp_path / "page.md"
    page.write_text("above\n<!-- cost -->\n<!-- /cost -->\n")
    assert speed.main(["--compare", one, two]) == 1
    assert speed.main(["--compare", one, two, "--tolerance", "20", "--write", str(page)]) == 0
    assert "at most 15.0 % (latency of AIM)" in capsys.readouterr().out
    text = page.read_text()
    assert "at most 15.0 %" in text and "| D2ST |" in text and "a processor, 2 threads, torch 2" in text


def test_a_result_is_shown_again(item: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert speed.main(["--show", stored(item, tmp_path / "a.json")]) == 0
    assert re.search(r"20 \[[\d.]+-[\d.]+\] \(2\.00x\)", capsys.readouterr().out)
    with pytest.raises(SystemExit):
        speed.main(["--show", stored({"something": "else"}, tmp_path / "b.json")])
    assert "is not a result of speed.py" in capsys.readouterr().err


def test_interrupted_it_keeps_the_complete_rounds(
    item: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(turn.tempfile, "gettempdir", lambda: str(tmp_path))
    kept = 1

    def run(measurement: Any, keep: Any) -> None:
        for _ in range(kept):
            keep(item)
        raise KeyboardInterrupt

    monkeypatch.setattr(cost.Measurement, "run", run)
    command = ["--trunk", "vit_mini", "--methods", "frozen", "--device", "cpu", "--threads", "1"]
    assert speed.main([*command, "--output", str(tmp_path / "a.json")]) == 130
    assert "3 complete rounds are in" in capsys.readouterr().err
    assert json.loads((tmp_path / "a.json").read_text())["rounds"] == 3
    kept = 0
    assert speed.main([*command, "--output", str(tmp_path / "b.json")]) == 130
    assert "nothing is stored" in capsys.readouterr().err and not (tmp_path / "b.json").exists()
