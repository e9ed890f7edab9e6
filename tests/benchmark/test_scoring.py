"""Scoring at full size stays within 2 GB."""

import pytest

from benchmark.scoring import in_child


def test_a_head_is_measured_in_a_process_of_its_own() -> None:
    got = in_child("protonet", 1, 1, 20)
    assert 0 < got["before_gb"] <= got["peak_gb"] < 2
    assert got["cpu_seconds"] > 0
    with pytest.raises(RuntimeError, match=r"scoring with nothing failed:\n(.|\n)*KeyError"):
        in_child("nothing", 1, 1, 20)


@pytest.mark.slow
@pytest.mark.parametrize("shot", [1, 5])
@pytest.mark.parametrize("head", ["protonet", "bimhm", "otam", "trx-64"])
def test_ten_thousand_episodes_take_less_than_two_gigabytes(head: str, shot: int) -> None:
    assert in_child(head, shot, 2, 10_000)["peak_gb"] < 2
