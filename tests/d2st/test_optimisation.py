"""Who is decayed, and what an update is made of; by which rates is in test_rates.py."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from d2st.optimisation import EpisodeGradients, OfficialDecay, SummedGradients, TunedOptimizer
from tests.d2st import toy

ADAMW = {"optimizer": {"type": "AdamW", "lr": 1.0, "weight_decay": 0.1}}
ADAM = {"optimizer": {"type": "Adam", "lr": 1.0, "weight_decay": 0.1}}


def groups(constructor: type, model: Any, cfg: dict[str, Any]) -> tuple[set[str], set[str]]:
    """Names of what is decayed and of what is not."""
    names = {id(p): name for name, p in model.named_parameters()}
    decayed, rest = constructor(cfg)(model).optimizer.param_groups
    assert decayed["weight_decay"] == 0.1 and rest["weight_decay"] == 0.0
    together = {id(p) for group in (decayed, rest) for p in group["params"]}
    assert together == {id(p) for p in model.parameters() if p.requires_grad}
    return {names[id(p)] for p in decayed["params"]}, {names[id(p)] for p in rest["params"]}


def test_only_layer_weights_decay(tmp_path: Path):
    decayed, rest = groups(TunedOptimizer, toy.runner(tmp_path).model, ADAMW)
    assert {name.split(".")[-1] for name in decayed} == {"weight"}
    assert any("temporal_embedding" in name for name in rest)


@pytest.mark.parametrize("trunk", ["vit_mini", "resnet_mini"])
def test_official_decay_goes_by_official_names(tmp_path: Path, trunk: str):
    """Facts 2.4: decayed are biases, s_ln and t_ln on a ViT, ln_post and the embeddings; spared are the norms in the offset
    networks, and on a ResNet the norms before the pathways."""
    model = toy.model()
    model["backbone"]["trunk"] = trunk
    decayed, rest = groups(OfficialDecay, toy.runner(tmp_path, model=model).model, ADAM)
    vit = trunk == "vit_mini"
    spared = {name for name in decayed | rest if ".offsets.1." in name}
    if not vit:
        spared |= {name for name in decayed | rest if "spatial_norm." in name or "temporal_norm." in name}
    assert rest == spared and len(rest) == (2 if vit else 4) * 2 * 4  # norms a place, weight and bias, places
    assert {"classifier.weight", "classifier.bias"} <= decayed
    if vit:
        assert {
            "backbone.vit.norm.weight",
            "backbone.vit.cls_token",
            "backbone.temporal_embedding",
        } <= decayed


def updates(wrapper: type, total: int, losses: list[float], **options: Any) -> list[float]:
    """A weight that starts at 0 under plain gradient descent with rate 1 on loss ``c * weight``, after every iteration."""
    weight = nn.Parameter(torch.zeros(()))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    steps = wrapper(optimizer=optimizer, accumulative_counts=2, **options)
    steps.initialize_count_status(nn.Linear(1, 1), 0, total)
    seen = []
    for c in losses:
        steps.update_params(c * weight)
        seen.append(weight.item())
    return seen


def test_gradients_are_summed_halves_and_a_rest_is_dropped():
    # (1 + 2) / 2 = 1.5 after two, (3 + 4) / 2 = 3.5 more after four; the fifth is behind the last full update
    assert updates(SummedGradients, 5, [1, 2, 3, 4, 5], factor=0.5) == [0, -1.5, -1.5, -5, -5]
    # MMEngine: means of 1, 2 and of 3, 4, then what is left over
    assert updates(EpisodeGradients, 5, [1, 2, 3, 4, 5]) == [0, -1.5, -1.5, -5, -10]
    assert updates(SummedGradients, 4, [1, 2, 3, 4], factor=2.0) == [0, -6, -6, -20]


def test_the_last_update_is_spared_where_asked():
    assert updates(SummedGradients, 4, [1, 2, 3, 4], factor=0.5, spare_last=True) == [0, -1.5, -1.5, -1.5]
    assert updates(SummedGradients, 5, [1, 2, 3, 4, 5], factor=0.5, spare_last=True)[-1] == -5  # none was due
    assert updates(EpisodeGradients, 4, [1, 2, 3, 4], spare_last=True)[-1] == -1.5
