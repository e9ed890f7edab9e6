"""`make speed`: what is compared, what fails, what the page says; the cases themselves are in tests/benchmarks."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from benchmark import kernels, kernels_document
from d2st.errors import UserError

MACHINE = {"cpu": "a processor", "threads": 2, "torch": "2.15.0"}


def case(name: str, seconds: float, ratio: float, **info: Any) -> dict[str, Any]:
    extra = {"ratio": ratio, "peak_bytes": 10**9, **info}
    return {"name": name, "fullname": f"cases.py::{name}", "stats": {"median": seconds}, "extra_info": extra}


@pytest.fixture
def found() -> dict[str, Any]:
    size = {"episodes": 10_000, "queries": 5}
    heads = [("otam", 1, 4.0), ("otam", 5, 46.0), ("bimhm", 1, 6.0), ("molo", 1, 9.0)]
    cases = [case(f"test_score[{h}-{s}]", t, 10 * t, head=h, shot=s, **size) for h, s, t in heads]
    return {
        "benchmarks": [case("test_decode[pyav]", 0.02, 0.5), *cases],
        "where": MACHINE,
        "failed": False,
        "commit_info": {"id": "f" * 40},
    }


def test_a_ratio_that_grows_is_named_whatever_the_seconds(found: dict[str, Any]) -> None:
    now = copy.deepcopy(found)
    now["benchmarks"][0]["stats"]["median"] = 1.0  # a slower machine
    assert kernels.compared(now, found, 30)[1] == []
    now["benchmarks"][0]["extra_info"]["ratio"] = 0.7
    lines, slow = kernels.compared(now, found, 30)
    assert slow == ["test_decode[pyav]: +40 %"] and lines[0][-1] == "+40"
    now["benchmarks"].append(case("test_new", 1.0, 1.0))
    assert kernels.compared(now, found, 50)[1] == [] and kernels.compared(now, found, 50)[0][-1][-2:] == [
        "new",
        "-",
    ]


def test_the_page_judges_what_is_demanded(found: dict[str, Any]) -> None:
    text = kernels_document.document(found)
    otam, bimhm, molo = (
        next(row for row in text.splitlines() if row.startswith(f"| {n} ")) for n in ("otam", "bimhm", "molo")
    )
    assert "| 4.0 | < 15 | 46.0 (**missed**) | < 45 | 11.5 | 1.00 GB | < 2 GB |" in otam
    assert "| 6.0 (**missed**) | < 5 | - | < 15 | - |" in bimhm and "| 9.0 | - | - | - |" in molo
    assert "| decode[pyav] | 20 | 0.50 |" in text and "a processor, 2 threads, torch 2.15.0" in text


@pytest.mark.parametrize("grown", [False, True])
def test_the_command(
    grown: bool,
    found: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    baseline, page = tmp_path / "baseline.json", tmp_path / "page.md"
    baseline.write_text(json.dumps(found))
    page.write_text("<!-- speed -->\n<!-- /speed -->\n")
    now = copy.deepcopy(found)
    now["benchmarks"][0]["extra_info"]["ratio"] *= 1.5 if grown else 1.1
    monkeypatch.setattr(kernels, "BASELINE", baseline)
    monkeypatch.setattr(kernels, "where", lambda: MACHINE)
    monkeypatch.setattr(kernels, "measured", lambda *_: now)
    assert kernels.main(["--write", str(page), "--benchmark-json", str(tmp_path / "now.json")]) == int(grown)
    assert "| bimhm |" in page.read_text() and json.loads((tmp_path / "now.json").read_text()) == now
    assert ("+50 %" in capsys.readouterr().err) == grown
    monkeypatch.setattr(kernels, "where", lambda: {**MACHINE, "cpu": "another"})
    assert kernels.main([]) == 0  # on another machine a ratio may grow further


def test_the_baseline_comes_from_a_committed_tree(
    found: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(kernels, "BASELINE", tmp_path / "baseline.json")
    monkeypatch.setattr(kernels, "where", lambda: MACHINE)
    monkeypatch.setattr(kernels, "measured", lambda *_: found)
    monkeypatch.setattr(kernels, "git", lambda *_: " M d2st/method.py")
    with pytest.raises(SystemExit):
        kernels.main(["--update"])
    assert "uncommitted changes" in capsys.readouterr().err and not (tmp_path / "baseline.json").exists()
    monkeypatch.setattr(kernels, "git", lambda *_: "")
    assert kernels.main(["--update"]) == 0
    assert json.loads((tmp_path / "baseline.json").read_text())["benchmarks"] == found["benchmarks"]


def test_no_measured_case_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        kernels.subprocess, "run", lambda *_, **__: kernels.subprocess.CompletedProcess([], 5)
    )
    with pytest.raises(UserError, match="pytest ended with 5"):
        kernels.measured(tmp_path / "none.json", None, "nothing")
