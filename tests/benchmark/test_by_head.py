"""One adapted trunk behind several heads, told of invented results."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmark import by_head, document, report
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
    assert block.title == "vit_mini, ssv2; seeds: Bi-MHM 2, OTAM 2, TRX 1"
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
    assert sheet.header[-1] == ("Bi-MHM: lost shuffled (points)", "1-shot")
    assert [line.cells[-1].text for line in sheet.lines] == ["12.3", *["-"] * (len(SKILL) - 1)]


def test_one_head_or_other_episodes_make_no_table(tmp_path: Path) -> None:
    assert by_head.blocks(settings(full(tmp_path / "one"))[0]) == []
    other, one = Store(tmp_path / "two"), job(shots=(1,), head="trx")
    fill(other, job(shots=(1,)))
    (cell,) = one.cells
    fill(other, replace(one, cells=(replace(cell, manifest="other"),)))
    assert by_head.blocks(settings(other)[0]) == []
    assert by_head.document([]) == []


def _block(**accuracies: list[float]) -> by_head.Block:
    rows: list[dict[str, Any]] = [
        {"method": method, "head": head, "shot": 1, "accuracy": value, "seeds": 1}
        for head, values in accuracies.items()
        for method, value in zip("abcd", values)
    ]
    return by_head.Block("vit_mini", "motion", pd.DataFrame(rows))


def test_agreement_is_that_of_the_order_of_methods() -> None:
    told = by_head.agreement(_block(bimhm=[1, 2, 3, 4], otam=[10, 20, 30, 40], trx=[4, 3, 2, 1]))
    expected = "Bi-MHM and OTAM 1.00, Bi-MHM and TRX -1.00, OTAM and TRX -1.00"
    assert told == f"Kendall's tau at 1 shot: {expected}."
    assert "Bi-MHM and TRX 0.67" in by_head.agreement(_block(bimhm=[1, 2, 3, 4], trx=[2, 1, 3, 4]))
    assert by_head.agreement(_block(bimhm=[1, 2], trx=[2, 1])) == ""


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
