"""Encoding every video once gives the predictions of encoding it anew in every episode."""

from pathlib import Path

import pytest
import torch

from benchmark.encode_once import compare
from tests.d2st import toy


@pytest.mark.parametrize("head", ["bimhm", {"type": "strm", "width": 8}])
def test_both_ways_predict_the_same(tmp_path: Path, head) -> None:
    torch.manual_seed(0)
    runner = toy.runner(tmp_path, model={**toy.model("st_adapter"), "head": head}, load_from="untrained")
    rows = compare(runner, measured=25)
    assert [row["protocol"] for row in rows] == ["3way1shot", "3way2shot"]
    for row, shot in zip(rows, (1, 2)):
        assert row["equal"] == row["compared"] == 25 * toy.WAY
        assert row["clips_each"] == 50 * toy.WAY * (shot + 1) and row["clips_once"] == 12
        assert row["ratio"] == pytest.approx(row["each_seconds"] / row["once_seconds"])


def test_other_predictions_are_seen(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(
        "benchmark.encode_once.predict_each",
        lambda model, dataset, manifest, episodes: [[0] * toy.WAY for _ in range(episodes)],
    )
    row = compare(toy.runner(tmp_path, "frozen", load_from="untrained"), measured=25)[0]
    assert row["equal"] < row["compared"]
