"""One adapted trunk behind several heads, told of invented results."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmark import by_head, document, report
from benchmark.grid import Job
from benchmark.store import Store
from benchmark.summary import settings
from tests.benchmark.made_up import SKILL, fill, full, job


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Bi-MHM with two seeds; TRX with one, of three methods; OTAM on what Bi-MHM trained."""
    made = Store(tmp_path)
    for method in SKILL:
        for seed in (0, 1):
            fill(made, job(method, seed=seed))
            one = job(method, seed=seed, head="otam")
            fill(
                made,
                replace(
                    one, asked=one.asked | {"profile": "quick, trained with bimhm", "trained_with": "bimhm"}
                ),
            )
    for method in ("d2st", "aim", "frozen"):
        fill(made, job(method, head="trx"))
    return made


def test_heads_of_two_settings_stand_side_by_side(store: Store) -> None:
    found, _ = settings(store)
    assert len(found) == 2
    (block,) = by_head.blocks(found)
    assert block.heads == ["bimhm", "otam", "trx"]
    assert block.title == (
        "vit_mini, ssv2: 5-way, 200 test episodes, profile quick; seeds: Bi-MHM 2, OTAM 2, TRX 1"
    )
    sheet = by_head.sheet(block)
    assert [line.method for line in sheet.lines] == list(SKILL)
    rows = {(r.method, r["head"], r.shot): r for s in found for _, r in s.rows.iterrows()}
    columns = [(head, shot) for head in block.heads for shot in (1, 5)]
    assert len(sheet.header) == 1 + len(columns)
    for line in sheet.lines:
        for (head, shot), cell in zip(columns, line.cells[1:], strict=True):
            row = rows.get((line.method, head, shot))
            assert (cell.text == "-") is (row is None)
            if row is not None:
                assert cell.value == row.accuracy and cell.note == f"[{row['rank']}]"


def test_what_is_lost_is_told_of_heads_that_measured_it(store: Store) -> None:
    (block,) = by_head.blocks(settings(store)[0])
    of_bimhm = (block.rows["head"] == "bimhm") & (block.rows.method == "d2st")
    block.rows.loc[of_bimhm, "drop_shuffled"] = [12.34, 7.0]
    sheet = by_head.sheet(block)
    assert sheet.header[-1] == ("Bi-MHM 1\N{NON-BREAKING HYPHEN}shot: lost shuffled (points)", "")
    assert [line.cells[-1].text for line in sheet.lines] == ["12.3", *["-"] * (len(SKILL) - 1)]


def test_one_head_makes_no_table(tmp_path: Path) -> None:
    assert by_head.blocks(settings(full(tmp_path / "one"))[0]) == []
    assert by_head.document([]) == []


def other(one: Job, manifest: str | None = None, **asked: Any) -> Job:
    """The job with something else asked, or on other episodes."""
    cells = tuple(replace(cell, manifest=manifest) for cell in one.cells) if manifest else one.cells
    return replace(one, asked=one.asked | asked, cells=cells)


def test_results_on_other_episodes_or_of_another_protocol_are_no_column(tmp_path: Path) -> None:
    """In settings of their own, so that no earlier choice of the newest episodes has left them out."""
    for name, changed in {
        "episodes": {"episodes": 100},
        "manifest": {"device": "cuda"},
        "profile": {"profile": "full"},
    }.items():
        made = Store(tmp_path / name)
        fill(made, job(shots=(1,)))
        fill(made, other(job(shots=(1,), head="trx"), "other" if name == "manifest" else None, **changed))
        found, _ = settings(made)
        assert len(found) == 2 and by_head.blocks(found) == [], name


def test_results_of_one_trunk_take_no_table_from_another(tmp_path: Path) -> None:
    made = Store(tmp_path)
    for head in ("bimhm", "trx"):
        fill(made, job(shots=(1,), head=head))
    fill(made, other(job(shots=(1,), trunk="resnet_mini"), "newer", episodes=100), "2099-01-01")
    assert [block.trunk for block in by_head.blocks(settings(made)[0])] == ["vit_mini"]


