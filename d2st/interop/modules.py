"""State dicts of the official modules under our names and back: names by tables, and the few tensors of another shape."""

import re
from collections.abc import Mapping

from einops import rearrange
from torch import Tensor

from d2st.errors import UserError, unknown
from d2st.interop.back import BACK
from d2st.interop.rules import RULES

_PROJECTION = re.compile(r"(^|\.)(down|up|query|key|value|out)\.weight$")


def from_official(state: Mapping[str, Tensor], source: str) -> dict[str, Tensor]:
    """``state`` of an official module under our names, for ``source`` one of ``RULES``.

    Raises:
        UserError: unknown ``source``, or two tensors that would get one name.
    """
    if source not in RULES:
        raise unknown("source of weights", source, RULES)
    renamed = renamed_by(RULES[source], state)
    if source == "d2st-rn":
        # The official ResNet adapters project by convolutions of one cell, ours on tokens.
        return {
            name: rearrange(value, "o i 1 1 1 -> o i") if _PROJECTION.search(name) else value
            for name, value in renamed.items()
        }
    return _clip_shapes(renamed) if source == "clip-vit" else renamed


def to_official(state: Mapping[str, Tensor], source: str) -> dict[str, Tensor]:
    """``state`` of one of our modules under the official names: the inverse of :func:`from_official`.

    OpenAI's CLIP gets the names of its visual tower alone. What the official code computes and yet stores (TRX's ``pe.pe``)
    is left out: its constructor computes it again, so load the result there with ``strict=False``.

    Raises:
        UserError: no way back to ``source``, or a tensor that the official code has no place for.
    """
    if source not in BACK:
        raise unknown("target of weights", source, BACK)
    given = _official_clip_shapes(state) if source == "clip-vit" else state
    renamed = renamed_by(BACK[source], given)
    if source != "d2st-rn":
        return renamed
    convolutions = {new for new, old in zip(renamed, given, strict=True) if _PROJECTION.search(old)}
    return {
        name: rearrange(value, "o i -> o i 1 1 1") if name in convolutions else value
        for name, value in renamed.items()
    }


def renamed_by(rules: list[tuple[str, str]], state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """``state`` with ``rules`` applied to its names one after the other. Raises ``UserError`` where two names become one."""
    renamed: dict[str, Tensor] = {}
    for name, value in state.items():
        new = name
        for pattern, replacement in rules:
            new = re.sub(pattern, replacement, new)
        if new in renamed:
            raise UserError(
                f"'{name}' and another tensor would both be called '{new}': not the expected layout"
            )
        if new:
            renamed[new] = value
    return renamed


def _clip_shapes(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """CLIP keeps the class token without batch axes and multiplies by its projection from the right."""
    shaped = dict(state)
    for name in ("cls_token", "pos_embed"):
        if name in state:
            shaped[name] = state[name].reshape(1, -1, state[name].shape[-1])
    projection = shaped.pop("proj", None)
    projection = shaped.pop("visual.proj", projection)
    if projection is not None:
        shaped["head.weight"] = rearrange(projection, "d e -> e d")
        shaped["head.bias"] = projection.new_zeros(projection.shape[1])
    return shaped


def _official_clip_shapes(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    shaped = dict(state)
    if "cls_token" in shaped:
        shaped["cls_token"] = shaped["cls_token"].reshape(-1)
    if "pos_embed" in shaped:
        shaped["pos_embed"] = shaped["pos_embed"].squeeze(0)
    bias = shaped.pop("head.bias", None)
    if bias is not None and bias.count_nonzero():
        raise UserError(
            "CLIP's projection has no bias, but 'head.bias' is not zero; drop it to convert the rest"
        )
    if "head.weight" in shaped:
        shaped["proj"] = rearrange(shaped.pop("head.weight"), "e d -> d e")
    return shaped
