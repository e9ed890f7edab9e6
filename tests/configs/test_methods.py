"""Every registered method has a fragment, so that the harness and the configs can name it."""

import pytest

import baselines  # noqa: F401
import d2st
from benchmark.options import fragments
from benchmark.plan import fragment
from d2st.adaptation import build_adaptation
from d2st.experiment import assemble


@pytest.mark.parametrize("name", d2st.methods())
def test_a_method_has_a_fragment_that_builds(name: str) -> None:
    method = fragment("method", name)
    assert method["name"] == name
    parts = {kind: fragment(kind, "bimhm" if kind == "head" else "vit") for kind in ("trunk", "head")}
    parts |= {"data": fragment("data", "ssv2"), "schedule": fragment("schedule", "quick"), "method": method}
    adaptation = dict(assemble(parts, announce=False)["model"]["backbone"]["adaptation"])
    assert build_adaptation(adaptation.pop("type"), **adaptation).name == name


def test_every_fragment_is_a_registered_method() -> None:
    assert set(fragments("method")) == set(d2st.methods())


@pytest.mark.parametrize(
    ("name", "weight"), [("bimhm", 1.0), ("hyrsm", 0.6), ("molo", 0.8), ("trx", 0.0), ("strm", 0.0)]
)
def test_a_head_has_the_base_class_loss_of_its_source_or_of_the_data(name: str, weight: float) -> None:
    kinds = {"trunk": "vit", "head": name, "data": "ssv2", "schedule": "quick", "method": "frozen"}
    parts = {kind: fragment(kind, file) for kind, file in kinds.items()}
    assert assemble(parts, announce=False)["model"]["base_loss_weight"] == weight
