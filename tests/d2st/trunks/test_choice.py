"""Which trunk ``auto`` is, and which variant of a value a trunk takes."""

import pytest

from d2st.errors import UserError
from d2st.trunks import sized, trunk_info, trunk_name


@pytest.mark.parametrize(
    ("family", "embedded", "name"),
    [
        ("vit", True, "vit_mini"),
        ("resnet", True, "resnet_mini"),
        ("vit", False, "vit_base_patch16_clip_quickgelu_224.openai"),
        ("resnet", False, "resnet50.tv_in1k"),
    ],
)
def test_auto_is_by_family_and_data(family, embedded, name) -> None:
    assert trunk_name("auto", family, embedded) == name
    assert trunk_info(name).kind == family
    assert trunk_name("vit_tiny_patch16_224", family, embedded) == "vit_tiny_patch16_224"


def test_an_unknown_family_is_refused() -> None:
    with pytest.raises(UserError, match="unknown family 'swin'; known: vit, resnet"):
        trunk_name("auto", "swin", True)


@pytest.mark.parametrize(
    ("value", "mini", "real"),
    [
        (3, 3, 3),
        ({}, {}, {}),
        ({"rank": 4}, {"rank": 4}, {"rank": 4}),
        ({"embedded": 1, "real": 2}, 1, 2),
        ({"embedded": 1, "real": 2, "resnet": 3}, 3, 3),
        ({"vit": 1, "resnet_mini": 2, "real": 3}, 2, 3),
        ({"resnet": {"rank": 4}, "vit": {}}, {"rank": 4}, {"rank": 4}),
    ],
)
def test_the_closest_variant_counts(value, mini, real) -> None:
    assert sized(value, trunk_info("resnet_mini")) == mini
    assert sized(value, trunk_info("resnet50.tv_in1k")) == real


def test_a_value_without_a_variant_for_the_trunk_is_refused() -> None:
    with pytest.raises(
        UserError, match="no variant for resnet_mini: it has vit, real; add one of resnet, embedded"
    ):
        sized({"vit": 1, "real": 2}, trunk_info("resnet_mini"))


def test_a_trunk_without_a_variant_has_the_other_value() -> None:
    assert sized({"vit": 1, "real": 2}, trunk_info("resnet_mini"), otherwise=7) == 7
    assert sized({"vit": 1, "real": 2}, trunk_info("vit_mini"), otherwise=7) == 1
