import pytest

import d2st
from benchmark.gate.cases import Case, cases
from d2st.errors import UserError


def test_every_method_is_a_case() -> None:
    found = cases()
    assert {case.method for case in found if case.trunk == "vit_mini"} >= set(d2st.methods())
    assert Case("resnet_mini", "d2st") in found and Case("resnet_mini", "aim") not in found


def test_a_named_method_runs_on_every_trunk_that_it_has_a_form_for() -> None:
    assert cases(["dst", "aim"]) == [
        Case("vit_mini", "dst"),
        Case("vit_mini", "aim"),
        Case("resnet_mini", "dst"),
    ]


@pytest.mark.parametrize(
    ("methods", "trunks", "told"),
    [(["atm"], None, "unknown method"), (None, ["vgg"], "unknown trunk"), (["aim"], ["resnet_mini"], "no")],
)
def test_what_is_not_there_is_one_sentence(
    methods: list[str] | None, trunks: list[str] | None, told: str
) -> None:
    with pytest.raises(UserError, match=told):
        cases(methods, trunks)
