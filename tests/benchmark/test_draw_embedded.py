"""The sheet of clips: rows that there are, wrong output refused before anything is drawn."""

import sys

import pytest

from benchmark import draw_embedded
from d2st.data.embedded import appearance, motion


def test_rows_are_test_classes_and_every_change_is_shown() -> None:
    worlds = {"motion": motion, "appearance": appearance}
    shown = draw_embedded.rows()
    assert all(name in worlds[dataset].CLASSES["test"] for dataset, name, _ in shown)
    assert all(0 <= clip < worlds[dataset].CLIPS for dataset, _, clip in shown)
    names = {name for dataset, name, _ in shown if dataset == "motion"}
    assert all(names & change.courses.keys() for change in motion.CHANGES["test"])
    assert sum(name.endswith("_scene") for _, name, _ in shown) == draw_embedded.APPEARANCE


def test_other_files_are_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["draw_embedded.py", "--output", "sheet.jpg"])
    with pytest.raises(SystemExit) as end:
        draw_embedded.main()
    assert end.value.code == 2 and "has to end in .png" in capsys.readouterr().err
