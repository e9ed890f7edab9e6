"""Checkpoints that hold only what is tuned, and know which method they belong to.

:func:`hold_only_tuned` changes what a recogniser's ``state_dict`` contains and what it accepts, through hooks of torch that
MMEngine's own walk over the modules honours too. A checkpoint that does not fit raises a ``UserError`` even where the loader
is not strict: MMEngine would only warn and then measure a half-loaded model.
"""

import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any

from mmengine.runner.checkpoint import CheckpointLoader
from torch import Tensor, nn

from d2st.errors import UserError

UNTRAINED = "untrained"


def hold_only_tuned(model: nn.Module, identity: Mapping[str, Any]) -> None:
    """Let ``model`` save only its ``tuned_names`` and fill in the rest when it loads.

    Args:
        model: a module with ``tuned_names`` (all it saves) and ``training_only`` (prefix of names that a checkpoint may
            lack or hold in excess).
        identity: what the weights belong to, ``dict(method=..., trunk=..., arguments=dict(...))``; stored with them.
    """
    plain = json.loads(json.dumps(identity))

    def drop_frozen(module: Any, state: dict[str, Tensor], prefix: str, metadata: dict[str, Any]) -> None:
        kept = {prefix + name for name in module.tuned_names}
        for name in [name for name in state if name.startswith(prefix) and name not in kept]:
            del state[name]
        metadata.update(plain)

    def fill_in(
        module: Any, state: dict[str, Tensor], prefix: str, metadata: dict[str, Any], *_: Any
    ) -> None:
        own = dict(_entries(module))
        given = {name[len(prefix) :]: value for name, value in state.items() if name.startswith(prefix)}
        for name in [name for name in given if name.startswith(module.training_only)]:
            value = given.pop(name)
            if name not in own or own[name].shape != value.shape:
                del state[prefix + name]
        if not metadata.get(UNTRAINED):
            _refuse_other_method(plain, metadata)
            tuned = {name for name in module.tuned_names if not name.startswith(module.training_only)}
            _refuse_other_names(plain, own, tuned, given)
        for name, value in own.items():
            state.setdefault(prefix + name, value)

    model.register_state_dict_post_hook(drop_frozen)
    model.register_load_state_dict_pre_hook(fill_in)


@CheckpointLoader.register_scheme(prefixes=UNTRAINED)
def _untrained(filename: str, map_location: Any = None) -> dict[str, Any]:
    """``--checkpoint untrained``: the model as it is built, for methods that tune nothing and for step 0 of the others."""
    state: OrderedDict[str, Tensor] = OrderedDict()
    state._metadata = {"": {UNTRAINED: True}}  # type: ignore[attr-defined]
    return {"state_dict": state, "meta": {}}


def _entries(model: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """All parameters and persistent buffers, by the names a complete state dict would have."""
    for path, module in model.named_modules(remove_duplicate=False):
        for name, value in (*module._parameters.items(), *module._buffers.items()):
            if value is not None and name not in module._non_persistent_buffers_set:
                yield f"{path}.{name}" if path else name, value


def _refuse_other_method(own: Mapping[str, Any], saved: Mapping[str, Any]) -> None:
    method, theirs = own["method"], saved.get("method", own["method"])
    if theirs != method:
        raise UserError(
            f"this checkpoint was trained with method '{theirs}', but the model uses '{method}': {_MEND}"
        )
    if saved.get("trunk", own["trunk"]) != own["trunk"]:
        raise UserError(
            f"this checkpoint of method '{method}' was trained on trunk '{saved['trunk']}', "
            f"but the model's trunk is '{own['trunk']}': {_MEND}"
        )
    for name, value in saved.get("arguments", {}).items():
        if own["arguments"].get(name, value) != value:
            raise UserError(
                f"this checkpoint was trained with {method}({name}={value}), "
                f"but the model uses {method}({name}={own['arguments'][name]}): {_MEND}"
            )


_MEND = "use the config that the checkpoint was trained with"


def _refuse_other_names(
    identity: Mapping[str, Any], own: Mapping[str, Tensor], tuned: set[str], given: Mapping[str, Tensor]
) -> None:
    problems = (
        ("lacks", sorted(tuned - set(given))),
        ("also holds", sorted(set(given) - set(own))),
        ("has another shape of", sorted(n for n in set(given) & set(own) if given[n].shape != own[n].shape)),
    )
    for what, names in problems:
        if names:
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            raise UserError(
                f"this checkpoint is not of method '{identity['method']}' on trunk '{identity['trunk']}': "
                f"it {what} '{names[0]}'{more}; {_MEND}"
            )
