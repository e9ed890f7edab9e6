"""Rates of a method by trunk and by head."""

import pytest

from d2st.errors import UserError
from d2st.fragments import for_head
from d2st.trunks import trunk_info


def method(**lr_by_head: object) -> dict[str, object]:
    lr = {"vit_mini": 1.0, "resnet_mini": 2.0, "real": 3.0}
    return {"name": "aim", "lr": lr, "lr_by_head": lr_by_head}


@pytest.mark.parametrize(
    ("of_trx", "vit", "resnet"),
    [
        ({}, 1.0, 2.0),
        ({"vit_mini": 9.0}, 9.0, 2.0),
        ({"embedded": 9.0}, 9.0, 9.0),  # closer to the head, though not to the trunk
        ({"resnet": 9.0, "vit_mini": 8.0}, 8.0, 9.0),
        (9.0, 9.0, 9.0),
    ],
)
def test_the_rate_of_the_head_counts_where_there_is_one(of_trx: object, vit: float, resnet: float) -> None:
    given = method(trx=of_trx) if of_trx else method()
    for trunk, rate in (("vit_mini", vit), ("resnet_mini", resnet)):
        assert for_head(given, "trx", trunk_info(trunk))["lr"] == rate
        assert for_head(given, "bimhm", trunk_info(trunk))["lr"] == given["lr"][trunk]  # type: ignore[index]


def test_a_rate_for_a_head_that_nobody_knows_is_refused() -> None:
    with pytest.raises(UserError, match="unknown head in the method's lr_by_head 'trxx'; known: bimhm, "):
        for_head(method(trxx=1.0), "trx", trunk_info("vit_mini"))


@pytest.mark.parametrize("rate", [{"resnet_min": 2.0}, {}, "1e-3", -1.0, float("nan")])
def test_what_is_no_rate_is_refused(rate: object) -> None:
    with pytest.raises(
        UserError, match=r"the rate of the method 'aim' for vit_mini and trx is .* take numbers"
    ):
        for_head(method(trx=rate), "trx", trunk_info("vit_mini"))


def test_the_head_may_have_what_the_usual_rates_lack() -> None:
    given = {"name": "aim", "lr": {"vit": 1.0}, "lr_by_head": {"trx": {"resnet": 2.0}}}
    assert for_head(given, "trx", trunk_info("resnet_mini"))["lr"] == 2.0
    with pytest.raises(UserError, match="no variant for resnet_mini"):
        for_head(given, "bimhm", trunk_info("resnet_mini"))
