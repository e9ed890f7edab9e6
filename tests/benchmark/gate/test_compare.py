import numpy as np
import pandas as pd
import pytest

from benchmark.gate import compare as gate
from benchmark.gate.compare import Finding, compare
from benchmark.gate.measure import Measured

QUERIES = 2000


def table(wrong: np.ndarray) -> pd.DataFrame:
    rows = np.arange(QUERIES)
    truth = pd.Series([f"class {row % 16}" for row in rows])
    other = pd.Series([f"class {(row + 1) % 16}" for row in rows])
    return pd.DataFrame(
        {
            "episode": (rows // 5).astype(np.int32),
            "query_video": [f"video {row}" for row in rows],
            "class": truth,
            "predicted": other.where(wrong, truth),
            "margin": np.float32(1),
        }
    )


def result(
    wrong: np.ndarray | None = None, losses: tuple[float, ...] = (8.0, 6.0) * 6, **exact: object
) -> Measured:
    wrong = np.arange(QUERIES) % 3 == 0 if wrong is None else wrong
    numbers = {"tunable parameters": 43608, "episodes 5way1shot": "h", **exact}
    return Measured({"exact": numbers, "losses": list(losses)}, {"5way1shot": table(wrong)})


def test_what_did_not_change_has_no_findings() -> None:
    assert compare("case", result(), result()) == []


def test_exact_numbers_have_no_tolerance() -> None:
    now = result(**{"tunable parameters": 43609, "new": 1})
    expected = [
        Finding("case", "tunable parameters", "43,608", "43,609", "the same"),
        Finding("case", "new", "-", "1", "the same"),
    ]
    assert compare("case", result(), now) == expected


@pytest.mark.parametrize(
    ("step", "off", "caught"),
    [(1, 0.9, False), (1, 1.1, True), (9, 45, False), (9, 55, True), (9, np.nan, True)],
)
def test_losses_are_narrow_at_first_and_wide_later(step: int, off: float, caught: bool) -> None:
    losses = [8.0, 6.0] * 6
    losses[step] += 6.0 * gate.FIRST_LOSS * off
    found = compare("case", result(), result(losses=tuple(losses)))
    assert bool(found) == caught
    assert all("losses" in finding.what and f"step {step + 1}" in finding.what for finding in found)


def test_a_missing_step_is_a_finding() -> None:
    assert compare("case", result(), result(losses=(8.0,)))[0].what == "training steps"


def test_rounding_may_change_a_query_but_not_many() -> None:
    wrong = np.arange(QUERIES) % 3 == 0
    for changed, caught in ((8, False), (30, True)):
        flipped = wrong.copy()
        flipped[:changed] ^= True  # as many to right as to wrong, nearly
        assert bool(compare("case", result(wrong), result(flipped))) == caught


def test_few_changes_that_all_go_one_way_are_seen_by_the_paired_test() -> None:
    better = np.arange(QUERIES) % 3 == 0
    better[[0, 3, 6, 9, 12, 15, 18, 21]] = False  # 0.4 %, each of another class, all to the good
    found = compare("case", result(), result(better))
    assert [finding.what for finding in found] == ["5way1shot: predictions"]
    assert "0.4% changed" in found[0].now


def test_margins_that_move_are_seen_where_no_prediction_changes() -> None:
    now = result()
    for by, what in ((5e-5, []), (0.01, ["5way1shot: margins"]), (np.nan, ["5way1shot: margins"])):
        now.tables["5way1shot"]["margin"] = np.float32(1 + by)
        assert [finding.what for finding in compare("case", result(), now)] == what


def test_other_episodes_are_a_finding_and_not_compared() -> None:
    now = result(np.zeros(QUERIES, bool), **{"episodes 5way1shot": "other"})
    assert [finding.what for finding in compare("case", result(), now)] == ["episodes 5way1shot"]


def test_missing_queries_and_protocols_are_findings() -> None:
    now = result()
    now.tables["5way1shot"] = now.tables["5way1shot"][:-1]
    assert [finding.what for finding in compare("case", result(), now)] == ["5way1shot: queries"]
    assert [finding.what for finding in compare("case", result(), Measured(now.numbers, {}))] == [
        "tested 5way1shot"
    ]
