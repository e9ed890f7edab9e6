"""Distances of accuracies, and the order they give."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmark import distances
from benchmark.same import finished
from benchmark.store import Store
from tests.benchmark.made_up import elsewhere, fill, job


def test_seeds_of_one_machine_and_protocol_belong_together(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for method in ("aim", "d2st"):
        for seed in (0, 1, 2):
            fill(store, job(method, seed=seed))
    elsewhere(store, job("aim", seed=2))
    found = distances.seeds_here(finished(store).values())
    assert sorted(map(sorted, found.values())) == [[0, 1]] * 2 + [[0, 1, 2]] * 2 + [[2]] * 2
    record = store.get(job("d2st", seed=1).cells[1].id)
    assert found[distances.but_the_seed(record)][1] == pytest.approx(record["happened"]["accuracy"], abs=1e-4)


@pytest.mark.parametrize(("seeds", "mean"), [({0: 1.0, 1: 2.0, 2: 4.0}, 2.0), ({0: 5.0, 2: 4.5}, 0.5)])
def test_the_mean_distance_of_two_seeds(seeds: dict[int, float], mean: float) -> None:
    assert distances.apart(seeds) == pytest.approx(mean)


def test_one_seed_has_no_distance() -> None:
    assert np.isnan(distances.apart({0: 1.0}))


def test_tau() -> None:
    part = pd.DataFrame(
        {
            "method": ["a", "b", "c", "d"],
            "seed": 0,
            "accuracy": [1.0, 2.0, 3.0, 4.0],
            "accuracy_again": [2.0, 1.0, 3.0, 4.0],  # one pair of six the other way round
            "seeds": [
                {0: 1.0, 1: 4.0},
                {0: 2.0, 1: 3.0},
                {0: 3.0, 1: 2.0},
                {0: 4.0},
            ],  # the three that share seed 1: reversed
        }
    )
    assert distances.tau_of_machines(part) == pytest.approx(4 / 6)
    assert distances.tau_of_seeds(part) == pytest.approx(-1.0)
    assert np.isnan(distances.tau_of_machines(part[:2])) and np.isnan(distances.tau_of_seeds(part[:2]))
