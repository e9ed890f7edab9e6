"""What makes a job or a cell another one, on the real plan; and that wrong input is settled before anything is written."""

from pathlib import Path

import pytest

from benchmark import options
from benchmark.grid import Job
from benchmark.job import scored_by
from benchmark.plan import make_plan
from d2st.errors import UserError

pytestmark = pytest.mark.usefixtures("embedded_cache")
BASE = [
    "--datasets",
    "ssv2",
    "--methods",
    "st_adapter",
    "--weights",
    "random",
    "--episodes",
    "20",
    "--device",
    "cpu",
]


def plan(*more: str) -> list[Job]:
    return make_plan(options.parse([*BASE, *more])).jobs


@pytest.fixture(scope="module")
def base(embedded_cache: dict[str, Path]) -> Job:
    (job,) = plan()
    return job


def test_the_same_request_is_the_same_job(base: Job) -> None:
    assert plan("--output", "elsewhere", "--workers", "2") == [base]
    assert [cell.shot for cell in base.cells] == [1, 5]
    assert base.data["data"].startswith("motion (embedded") and base.data["embedded"] is True


@pytest.mark.parametrize(
    "change",
    [
        "--seeds 1",
        "--train-episodes 8",
        "--threads 2",
        "--heads otam",
        "--methods aim",
        "--datasets kinetics",
        "--weights pretrained",
        "--profile full --seeds 0",
    ],
)
def test_another_ingredient_is_another_job(base: Job, change: str) -> None:
    (other,) = plan(*change.split())
    assert other.id != base.id and not {cell.id for cell in other.cells} & {cell.id for cell in base.cells}


def test_another_test_protocol_is_another_cell_of_the_same_job(base: Job) -> None:
    (longer,) = plan("--episodes", "21")
    assert longer.id == base.id and not {cell.id for cell in longer.cells} & {cell.id for cell in base.cells}
    (fewer,) = plan("--shots", "5")
    assert fewer.id == base.id and fewer.cells == base.cells[1:]


def test_heads_without_parameters_may_share_a_training(base: Job) -> None:
    shared, own = plan("--heads", "bimhm", "otam", "trx", "--train-head", "bimhm")
    assert shared.id == base.id and shared.cells[:2] == base.cells
    assert [cell.head for cell in shared.cells] == ["bimhm", "bimhm", "otam", "otam"]
    assert {cell.head for cell in own.cells} == {"trx"} and own.asked["head"] == "trx"
    (otam,) = plan("--heads", "otam")
    assert not {cell.id for cell in otam.cells} & {cell.id for cell in shared.cells}
    record = scored_by(shared, "otam")
    assert record.config["head"]["name"] == "otam" and record.asked["trained_with"] == "bimhm"
    assert record.asked["profile"] == "quick, trained with bimhm"
    assert scored_by(shared, "bimhm") == shared


@pytest.mark.parametrize(
    ("dataset", "episodes"), [("ssv2", 2400), ("kinetics", 200)], ids=["motion", "appearance"]
)
def test_the_full_profile_has_a_budget_for_each_dataset(dataset: str, episodes: int) -> None:
    job, *others = plan("--profile", "full", "--datasets", dataset)
    assert [other.asked["seed"] for other in (job, *others)] == [0, 1, 2]
    assert job.asked["train_episodes"] == episodes == job.config["schedule"]["episodes"]
    shorter = plan("--profile", "full", "--datasets", dataset, "--train-episodes", "8", "--seeds", "4")
    assert [(one.asked["train_episodes"], one.asked["seed"]) for one in shorter] == [(8, 4)]


def test_shipped_weights_are_known_by_their_bytes() -> None:
    (job,) = plan("--weights", "pretrained")
    assert (
        len(job.data["weights"]) == 64 and job.identity["model"]["backbone"]["weights"] == job.data["weights"]
    )


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("--datasets foo", "unknown dataset 'foo'"),
        ("--trunk vit_foo", "vit_foo"),
        ("--shots 1000", "split 'test'"),
        ("--data-root .", "ssv2"),
    ],
)
def test_wrong_input_is_one_sentence(wrong: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        plan(*wrong.split())
