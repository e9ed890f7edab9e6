"""A training that a run has made is validated, not made again, and gives what the trial would have given."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmark import job, search, taken, trial
from benchmark.identity import code_version
from benchmark.machine import cpu_name
from benchmark.options import parse
from benchmark.plan import make_plan
from benchmark.search_log import Log
from benchmark.store import Store
from benchmark.trial import Trial
from d2st.data.sources import resolve
from d2st.errors import UserError

TRIAL = Trial("vit", "bitfit", 0.016, 4, 20, "ssv2", 0)


def make(folder: Path, more: str) -> None:
    """BitFit at its own rate, trained on four episodes; the test is what ``more`` says."""
    asked = f"--datasets ssv2 --methods bitfit --profile full --seeds 0 --threads 1 --device cpu --output {folder}"
    (one,) = make_plan(parse(f"{asked} --train-episodes 4 --episodes 10 {more}".split())).jobs
    store = Store(folder)
    store.job(one.id).mkdir(parents=True)
    job.run(one, store)


def find(one: Trial, run: Path) -> taken.Taken | None:
    """What the run has of the trial, for a search of today's data and code."""
    log = Log(run / "none.csv", f"motion {resolve('ssv2').version}", code_version())
    return taken.find(one, taken.trained([run]), "cpu", log)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, embedded_cache: Any) -> Path:
    """Bi-MHM has trained, and stores no result of its own."""
    folder = tmp_path_factory.mktemp("run")
    make(folder, "--heads otam --train-head bimhm")
    return folder


def test_the_checkpoint_of_a_run_is_found_and_gives_the_numbers_of_the_trial(trained: Path) -> None:
    assert len(taken.trained([trained])) == 1
    found = find(TRIAL, trained)
    assert found is not None and found.checkpoint.is_file() and found.seconds > 0
    assert found.where == {"cpu": cpu_name(), "gpu": None}
    validated = taken.validate(TRIAL, found)
    assert validated | {"seconds": 0} == trial.run(TRIAL) | {"seconds": 0}


@pytest.mark.parametrize(
    "changes",
    [{"rate": 8e-3}, {"seed": 1}, {"episodes": 8}, {"method": "aim"}, {"head": "trx"}, {"trunk": "resnet"}],
)
def test_another_training_is_not_taken(trained: Path, changes: dict[str, Any]) -> None:
    assert find(TRIAL._replace(**changes), trained) is None


def test_what_is_tested_otherwise_is_not_taken(tmp_path: Path, embedded_cache: Any) -> None:
    make(tmp_path, "--switch views=3")
    assert find(TRIAL, tmp_path) is None


def test_validation_leaves_the_run_as_it_was(trained: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in trained.rglob("*") if path.is_file()}
    found = find(TRIAL, trained)
    assert found is not None and taken.validate(TRIAL, found)
    assert {path: path.stat().st_mtime_ns for path in trained.rglob("*") if path.is_file()} == before


def test_a_folder_without_results_is_wrong_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UserError, match=r"no results in .*: --from takes folders of run_all\.py"):
        taken.trained([tmp_path])
    with pytest.raises(SystemExit) as ended:
        search.main(["--from", str(tmp_path), "--output", str(tmp_path / "log")])
    assert ended.value.code == 2 and "--from takes" in capsys.readouterr().err


def test_a_search_validates_what_stands_and_says_nothing_else_has_to_run(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the rate that the method has: no training is started, and the trial is in the log."""
    monkeypatch.setattr(search, "run", lambda _: pytest.fail("was trained again"))
    asked = (
        "--methods bitfit --train-episodes 4 --episodes 20 --trials 1 --times-own 1 --workers 1 --device cpu"
    )
    assert search.main([*asked.split(), "--from", str(trained), "--output", str(tmp_path)]) == 0
    (line,) = pd.read_csv(tmp_path / "vit.csv").to_dict("records")
    assert (line["method"], line["rate"], line["seed"]) == ("bitfit", TRIAL.rate, 0)


def test_the_first_rate_may_be_a_multiple_of_the_one_that_stands() -> None:
    assert search.first_rate("bitfit", "vit", True, None) == 4e-3
    assert search.first_rate("full_finetune", "vit", True, None) == 1e-3
    assert search.first_rate("bitfit", "vit", True, 0.5) == 8e-3
    assert search.first_rate("bitfit", "vit", False, 2.0) == 2e-3
    with pytest.raises(SystemExit) as ended:
        search.parse(["--start", "1e-3", "--times-own", "0.5"])
    assert ended.value.code == 2
