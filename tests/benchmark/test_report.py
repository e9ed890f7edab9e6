"""Tables and plots from an invented store."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from benchmark import canvas, comparisons, courses, figures, pairing, report, sheets, tables
from benchmark.options import METHODS, ROOT, fragments
from benchmark.store import Store
from benchmark.summary import settings
from d2st.errors import UserError
from tests.benchmark.made_up import SKILL, fill, full, job

PLOTS = {
    "by_parameters",
    "accuracies",
    "throughput",
    "training",
    "classes-ssv2-1shot",
    "classes-kinetics-1shot",
}
PLOTS |= {f"pairs-{dataset}-{shot}shot" for dataset in ("ssv2", "kinetics") for shot in (1, 5)}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    made = full(tmp_path_factory.mktemp("made") / "run", fail_one=True)
    (made.root / "plots").mkdir()
    (made.root / "plots" / "of-an-earlier-report.svg").write_text("old")
    report.report(made)
    return made


def test_everything_is_written(store: Store) -> None:
    text = (store.root / "table.md").read_text()
    for needed in (
        "D2ST",
        "ST-Adapter",
        "failed",
        "MemoryError: no",
        "Embedded benchmark",
        "41,216",
        "0.50x",
    ):
        assert needed in text, needed
    plots = list((store.root / "plots").iterdir())
    assert {path.name for path in plots} == {f"{name}.{kind}" for name in PLOTS for kind in ("png", "svg")}
    starts = {".png": b"\x89PNG", ".svg": b"<?xml"}
    assert all(path.read_bytes().startswith(starts[path.suffix]) for path in plots)
    rows = pd.read_csv(store.root / "table.csv")
    assert len(rows) == 20 and (rows.status == "failed").sum() == 2


def test_rows_carry_intervals_and_the_paired_difference(store: Store) -> None:
    (setting,), left_out = settings(store)
    assert left_out == 0 and setting.chance == 20
    rows = setting.rows.set_index(["method", "dataset", "shot"])
    best, base = rows.loc["d2st", "ssv2", 1], rows.loc["frozen", "ssv2", 1]
    assert best.difference == pytest.approx(best.accuracy - base.accuracy)
    assert best.p <= best.p_holm <= 1 and best.half_difference > 0
    assert best.half_videos >= 0.95 * best.half_episodes > 0 and best.half_classes > 0
    assert pd.isna(base.difference) and rows.loc["aim", "ssv2", 1].status == "failed"


def test_main_table_has_a_line_a_method(store: Store) -> None:
    (setting,), _ = settings(store)
    header, lines = tables.main_table(setting, report.speeds(store)[0])
    assert [line[0] for line in lines] == ["D2ST", "AIM", "ST-Adapter", "Full fine-tuning", "Frozen"]
    assert header[2:6] == [
        "ssv2 1-shot (%)",
        "ssv2 5-shot (%)",
        "kinetics 1-shot (%)",
        "kinetics 5-shot (%)",
    ]
    assert lines[1][2:4] == ["failed"] * 2 and lines[0][-1] == "120 (0.50x)" and lines[4][-2] == "-"


def test_throughput_of_another_device_is_not_told(store: Store) -> None:
    (setting,), _ = settings(store)
    speeds = report.speeds(store)[0]
    for record in setting.records:
        record["asked"]["device"] = "cuda"
    assert {line[-1] for line in tables.main_table(setting, speeds)[1]} == {"-"}
    assert {line.cells[-2].text for line in sheets.main(setting, speeds).lines} == {"-"}


def test_the_course_of_a_training_stands_with_the_head_that_trained_alone(store: Store) -> None:
    (setting,), _ = settings(store)
    trunk, head = setting.rows.trunk[0], setting.rows["head"][0]
    assert len(figures.curves(setting, trunk, head))
    for record in setting.records:
        record["asked"]["trained_with"] = "another"
    assert not len(figures.curves(setting, trunk, head))


def test_seeds_are_joined_and_their_spread_is_told(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for seed in (0, 1, 2):
        fill(store, job("d2st", seed=seed, shots=(1,)), f"2026-11-0{9 - seed}")  # the last seed was run first
    (setting,), _ = settings(store)
    (row,) = setting.rows.to_dict("records")
    assert row["seeds"] == 3 and row["seed_sd"] > 0
    by_seed = {r["asked"]["seed"]: round(r["happened"]["accuracy"], 2) for r in setting.records}
    assert row["accuracies"] == tuple(by_seed[seed] for seed in (0, 1, 2)) and len(set(by_seed.values())) > 1
    assert tables.accuracy(row).endswith("3 seeds)")


def test_three_seeds_have_an_interval_over_trainings() -> None:
    three = pairing.Minus(8.0, 1.0, (7.0, 8.0, 9.0), 0.01)
    assert three.seeds == "+7.0, +8.0, +9.0 (± 2.5)"  # 4.303 / sqrt(3)
    assert three._replace(by_seed=(7.0, 9.0)).seeds == "+7.0, +9.0"


def test_differences_are_told_within_each_seed_that_both_have(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for method, seeds in (("d2st", (0, 1, 2)), ("frozen", (0, 2))):
        for seed in seeds:
            fill(store, job(method, seed=seed, shots=(1,)))
    (setting,), _ = settings(store)
    rows = {(r["asked"]["method"], r["asked"]["seed"]): r["happened"]["accuracy"] for r in setting.records}
    gaps = [rows["d2st", seed] - rows["frozen", seed] for seed in (0, 2)]
    (pair,) = setting.pairs["vit_mini", "bimhm", "ssv2", 1].itertuples()
    assert pair.by_seed == pytest.approx(gaps) and pair.difference == pytest.approx(sum(gaps) / 2)
    back = pairing.against(setting.pairs["vit_mini", "bimhm", "ssv2", 1], "d2st")["frozen"]
    assert back.by_seed == pytest.approx([-gap for gap in gaps]) and back.difference == -pair.difference
    header, lines = tables.paired_table(setting)
    told = dict(zip(header, lines[0], strict=True))
    assert told["by seed"] == ", ".join(f"{gap:+.1f}" for gap in gaps) and told["sd (seeds)"] != "-"
    assert dict(zip(header, lines[1], strict=True))["by seed"] == "-"


def test_small_differences_are_coloured_too() -> None:
    shades = [comparisons.DIVERGING(value)[3] for value in (0.0, 0.25, 0.45, 0.5, 0.55, 0.75, 1.0)]
    assert shades[0] > shades[1] > shades[2] > 0.02 and shades[6] > shades[5] > shades[4] > 0.02


def test_other_code_versions_are_left_out(tmp_path: Path) -> None:
    store = Store(tmp_path)
    old, new = job("aim", shots=(1,)), job("d2st", shots=(1,))
    old.data["code"] = "older"
    fill(store, old)
    fill(store, new)
    path = next((tmp_path / "cells").glob("aim*.json"))
    path.write_text(path.read_text().replace("2026-11-22", "2026-11-21"))
    (setting,), left_out = settings(store)
    assert left_out == 1 and list(setting.rows.method) == ["d2st"]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0.0, "-"),
        (4.2, "4.2 s"),
        (42.4, "42 s"),
        (185.0, "3 min 05 s"),
        (7800.0, "2 h 10 min"),
        (float("nan"), "-"),
    ],
)
def test_seconds(value: float, told: str) -> None:
    assert tables.seconds(value) == told


def test_counts() -> None:
    assert [tables.count(value) for value in (0, 41_216, 7_282_752)] == ["0", "41,216", "7.28 M"]
    assert set(SKILL) == set(METHODS)


def test_every_method_has_a_title_a_colour_and_a_marker_of_its_own() -> None:
    looks, titles = tables.style.LOOKS, tables.style.TITLES
    assert set(looks) == set(fragments("method")) <= set(titles)
    for kind in zip(*looks.values(), strict=True):
        assert len(set(kind)) == len(looks)


def test_the_same_figures_give_the_same_svg(tmp_path: Path) -> None:
    item = {"clips_per_second": 10.0, "low": 9.0, "high": 12.0}
    canvas.theme()
    for name in ("one", "two"):
        courses.throughput({"d2st": item}, "a note", tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_published_figures_never_stand_beside_embedded_results(store: Store) -> None:
    with pytest.raises(UserError, match="embedded"):
        report.report(store, with_published=True)


def test_an_empty_run_is_one_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "benchmark/report.py", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and "no results in" in done.stderr and done.stderr.startswith("error: ")
    assert list(tmp_path.iterdir()) == []


def test_a_number_is_written_as_python_rounds_it_and_zero_has_no_minus() -> None:
    import numpy as np

    from benchmark.style import decimal

    assert decimal(np.float64(22.95)) == f"{22.95:.1f}"  # numpy rounds it up
    assert [decimal(value) for value in (-0.04, 0.0, -0.06)] == ["0.0", "0.0", "-0.1"]
    assert [decimal(value, 2, "+") for value in (-0.004, 1.0, -1.0)] == ["+0.00", "+1.00", "-1.00"]
