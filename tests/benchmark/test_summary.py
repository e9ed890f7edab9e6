"""What the summary makes of an invented store: pairs, ranks, order sensitivity, classes, confusions; its LaTeX."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmark import pairing, sheets, summary, tables
from benchmark.store import Store
from d2st.errors import UserError
from tests.benchmark.made_up import fill, full, job

COLUMN = ("vit_mini", "bimhm", "ssv2", 1)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return full(tmp_path_factory.mktemp("made") / "run", fail_one=True)


def out_of_order(store: Store, cell: str) -> None:
    """Add what a run with test orders stores: shuffled, every query of the first class is lost."""
    table, record = store.table(cell), store.get(cell)
    table["correct_shuffled"] = table.correct & (table["class"] != table["class"].iloc[0])
    record["happened"]["accuracy_shuffled"] = 100 * float(table.correct_shuffled.mean())
    store.put(cell, record, table)


def test_any_method_is_the_reference(store: Store) -> None:
    (setting,), _ = summary.settings(store, "st_adapter")
    (usual,), _ = summary.settings(store)
    rows = [one.rows.set_index(["method", "dataset", "shot"]) for one in (setting, usual)]
    mine, theirs = rows[0].loc["frozen", "ssv2", 1], rows[1].loc["st_adapter", "ssv2", 1]
    assert mine.difference == pytest.approx(-theirs.difference) and mine.p == theirs.p
    assert pd.isna(rows[0].loc["st_adapter", "ssv2", 1].difference)
    assert "minus ST-Adapter" in tables.paired_table(setting)[0]
    with pytest.raises(UserError, match=r"no result of the reference 'lora'.*d2st, aim"):
        summary.settings(store, "lora")


def test_pairs_and_ranks_agree(store: Store) -> None:
    (setting,), _ = summary.settings(store)
    pairs = summary.pairwise(setting, *COLUMN)
    assert list(pairs.columns) == pairing.COLUMNS
    assert len(pairs) == 6 and (pairs.p_holm >= pairs.p).all()  # four methods: AIM failed
    rows = setting.rows.query("dataset == 'ssv2' and shot == 1").set_index("method")
    for item in pairs.itertuples():
        gap = rows.accuracy[item.method] - rows.accuracy[item.reference]
        assert item.difference == pytest.approx(gap)
    assert rows["rank"]["frozen"] == "4" and rows["rank"]["aim"] is None
    assert rows["rank"]["d2st"] in ("1-2", "1-3") and rows["rank"]["d2st"] == rows["rank"]["st_adapter"]
    assert summary.pairwise(setting, "vit_mini", "otam", "ssv2", 1).empty


def test_other_manifests_are_not_compared(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for method in ("d2st", "frozen"):
        fill(store, job(method, shots=(1,)))
    cells = {record["asked"]["method"]: record for record in store.records()}
    cells["d2st"]["where"]["manifest"] = "another"
    made = {record["asked"]["cell"]: store.table(record["asked"]["cell"]) for record in cells.values()}
    found = {cell: table.astype({"class": "category"}) for cell, table in made.items()}
    with pytest.raises(ValueError, match="different episodes are not compared"):
        pairing.differences({name: [record] for name, record in cells.items()}, found)


def test_order_sensitivity_is_the_paired_drop(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for method in ("d2st", "frozen"):
        fill(store, job(method, shots=(1,)))
    cell = next(r["asked"]["cell"] for r in store.records() if r["asked"]["method"] == "d2st")
    out_of_order(store, cell)
    (setting,), _ = summary.settings(store)
    rows, table = setting.rows.set_index("method"), store.table(cell)
    lost = 100 * (table.correct.mean() - table.correct_shuffled.mean())
    assert (
        lost > 0 and rows.drop_shuffled["d2st"] == pytest.approx(lost) and rows.half_drop_shuffled["d2st"] > 0
    )
    assert np.isnan(rows.drop_reversed["d2st"]) and np.isnan(rows.drop_shuffled["frozen"])
    header, lines = tables.main_table(setting, {})
    where = header.index("ssv2 1-shot lost shuffled, reversed")
    assert lines[0][where].startswith(f"{lost:.1f} ± {rows.half_drop_shuffled['d2st']:.1f}, ")
    assert lines[0][where].endswith(", - ± -") and lines[1][where] == "-"


def test_classes_and_confusions_are_those_of_the_table(store: Store) -> None:
    (setting,), _ = summary.settings(store)
    table = store.table(
        next(c for c in setting.tables if c.startswith("frozen-") and "-ssv2-" in c and "-1shot" in c)
    )
    classes = summary.per_class(setting, *COLUMN).query("method == 'frozen'").set_index("class")
    mine = table[table["class"] == "c3"]
    assert classes.accuracy["c3"] == pytest.approx(
        100 * mine.correct.mean()
    ) and classes.queries.sum() == len(table)
    assert (classes.half > 0).all()
    found = summary.confusions(setting, *COLUMN, top=3)
    assert found.groupby("method").size().eq(3).all() and not (found["class"] == found.predicted).any()
    one = found[found.method == "frozen"].iloc[0]
    pairs = table[table["class"] == one["class"]].predicted.value_counts(normalize=True)
    assert (
        one.share == pytest.approx(pairs[one.predicted])
        and one.share == found[found.method == "frozen"].share.max()
    )


def test_latex_escapes_what_is_special(tmp_path: Path) -> None:
    text = tables.latex(["a_b", "50 %"], [["x & y", "1.0 ± 0.2"], ["~^\\{#$", "< 0.001"]], "note of 50 %")
    assert r"a\_b & 50 \% \\" in text and r"x \& y & 1.0 $\pm$ 0.2 \\" in text
    assert r"\textasciitilde{}\textasciicircum{}\textbackslash{}\{\#\$ & $<$ 0.001 \\" in text
    assert text.startswith("% note of 50 %\n\\begin{tabular}{lr}\n\\toprule")
    if shutil.which("pdflatex"):
        page = rf"\documentclass{{article}}\usepackage{{booktabs}}\begin{{document}}{text}\end{{document}}"
        (tmp_path / "t.tex").write_text(page.replace(r"\begin{document}", "\\begin{document}\n"))
        subprocess.run(["pdflatex", "-halt-on-error", "t.tex"], cwd=tmp_path, check=True, capture_output=True)


@pytest.mark.parametrize("changed", ["optimizer", "schedule"])
def test_earlier_rates_and_schedules_are_left_out(tmp_path: Path, changed: str) -> None:
    """A new seed at another rate, or after another budget, is never put together with the old ones."""
    store, now = Store(tmp_path), {"optimizer": {"lr": 2}, "schedule": {"episodes": 2, "test_shots": [1]}}
    for seed, part, mark in ((1, {"lr": 1, "episodes": 1}, "a-"), (0, now[changed], "")):
        made, asked = job("d2st", seed=seed, shots=(1,)), now | {changed: part}
        cells = tuple(replace(cell, id=f"{mark}{cell.id}") for cell in made.cells)
        config, identity = {"schedule": asked["schedule"]}, {"optimizer": asked["optimizer"]}
        fill(store, replace(made, config=config, identity=identity, cells=cells))
    (setting,), left_out = summary.settings(store)
    assert left_out == 1 and setting.rows.seeds.tolist() == [1]
    assert [record["asked"]["seed"] for record in setting.records] == [0]


def test_the_setting_of_the_newest_result_comes_first(tmp_path: Path) -> None:
    """Also where the other one was begun later."""
    store = Store(tmp_path)
    for seed, device, day in ((0, "cpu", 1), (0, "cuda", 2), (1, "cpu", 3)):
        one = job("d2st", seed=seed, shots=(1,))
        (cell,) = one.cells
        one = replace(one, asked=one.asked | {"device": device}, cells=(replace(cell, id=f"{day}{cell.id}"),))
        fill(store, one, f"2026-11-0{day}")
    found, _ = summary.settings(store)
    assert [setting.records[0]["asked"]["device"] for setting in found] == ["cpu", "cuda"]


def test_vits_come_before_resnets_and_every_table_follows(tmp_path: Path) -> None:
    store, names = Store(tmp_path), ("resnet_mini", "vit_mini", "vit_tiny")
    for trunk in names:
        for method in ("d2st", "frozen"):
            fill(store, job(method, shots=(1,), trunk=trunk))
    (setting,), _ = summary.settings(store)
    expected = ["vit_mini", "vit_tiny", "resnet_mini"]
    assert list(dict.fromkeys(setting.rows.trunk)) == expected
    header, lines = tables.main_table(setting, {})
    assert [line[header.index("trunk")] for line in lines[::2]] == expected
    assert [line.cells[1].text for line in sheets.main(setting, {}).lines[::2]] == expected
