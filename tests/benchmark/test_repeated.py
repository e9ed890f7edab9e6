"""How much of a run has been made again, told of what was kept."""

from pathlib import Path

import pytest

from benchmark import same
from benchmark.repeated import main
from benchmark.store import Store
from tests.benchmark.made_up import elsewhere, fill, job
from tests.benchmark.test_same import put


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Of D2ST both results made again, of AIM with seed 0 both twice elsewhere, with seed 1 and of the frozen trunk none."""
    official, again = put(tmp_path / "official"), tmp_path / "again"
    for left in (job("frozen"), job("aim", seed=1), job("aim", seed=0, head="otam")):
        fill(Store(official), left)
    fill(Store(again), job("d2st"))
    assert same.main([str(official), str(again), "--partial", "--keep"]) == 0
    others = [put(tmp_path / name) for name in "ab"]
    for root in others:
        for method in ("d2st", "aim"):
            elsewhere(Store(root), job(method))
    assert same.main([*map(str, others), "--keep-in", str(official)]) == 0
    return official


def test_what_was_made_again_twice_elsewhere_and_once(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main([str(run)]) == 0
    said = capsys.readouterr().out
    assert "Of 10 results 2 were made again on the run's kind of machine, 600 queries, all alike; " in said
    # D2ST was made twice elsewhere too, and counts where it was made again
    assert "; 2 more twice on another kind (another processor, torch 2), 600 queries, all alike; " in said
    assert "; 6 were made once only." in said
    assert "| vit_mini, Bi-MHM | 8 | 2 | 2 | 4 |" in said and "| vit_mini, OTAM | 2 | 0 | 0 | 2 |" in said
    assert said.index("Bi-MHM |") < said.index("OTAM |")
    assert "- vit_mini, Bi-MHM, ssv2: AIM (1); Frozen (0)\n- vit_mini, OTAM, ssv2: AIM (0)\n" in said
    assert f"Made by `python benchmark/repeated.py {run}`." in said


def test_two_other_kinds_of_machine_are_told_apart(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    others = [tmp_path / name for name in "cd"]
    for root in others:
        fill(Store(root), job("frozen"))
        elsewhere(Store(root), job("frozen"), cpu="a third", cpu_model="25 17")
    assert same.main([*map(str, others), "--partial", "--keep-in", str(run)]) == 0
    capsys.readouterr()
    assert main([str(run)]) == 0
    said = capsys.readouterr().out
    assert (
        "twice on another kind (a third, 25 17, torch 2; or another processor, torch 2), 1,200 queries"
        in said
    )


def test_all_made_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, again = put(tmp_path / "a"), put(tmp_path / "b", ("predicted", "c99"))
    assert same.main([str(first), str(again), "--keep"]) == 1
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- repeated -->\nold\n<!-- /repeated -->\nafter\n")
    assert main([str(first), "--write", str(page)]) == 0
    told = page.read_text()
    assert told.startswith("before\n<!-- repeated -->\nOf 4 results 4 were made again") and "old" not in told
    assert (
        "1,200 queries, 1 of them not alike; 0 were made once only.\n" in told and "in brackets" not in told
    )
    assert told.endswith("<!-- /repeated -->\nafter\n") and "another kind" not in told


def test_nothing_made_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = put(tmp_path / "a")
    with pytest.raises(SystemExit) as stopped:
        main([str(run)])
    assert stopped.value.code == 2
    assert f"python benchmark/same.py {run} AGAIN --keep" in capsys.readouterr().err
