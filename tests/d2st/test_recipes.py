"""The official recipes against the facts' table 2.5, row by row and along the course of the learning rate."""

from pathlib import Path

import pytest

from benchmark.draw_rates import course as course_of
from d2st import UserError
from d2st.recipes import RECIPES, WARMUP_FROM, recipe

NAMES = {
    "SSv2-Full": "ssv2",
    "SSv2-Small": "ssv2_small",
    "Kinetics": "kinetics",
    "UCF101": "ucf101",
    "HMDB51": "hmdb51",
}


def facts(shared: Path) -> dict[tuple[str, str], list[str]]:
    """The cells of table 2.5 by data set and family: w, classes, tasks, iterations, steps, rate, warm-up from, course."""
    text = (shared / "facts" / "d2st.md").read_text()
    lines = text[text.index("### 2.5") : text.index("### 2.6")].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")][
        2:
    ]
    family = {"RN50": "resnet", "ViT": "vit"}
    return {(NAMES[row[0].split()[0]], family[row[0].split()[1]]): row[1:] for row in rows}


def whole(text: str) -> int:
    return int(text.replace(",", ""))


def course(text: str) -> list[tuple[int, float]]:
    pairs = [pair.split(":") for pair in text.split(",")]
    return [(int(epoch), float(factor)) for epoch, factor in pairs]


def test_every_row_of_the_facts(shared: Path):
    table = facts(shared)
    assert set(table) == set(RECIPES) and len(table) == 10
    for key, (weight, _, tasks, iterations, updates, rate, start, steps) in table.items():
        found = RECIPES[key]
        assert found.base_loss == (0.0 if weight == "none" else float(weight)), key
        assert found.iterations == whole(iterations) == whole(tasks) / 2, key
        assert found.iterations // 8 == whole(updates), key
        assert found.rate == float(rate) and found.rate * WARMUP_FROM == pytest.approx(float(start)), key
        assert list(found.course) == course(steps), key


@pytest.mark.parametrize("key", [("kinetics", "resnet"), ("ucf101", "vit"), ("hmdb51", "vit")], ids="-".join)
def test_the_rate_at_twenty_points(shared: Path, key: tuple[str, str]):
    check_twenty_points(shared, key)


@pytest.mark.slow
@pytest.mark.parametrize("key", RECIPES, ids="-".join)
def test_the_rate_at_twenty_points_of_every_recipe(shared: Path, key: tuple[str, str]):
    check_twenty_points(shared, key)


def check_twenty_points(shared: Path, key: tuple[str, str]) -> None:
    _, _, _, iterations, _, rate, start, steps = facts(shared)[key]
    total, factors = whole(iterations), course(steps)
    seen = course_of(*key)  # what draw_rates.py draws: the recipe's scheduler, stepped
    assert len(seen) == total
    for i in [
        0,
        1,
        total // 20,
        total // 10 - 1,
        total // 10,
        *(total * k // 16 for k in range(2, 16)),
        total - 1,
    ]:
        epoch = 10 * i / total
        factor = [f for e, f in factors if e <= epoch][-1]
        expected = float(rate) * factor
        if epoch < 1:
            expected = float(start) + (float(rate) - float(start)) * epoch
        assert seen[i] == pytest.approx(expected, rel=1e-9), (key, i)


def test_other_data_have_no_recipe():
    assert recipe("kinetics_cmn", "vit") == recipe("kinetics", "vit")
    with pytest.raises(
        UserError, match=r"unknown official recipe 'mine'; known: hmdb51, kinetics.*--profile full"
    ):
        recipe("mine", "vit")
