"""Whether trainings were long enough, told of invented curves."""

from pathlib import Path

import pandas as pd
import pytest

from benchmark import flattened
from benchmark.figures import curves
from benchmark.store import Store
from benchmark.summary import settings
from tests.benchmark.made_up import fill, job


def test_the_last_fifth_is_held_against_the_one_before() -> None:
    episodes = list(range(10, 101, 10))
    right = [20, 20, 30, 30, 40, 40, 60, 64, 70, 73]
    course = pd.DataFrame({"episode": episodes, "accuracy": right}).assign(
        dataset="motion", method="aim", seed=0
    )
    (one,) = flattened.rises(course).itertuples()
    assert (one.last, one.rise) == (71.5, 71.5 - 62)


def test_every_training_head_has_its_columns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store(tmp_path)
    for method, seed, head in (
        ("d2st", 0, "bimhm"),
        ("d2st", 1, "bimhm"),
        ("aim", 0, "bimhm"),
        ("aim", 0, "trx"),
    ):
        fill(store, job(method, "motion", seed, head=head))
    page = tmp_path / "page.md"
    page.write_text("<!-- flattened -->\n<!-- /flattened -->")
    assert flattened.main([str(tmp_path), "--write", str(page)]) == 0
    told = capsys.readouterr().out
    assert "|  | Bi-MHM, motion | TRX, motion |" in told and told.strip() in page.read_text()
    (d2st,) = (line for line in told.splitlines() if line.startswith("| D2ST |"))
    (aim,) = (line for line in told.splitlines() if line.startswith("| AIM |"))
    assert d2st.endswith("| - |") and " to " in d2st and " to " not in aim and "-" not in aim
    (setting, *_) = settings(store)[0]
    found = flattened.rises(curves(setting, "vit_mini", "bimhm"))
    assert len(found) == 3 and (found.rise > 0).all() and (found.rise < 5).all()  # 1 - exp(-x), nearly there


def test_a_folder_without_trainings_is_wrong_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        flattened.main([str(tmp_path)])
    assert ended.value.code == 2 and "no training is stored" in capsys.readouterr().err