def test_a_column_is_of_one_setting(tmp_path: Path) -> None:
    """OTAM trained by itself and by Bi-MHM: ranks of two settings do not stand in one column."""
    made = Store(tmp_path)
    for method in SKILL:
        fill(made, job(method, shots=(1,)))
        one = job(method, shots=(1,), head="otam")
        fill(made, other(one, profile="quick, trained with bimhm", trained_with="bimhm"))
    for method in ("d2st", "aim"):
        one = job(method, seed=1, shots=(1,), head="otam")
        fill(made, one)
    (block,) = by_head.blocks(settings(made)[0])
    assert set(block.rows.method[block.rows["head"] == "otam"]) == {"d2st", "aim"}
    assert block.rows[block.rows["head"] == "otam"].place.nunique() == 1


def test_heads_at_different_shots_are_compared_where_both_were_tested(tmp_path: Path) -> None:
    made = Store(tmp_path)
    for method in SKILL:
        fill(made, job(method, shots=(1, 5)))
        fill(made, job(method, shots=(5,), head="trx"))
    (block,) = by_head.blocks(settings(made)[0])
    labels = [label.replace("\N{NON-BREAKING HYPHEN}", "-") for label, _ in by_head.sheet(block).header]
    assert labels == ["method", "Bi-MHM 1-shot (%)", "Bi-MHM 5-shot (%)", "TRX 5-shot (%)"]
    assert "(5\N{NON-BREAKING HYPHEN}shot)" in by_head.agreement(block)


def _block(**accuracies: list[float]) -> by_head.Block:
    rows: list[dict[str, Any]] = [
        {"method": method, "head": head, "shot": 1, "accuracy": value, "seeds": 1}
        for head, values in accuracies.items()
        for method, value in zip("abcd", values)
    ]
    return by_head.Block("vit_mini", "motion", "5-way", pd.DataFrame(rows))


def test_agreement_is_that_of_the_order_of_methods() -> None:
    told = by_head.agreement(_block(bimhm=[1, 2, 3, 4], otam=[10, 20, 30, 40], trx=[4, 3, 2, 1]))
    assert re.findall(r"([\w-]+ and [\w-]+ -?\d\.\d\d) ", told) == [
        "Bi-MHM and OTAM 1.00",
        "Bi-MHM and TRX -1.00",
        "OTAM and TRX -1.00",
    ]
    assert "Bi-MHM and TRX 0.67 " in by_head.agreement(_block(bimhm=[1, 2, 3, 4], trx=[2, 1, 3, 4]))
    assert by_head.agreement(_block(bimhm=[1, 2], trx=[2, 1])) == ""
    assert by_head.agreement(_block(bimhm=[1, 2, 3], trx=[2, 2, 2])) == ""  # all alike order nothing


def test_the_report_has_it_and_a_readme_the_first_head_alone(store: Store) -> None:
    found, rates = report.report(store)
    for name in ("table.md", "report.html"):
        text = (store.root / name).read_text("utf-8")
        assert "What the head decides" in text and "Kendall" in text and "TRX 1" in text
    text = document.summary(found[0], rates, store.root)
    assert text.startswith("**Bi-MHM: 5-way") and text.count("| D2ST |") == 1 and ", with TRX, in [" in text


def test_the_command_line(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- heads -->\nold\n<!-- /heads -->\nafter\n")
    assert by_head.main([str(store.root), "--write", str(page)]) == 0
    text = page.read_text()
    assert "old" not in text and text.startswith("before") and text.endswith("after\n")
    assert "| D2ST |" in text and f"by_head.py {store.root}`" in text
    alone = full(tmp_path / "alone")
    with pytest.raises(SystemExit) as ended:
        by_head.main([str(alone.root)])
    assert ended.value.code == 2 and "run_all.py --heads bimhm otam" in capsys.readouterr().err
