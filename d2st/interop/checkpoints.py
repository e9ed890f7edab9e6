"""Whole official checkpoints as what :func:`d2st.load_tunable_state_dict` or timm loads, and back.

What could and could not be checked: see :mod:`d2st.interop.layouts`.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from torch import Tensor

from d2st.errors import UserError, unknown
from d2st.interop.back import BACK
from d2st.interop.layouts import LAYOUTS, TEXT, Layout
from d2st.interop.modules import from_official, to_official

WRAPPERS = ("state_dict", "model_state", "model_state_dict", "model")
#: what the command line converts
SOURCES = tuple(sorted(BACK))
_ADAPTER = re.compile(r"(.*?\w*Adapter\w*(?:\.\d+)?)\.(.+)")


def listed(names: Iterable[str], most: int = 5) -> str:
    """The first names and how many more there are."""
    all_names = sorted(names)
    more = f" and {len(all_names) - most} more" if len(all_names) > most else ""
    return ", ".join(all_names[:most]) + more


def unwrapped(checkpoint: Any) -> dict[str, Tensor]:
    """The state dict inside ``checkpoint``: behind the usual keys, and without DDP's ``module.``.

    Raises:
        UserError: there is none.
    """
    while isinstance(checkpoint, Mapping):
        inside = next((key for key in WRAPPERS if isinstance(checkpoint.get(key), Mapping)), None)
        if inside is None:
            break
        checkpoint = checkpoint[inside]
    if not isinstance(checkpoint, Mapping) or not checkpoint:
        raise UserError("no state dict in this file: expected tensors by name, or such behind 'state_dict'")
    others = [str(name) for name, value in checkpoint.items() if not isinstance(value, Tensor)]
    if others:
        raise UserError(f"this is no state dict: not a tensor are {listed(others)}")
    state = {str(name): value for name, value in checkpoint.items()}
    if all(name.startswith("module.") for name in state):
        return {name.removeprefix("module."): value for name, value in state.items()}
    return state


def from_checkpoint(checkpoint: Any, source: str) -> tuple[dict[str, Tensor], list[str]]:
    """A whole official checkpoint under our names, and the official names that were left out.

    Args:
        checkpoint: what ``torch.load`` returned; wrapped (``state_dict``, ``model_state`` ...) or not.
        source: one of ``SOURCES``. Of the methods what they tune inside a :class:`~d2st.trunks.ClipEncoder`; of ``clip-*``
            the visual tower under timm's names; of ``trx`` head and trunk (if the file has it) as ``head.*`` and
            ``backbone.*`` of a :class:`~d2st.recognizer.FewShotRecognizer` whose ResNet is fine-tuned in full.

    Raises:
        UserError: unknown source, names that it does not have, or nothing of it.
    """
    if source not in SOURCES:
        raise unknown("source of weights", source, SOURCES)
    state = unwrapped(checkpoint)
    if source not in LAYOUTS:
        return _clip(state, source)
    layout = LAYOUTS[source]
    given = _numbered(state) if source == "d2st-rn" else _without_prefix(state, layout, source)
    found: dict[str, Tensor] = {}
    left_out, strange = [], []
    for name, value in given.items():
        ours = _moved(name, layout.kept)
        if ours is not None:
            found |= _inner(*ours, value, lambda inner: from_official(inner, source))
        elif any(re.fullmatch(pattern, name) for pattern in layout.left_out):
            left_out.append(name)
        else:
            strange.append(name)
    if strange:
        raise UserError(f"not a checkpoint of {source}: left over are {listed(strange)}")
    if "vit.cls_token" in found:
        found["vit.cls_token"] = found["vit.cls_token"].reshape(1, 1, -1)
    return found, left_out


def to_checkpoint(state: Mapping[str, Tensor], target: str) -> dict[str, Tensor]:
    """What a method tunes (or a timm CLIP, or a recogniser with TRX) under the names of the official code's whole checkpoint.

    It holds nothing of a frozen image model: load it over the official model with ``strict=False``.

    Raises:
        UserError: unknown target, or names that it has no place for.
    """
    if target not in SOURCES:
        raise unknown("target of weights", target, SOURCES)
    if target not in LAYOUTS:
        return to_official(state, target)
    layout, found, strange = LAYOUTS[target], dict[str, Tensor](), []
    for name, value in state.items():
        theirs = _moved(name, layout.back)
        if theirs is None:
            strange.append(name)
            continue
        found |= {
            layout.prefix + new: tensor
            for new, tensor in _inner(*theirs, value, lambda inner: to_official(inner, target)).items()
        }
    if strange:
        raise UserError(f"{target} has no place for: {listed(strange)}")
    token = layout.prefix + "class_embedding"
    return {name: value.reshape(-1) if name == token else value for name, value in found.items()}


def _moved(name: str, patterns: tuple[tuple[str, str], ...]) -> tuple[str, str] | None:
    """The new name up to the module's own, and the module's own."""
    for pattern, replacement in patterns:
        match = re.fullmatch(pattern, name)
        if match:
            return match.expand(replacement), match.groupdict().get("inner") or ""
    return None


def _inner(prefix: str, inner: str, value: Tensor, convert: Any) -> dict[str, Tensor]:
    if not inner:
        return {prefix: value}
    return {prefix + name: tensor for name, tensor in convert({inner: value}).items()}


def _clip(state: dict[str, Tensor], source: str) -> tuple[dict[str, Tensor], list[str]]:
    if not any(name.startswith("visual.") for name in state):
        return from_official(state, source), []
    tower = {name: value for name, value in state.items() if name.startswith("visual.")}
    strange = [name for name in state if name not in tower and not re.fullmatch(TEXT, name)]
    if strange:
        raise UserError(f"not a checkpoint of {source}: left over are {listed(strange)}")
    return from_official(tower, source), [name for name in state if name not in tower]


def _without_prefix(state: dict[str, Tensor], layout: Layout, source: str) -> dict[str, Tensor]:
    prefixes = {name.split(layout.anchor)[0] for name in state if layout.anchor in name}
    if not prefixes:
        raise UserError(f"not a checkpoint of {source}: no name holds '{layout.anchor}'")
    if len(prefixes) > 1:
        raise UserError(
            f"two models in one checkpoint of {source}: '{layout.anchor}' behind {listed(prefixes)}"
        )
    prefix = prefixes.pop()
    return {name.removeprefix(prefix): value for name, value in state.items()}


def _numbered(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """A ResNet's adapters as ``Adapter1`` to ``Adapter4``: each stage is wider than the one before."""
    matches = {name: _ADAPTER.fullmatch(name) for name in state}
    widths = {
        match[1]: state[name].shape[1]
        for name, match in matches.items()
        if match and match[2] == "down.weight"
    }
    names = {name: f"Adapter{i + 1}" for i, name in enumerate(sorted(widths, key=widths.__getitem__))}
    if not names:
        raise UserError("not a checkpoint of d2st-rn: no name holds 'Adapter' and ends with 'down.weight'")
    return {
        f"{names[match[1]]}.{match[2]}" if match and match[1] in names else name: value
        for name, value in state.items()
        for match in [matches[name]]
    }
