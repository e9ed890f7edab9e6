"""The parts that an experiment is put together from, as ``configs/_base_/KIND/NAME.py`` hold them.

=============  =============================================================================================
``trunk``      ``name`` (timm's, or ``auto``), ``weights`` (``pretrained``, ``random`` or a file), ``frames``
``method``     ``name``, ``arguments``, ``lr``, ``weight_decay``; each of the last three may be
               ``dict(embedded=..., real=...)``: the first for ``vit_mini``, the second for any other trunk
``head``       ``name``, ``arguments``, ``base_loss_weight`` (instead of the data's, where the head's source has its own)
``data``       ``name`` or folder, ``data_root``, ``base_loss_weight``, ``flip`` (probability) and ``jitter`` (of
               colours) of training queries, ``workers`` of each data loader, ``encode_batch`` (clips at a
               time at test)
``schedule``   ``way``, ``shot``, ``queries`` of training episodes; ``episodes`` that a process trains on,
               ``episodes_per_step``, ``accumulate`` (steps whose gradients make one update), ``warmup``
               (share of the steps); ``checkpoint_interval``, ``val_interval`` (in steps; 0: none before the
               end, and no validation); ``val_shots``, ``val_episodes``, ``test_shots``, ``test_episodes``;
               ``test_seed`` of these episode lists, whatever the training seed; ``log_interval``
``run``        may be absent: ``seed`` of training, ``work_dir``, ``device`` (``auto``, ``cpu``, ``cuda``)
=============  =============================================================================================
"""

from collections.abc import Mapping
from typing import Any

from d2st.errors import UserError

REQUIRED = object()
#: Every key of every fragment with its default.
KEYS: dict[str, dict[str, Any]] = {
    "trunk": {"name": "auto", "weights": "pretrained", "frames": 8},
    "method": {"name": REQUIRED, "arguments": {}, "lr": REQUIRED, "weight_decay": 0.0},
    "head": {"name": REQUIRED, "arguments": {}, "base_loss_weight": None},
    "data": {
        "name": REQUIRED,
        "data_root": None,
        "base_loss_weight": 0.0,
        "flip": 0.0,
        "jitter": False,
        "workers": 0,
        "encode_batch": 16,
    },
    "schedule": {
        "way": 5,
        "shot": 1,
        "queries": 1,
        "episodes": REQUIRED,
        "episodes_per_step": 1,
        "accumulate": 1,
        "warmup": 0.05,
        "checkpoint_interval": 100,
        "val_interval": 0,
        "val_shots": [1],
        "val_episodes": 1000,
        "test_shots": [1, 5],
        "test_episodes": 10000,
        "test_seed": 0,
        "log_interval": 20,
    },
    "run": {"seed": 0, "work_dir": None, "device": "auto"},
}


def read(fragments: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The fragment ``name`` with its defaults, as plain values.

    Raises:
        UserError: the fragment, or a required key of it, is missing, or a key is unknown.
    """
    known, given = KEYS[name], fragments.get(name, {} if name == "run" else None)
    if given is None:
        raise UserError(f"the fragment '{name}' is missing: inherit one of configs/_base_/{name}/*.py")
    for key in given:
        if key not in known:
            raise UserError(f"the fragment '{name}' has no key '{key}'; it takes: {', '.join(known)}")
    values = {**known, **plain(given)}
    for key, value in values.items():
        if value is REQUIRED:
            raise UserError(f"the fragment '{name}' lacks the key '{key}'")
    return values


def plain(value: Any) -> Any:
    """MMEngine's dicts as ``dict``, tuples as lists: what can be dumped into a config file."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def steps(schedule: Mapping[str, Any]) -> int:
    """Number of training iterations.

    Raises:
        UserError: the episodes, or the checkpoints, do not come out even with the updates.
    """
    each, accumulate = schedule["episodes_per_step"], schedule["accumulate"]
    if schedule["episodes"] < 1 or schedule["episodes"] % (each * accumulate):
        raise UserError(
            f"schedule: {schedule['episodes']} episodes are no whole number of updates of "
            f"episodes_per_step * accumulate = {each * accumulate} episodes"
        )
    if schedule["checkpoint_interval"] % accumulate:
        raise UserError(
            f"schedule: a checkpoint every {schedule['checkpoint_interval']} steps falls between accumulated "
            f"gradients, which no checkpoint holds: make it a multiple of accumulate={accumulate}"
        )
    return schedule["episodes"] // each
