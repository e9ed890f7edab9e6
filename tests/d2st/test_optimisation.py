from pathlib import Path

import pytest
import torch

from d2st.optimisation import TunedOptimizer
from d2st.rates import WarmupCosineLR
from tests.d2st import toy


def test_only_layer_weights_decay(tmp_path: Path):
    model = toy.runner(tmp_path).model
    wrapper = TunedOptimizer({"optimizer": {"type": "AdamW", "lr": 1.0, "weight_decay": 0.1}})(model)
    decayed, rest = wrapper.optimizer.param_groups
    names = {id(p): name for name, p in model.named_parameters()}
    assert {names[id(p)].split(".")[-1] for p in decayed["params"]} == {"weight"}
    assert decayed["weight_decay"] == 0.1 and rest["weight_decay"] == 0.0
    assert any("temporal_embedding" in names[id(p)] for p in rest["params"])
    together = {id(p) for group in (decayed, rest) for p in group["params"]}
    assert together == {id(p) for p in model.parameters() if p.requires_grad}


@pytest.mark.parametrize(("warmup", "total"), [(0.25, 8), (0.0, 8), (0.05, 1)])
def test_rate_rises_and_falls_to_zero(warmup: float, total: int):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=2.0)
    scheduler = WarmupCosineLR(optimizer, warmup, end=total, by_epoch=False)
    rates = []
    for _ in range(total):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    if warmup == 0.25:
        assert rates[:3] == pytest.approx([0.2, 1.1, 2.0])
        assert rates[5] == pytest.approx(1.0) and rates[-1] == pytest.approx(2 * 0.0669873, abs=1e-6)
    else:
        assert rates[0] == 2.0
    assert rates[2:] == sorted(rates[2:], reverse=True)
