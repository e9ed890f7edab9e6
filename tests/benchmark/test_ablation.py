"""The ablations of D2ST against the whole."""

from pathlib import Path

import pandas as pd
import pytest

from benchmark import ablation, document
from benchmark.store import Store
from benchmark.summary import Setting, settings
from tests.benchmark.made_up import fill, full, job


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    store = full(tmp_path_factory.mktemp("made") / "run")
    for method in ("d2st_temporal", "bottleneck"):
        fill(store, job(method, "ssv2"))
    fill(store, job("bottleneck", "ssv2", head="otam"))  # without D2ST there is nothing to compare with
    return settings(store)[0][0]


def test_differences_are_from_the_whole_and_corrected_over_the_ablations(setting: Setting) -> None:
    rows = ablation.rows(setting)
    assert (
        list(rows.method) == ["d2st", "bottleneck", "d2st_temporal"] * 2
        and list(rows.shot) == [1] * 3 + [5] * 3
    )
    assert set(rows["head"]) == {"bimhm"} and set(rows.dataset) == {"ssv2"}
    one = rows[rows.shot == 1].set_index("method")
    assert one.more["bottleneck"] == pytest.approx(one.accuracy["bottleneck"] - one.accuracy["d2st"])
    assert pd.isna(one.more["d2st"]) and pd.isna(one.p_more["d2st"])
    pairs = setting.pairs["vit_mini", "bimhm", "ssv2", 1]
    raw = [
        pairs[(pairs.method == "d2st") & (pairs.reference == name)].p.item()
        for name in ("bottleneck", "d2st_temporal")
    ]
    assert sorted(one.p_more.dropna()) == pytest.approx([min(2 * min(raw), 1), max(2 * min(raw), max(raw))])


def test_it_stands_in_the_table_and_on_the_page(setting: Setting) -> None:
    text = "\n".join(document.section(setting, {}))
    assert "### What the parts of D2ST contribute" in text and "| minus D2ST |" in text
    assert "| ssv2 | 1 | D2ST, temporal only | 30,000 |" in text
    sheet = ablation.sheet(ablation.rows(setting))
    assert all(len(line.cells) == len(sheet.header) for line in sheet.lines) and len(sheet.lines) == 6
    assert sheet.lines[1].cells[0].text == "Bottleneck" and sheet.lines[0].cells[-2].text == "-"


def test_without_ablations_there_is_no_section(tmp_path: Path) -> None:
    (plain,), _ = settings(full(tmp_path / "run"))
    assert ablation.rows(plain).empty
    assert "contribute" not in "\n".join(document.section(plain, {}))


def test_an_ablation_alone_is_left_out(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for method in ("bottleneck", "frozen"):
        fill(store, job(method))
    assert ablation.rows(settings(store)[0][0]).empty
