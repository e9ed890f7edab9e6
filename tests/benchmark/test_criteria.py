"""What the embedded benchmark is meant to show, told of invented results."""

from pathlib import Path
from typing import Any

import pytest

from benchmark import criteria
from benchmark.reading import reading
from benchmark.store import Store
from benchmark.summary import Setting, settings
from tests.benchmark.made_up import fill, job

MOTION = "vit_mini", "bimhm", "motion", 1


def lose(store: Store, cell: str, share: float) -> None:
    """Shuffled, the queries of the first episodes are all wrong."""
    table, record = store.table(cell), store.get(cell)
    table["correct_shuffled"] = table.correct & (table.episode >= share * table.episode.max())
    record["happened"]["accuracy_shuffled"] = 100 * float(table.correct_shuffled.mean())
    store.put(cell, record, table)


def made(root: Path, lost: float, seeds: int = 1, methods: tuple[str, ...] = (), **asked: Any) -> Setting:
    store = Store(root)
    for dataset, share in (("motion", lost), ("appearance", 0.0)):
        for method in methods or ("d2st", "st_adapter", "frozen"):
            for seed in range(seeds):
                one = job(method, dataset, seed, shots=(1,), **asked)
                fill(store, one)
                lose(store, one.cells[0].id, share)
    return settings(store)[0][0]


@pytest.mark.parametrize(("lost", "met"), [(0.9, True), (0.02, False)])
def test_losing_order_is_asked_of_every_adapter(tmp_path: Path, lost: float, met: bool) -> None:
    lines = {asked: (found, ok) for asked, found, ok in criteria.motion(made(tmp_path, lost), "vit_mini")}
    found, ok = lines["with shuffled frames the adapters lose 15 points"]
    assert ok is met and found.endswith("do not: none") is met
    assert (
        lines["frozen trunk at most 45 %"][1]
        and lines["best adapter 20 points above it, interval clear of 0"][1]
    )
    assert lines["at least 2 pairs of adapters with corrected p < 0.05"] == ("0 of 1", False)


def test_a_bottleneck_knows_the_order_on_a_vit_alone(tmp_path: Path) -> None:
    asked = "with shuffled frames the adapters lose 15 points"
    for trunk, told in (("vit_mini", True), ("resnet_mini", False)):
        setting = made(tmp_path / trunk, 0.0, methods=("bottleneck", "d2st", "frozen"), trunk=trunk)
        (found,) = (found for name, found, _ in criteria.motion(setting, trunk) if name == asked)
        seeing, _, blind = found.partition("; cannot, as they encode each frame alone: ")
        assert ("Bottleneck" in seeing) is told is not ("Bottleneck" in blind) and "D2ST" in seeing


def test_three_seeds_tell_how_many_pairs_hold_over_trainings(tmp_path: Path) -> None:
    setting = made(tmp_path, 0.5, seeds=3, methods=("d2st", "lora", "frozen"))  # made up: 72 and 50 %
    (*_, (_, found, met)) = criteria.motion(setting, "vit_mini")
    assert found == "1 of 1; of the 1 with three seeds or more, 1 clear of 0 over trainings too" and not met
    pairs = setting.pairs["vit_mini", "bimhm", "motion", 1]
    pairs["by_seed"] = [(30.0, 2.0, 1.0)] * len(pairs)  # 11 +- 41
    (*_, (_, found, _)) = criteria.motion(setting, "vit_mini")
    assert found == "1 of 1; of the 1 with three seeds or more, 0 clear of 0 over trainings too"


def test_other_heads_are_not_what_is_asked_about(tmp_path: Path) -> None:
    alone = made(tmp_path, 0.9)
    asked = [[*criteria.motion(alone, "vit_mini")], reading(alone, MOTION)]
    both = made(tmp_path, 0.02, head="aaa_trx")
    assert set(both.rows["head"]) == {"bimhm", "aaa_trx"}
    assert [*criteria.motion(both, "vit_mini")] == asked[0]
    assert reading(both, MOTION).equals(asked[1])


def test_a_frozen_trunk_that_knows_too_little_is_not_met(tmp_path: Path) -> None:
    lines = list(criteria.appearance(made(tmp_path, 0.5), "vit_mini"))
    assert [met for _, _, met in lines] == [False, True, True]  # made up: 41 %


def test_of_a_frozen_trunk_without_adapters_only_its_own_is_told(tmp_path: Path) -> None:
    setting = made(tmp_path, 0.0, methods=("frozen", "full_finetune"))
    told = [[asked for asked, *_ in of(setting, "vit_mini")] for of in (criteria.motion, criteria.appearance)]
    assert told == [["frozen trunk at most 45 %"], ["frozen trunk at least 60 %"]]
    assert "full" in "\n".join(criteria.document(setting)).lower()


def test_a_run_without_embedded_results_is_wrong_input(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        criteria.main([str(tmp_path)])
    assert ended.value.code == 2


def test_a_run_without_the_frozen_trunk_is_wrong_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made(tmp_path, 0.5, methods=("d2st", "st_adapter"))
    with pytest.raises(SystemExit) as ended:
        criteria.main([str(tmp_path)])
    assert ended.value.code == 2 and "no result of the frozen trunk on motion" in capsys.readouterr().err


def test_a_run_without_bi_mhm_is_wrong_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made(tmp_path, 0.5, head="otam")
    with pytest.raises(SystemExit) as ended:
        criteria.main([str(tmp_path)])
    assert ended.value.code == 2 and "no results of Bi-MHM" in capsys.readouterr().err


def test_newer_results_of_another_head_and_machine_do_not_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made(tmp_path, 0.5)
    assert criteria.main([str(tmp_path)]) == 0
    before = capsys.readouterr().out
    store, one = Store(tmp_path), job("d2st", "motion", 7, shots=(1,), head="trx")
    one.asked["device"] = "cuda"
    fill(store, one, "2099-01-01")
    assert settings(store)[0][0].records[0]["asked"]["head"] == "trx"
    assert criteria.main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == before
