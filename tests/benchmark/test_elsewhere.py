"""The same training on another machine."""

from pathlib import Path

import pandas as pd
import pytest

from benchmark.elsewhere import ELSEWHERE, main, sentence
from benchmark.grid import make_job
from benchmark.identity import ROOT
from benchmark.store import Store
from tests.benchmark.made_up import SKILL, elsewhere, fill, job

OFFICIAL = ROOT / "results/official/embedded"
HERE, THERE = "a processor, torch 2", "another processor, torch 2"


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    """Two seeds of five methods here, the first of them there, where AIM takes ten queries in a hundred for another class."""
    here, there = Store(tmp_path / "here"), Store(tmp_path / "there")
    for method in SKILL:
        for seed in (0, 1):
            fill(here, job(method, seed=seed))
        one = job(method)
        fill(there, one)
        elsewhere(there, one)
    one = job("aim")
    for cell in one.cells:
        rows, record = there.table(cell.id), there.get(cell.id)
        rows.loc[rows.index % 10 == 0, ["predicted", "correct"]] = ["c99", False]
        happened = record["happened"] | {"accuracy": 100 * float(rows.correct.mean())}
        there.put(cell.id, record | {"happened": happened}, rows)
    return here.root, there.root


def test_what_another_machine_gives(runs: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    here, there = runs
    assert main([str(here), "--add", str(there)]) == 0
    said = capsys.readouterr().out
    assert f"**vit_mini, ssv2, Bi-MHM, profile quick: here {HERE}, there {THERE}**" in said
    kept = pd.read_csv(here / "elsewhere.csv")
    aim = kept.cell.str.startswith("aim")
    assert len(kept) == 2 * len(SKILL) and (kept.queries == 300).all()
    assert (kept.alike[aim] == 270).all() and (kept.alike[~aim] == 300).all()
    assert (kept.accuracy[~aim] == kept.accuracy_again[~aim]).all()
    lines = {cells[0]: cells for cells in (line.strip("| ").split(" | ") for line in said.splitlines())}
    assert {"D2ST", "AIM", "ST-Adapter", "Full fine-tuning", "Frozen"} < set(lines)
    one, two = (Store(here).get(job("aim", seed=seed).cells[0].id)["happened"]["accuracy"] for seed in (0, 1))
    again = Store(there).get(job("aim").cells[0].id)["happened"]["accuracy"]
    apart = f"{abs(one - two):.1f}"
    assert lines["AIM"][1:7] == ["0", f"{one:.1f}", f"{again:.1f}", f"{again - one:.1f}", apart, "90.0"]
    assert lines["D2ST"][4] == "+0.0" and lines["D2ST"][6] == "100.0"
    trained = len(SKILL) - 1  # nothing moves what has nothing to train
    moved = f"{(one - again) / trained:.1f} points (mean of {trained} methods, at most {one - again:.1f})"
    assert f"1-shot: another machine moves a result by {moved}, another seed by " in said
    assert said.count("between machines, ") == 2 and said.count(" between seeds.") == 2


def test_what_was_kept_is_told_without_the_other_run(
    runs: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here, there = runs
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- elsewhere -->\n<!-- /elsewhere -->\nafter\n")
    assert main([str(here), "--add", str(there)]) == 0
    first = capsys.readouterr().out
    assert main([str(here), "--write", str(page)]) == 0
    assert capsys.readouterr().out == first and first.strip() in page.read_text()
    assert page.read_text().endswith("after\n")


def test_two_models_of_one_name_stand_in_tables_of_their_own(
    runs: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    here, there = runs
    for model in ("X 25 1", "X 25 17"):
        for method in SKILL:
            elsewhere(Store(there), job(method), "An X", cpu_model=model)
        assert main([str(here), "--add", str(there)]) == 0
    said = capsys.readouterr().out
    assert f"here {HERE}, there An X, X 25 1, torch 2**" in said
    assert f"here {HERE}, there An X, X 25 17, torch 2**" in said


def test_profiles_are_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here, there, one = Store(tmp_path / "here"), Store(tmp_path / "there"), job("aim")
    told = one.asked | {"profile": "full"}
    other = make_job(told, one.config, one.identity | {"profile": "full"}, one.data, {1: "ssv21", 5: "ssv25"})
    for each in (one, other):
        fill(here, each)
        fill(there, each)
        elsewhere(there, each)
    assert main([str(here.root), "--add", str(there.root)]) == 0
    said = capsys.readouterr().out
    assert said.count("| AIM | 0 |") == 2 and "profile full: here" in said and "profile quick: here" in said


def test_one_seed_and_one_method_has_no_order() -> None:
    row = {"method": "aim", "seed": 0, "accuracy": 50.0, "accuracy_again": 52.0, "trained": True}
    part = pd.DataFrame([row | {"apart": float("nan"), "seeds": {0: 50.0}}])
    assert (
        sentence(5, part) == "5-shot: another machine moves a result by 2.0 points (one method, at most 2.0)."
    )


def test_one_machine_is_wrong_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in "ab":
        fill(Store(tmp_path / name), job("aim"))
    with pytest.raises(SystemExit) as ended:
        main([str(tmp_path / "a"), "--add", str(tmp_path / "b")])
    said = capsys.readouterr().err
    assert ended.value.code == 2 and "of one kind of machine" in said and len(said.splitlines()) == 1
    assert not ELSEWHERE.place(Store(tmp_path / "a")).exists()


def test_nothing_compared_is_wrong_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(Store(tmp_path), job("aim"))
    with pytest.raises(SystemExit) as ended:
        main([str(tmp_path)])
    said = capsys.readouterr().err
    assert ended.value.code == 2 and "--add" in said and len(said.splitlines()) == 1


@pytest.mark.skipif(
    not ELSEWHERE.place(Store(OFFICIAL)).exists(), reason="nothing was compared with another machine"
)
def test_the_official_list_is_of_the_official_run() -> None:
    kept, store = pd.read_csv(ELSEWHERE.place(Store(OFFICIAL))), Store(OFFICIAL)
    assert len(ELSEWHERE.standing(store)) == len(kept) > 0
    assert (kept.machine != kept.machine_again).all()
