"""The course of the learning rate; the official ones are in test_recipes.py."""

import pytest
import torch

from d2st.rates import WarmupCosineLR, WarmupStepsLR


def course(kind: type, total: int, **options) -> list[float]:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=2.0)
    scheduler = kind(optimizer, end=total, by_epoch=False, **options)
    seen = []
    for _ in range(total):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return seen


@pytest.mark.parametrize(("warmup", "total"), [(0.25, 8), (0.0, 8), (0.05, 1)])
def test_rate_rises_and_falls_to_zero(warmup: float, total: int):
    rates = course(WarmupCosineLR, total, warmup=warmup)
    if warmup == 0.25:
        assert rates[:3] == pytest.approx([0.2, 1.1, 2.0])
        assert rates[5] == pytest.approx(1.0) and rates[-1] == pytest.approx(2 * 0.0669873, abs=1e-6)
    else:
        assert rates[0] == 2.0
    assert rates[2:] == sorted(rates[2:], reverse=True)


def test_steps_come_at_tenths_of_the_run_whatever_its_length():
    steps = {"course": [(0, 1), (4, 0.5), (8, 0.1)], "warmup": 0.1, "start": 0.2}
    # 20 iterations: two of warm-up, from 0.4 halfway to 2; half from iteration 8, a tenth from 16
    assert course(WarmupStepsLR, 20, **steps) == pytest.approx([0.4, 1.2, *[2.0] * 6, *[1.0] * 8, *[0.2] * 4])
    assert course(WarmupStepsLR, 5, **steps) == pytest.approx([0.4, 2.0, 1.0, 1.0, 0.2])
