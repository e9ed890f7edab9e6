"""Three regressions that a person might commit are planted; the gate sees each. In small: 40 test episodes, 6 steps."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from benchmark.gate import cases
from benchmark.gate.cases import Case
from benchmark.gate.compare import compare
from benchmark.gate.measure import Measured, measure
from benchmark.gate.references import References
from d2st import attention
from d2st.attention import DeformableAttention
from d2st.episodes.sampling import Pool

CASE = Case("vit_mini", "d2st")
CHECKPOINT = References().checkpoint(CASE)


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cases, "EPISODES", 40)
        patch.setattr(cases, "STEPS", 6)
        patch.delenv("D2ST_DATA_ROOT", raising=False)
        yield


@pytest.fixture(scope="module")
def reference(small: None, embedded_cache: dict[str, Path]) -> Measured:
    return measure(CASE, CHECKPOINT)


def found(reference: Measured) -> list[str]:
    return [finding.what for finding in compare(CASE.name, reference, measure(CASE, CHECKPOINT))]


def test_nothing_is_found_where_nothing_changed(reference: Measured) -> None:
    assert found(reference) == []


def test_a_swapped_offset_axis_is_found(reference: Measured, monkeypatch: pytest.MonkeyPatch) -> None:
    right = DeformableAttention.positions

    def swapped(self: Any, q: Tensor, shape: Any) -> Tensor:
        offsets = right(self, q, shape) - self.reference
        return self.reference + offsets[:, [0, 2, 1]]

    monkeypatch.setattr(DeformableAttention, "positions", swapped)
    what = found(reference)
    # with offsets as small as after 32 episodes no prediction of 40 episodes need change
    assert {"5way1shot: margins", "5way5shot: margins"} <= set(what), what


def test_a_lost_scale_of_attention_is_found(reference: Measured, monkeypatch: pytest.MonkeyPatch) -> None:
    def unscaled(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return (q @ k.mT).softmax(-1) @ v

    class Functional:
        scaled_dot_product_attention = staticmethod(unscaled)
        grid_sample = staticmethod(torch.nn.functional.grid_sample)

    monkeypatch.setattr(attention, "F", Functional)
    assert any("losses" in what or "margins" in what for what in found(reference))


def test_a_leak_of_the_query_into_the_support_is_found(
    reference: Measured, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = Pool.videos_of

    def leaking(self: Pool, rng: Any, protocol: Any, classes: Any) -> tuple[Any, Any]:
        support, query = right(self, rng, protocol, classes)
        support = support.copy()
        support[..., 0] = query[..., 0]
        return support, query

    monkeypatch.setattr(Pool, "videos_of", leaking)
    what = found(reference)
    assert "episodes 5way1shot" in what
    assert any(name.startswith("first losses") for name in what)
