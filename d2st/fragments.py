"""The parts that an experiment is put together from, as ``configs/_base_/KIND/NAME.py`` hold them.

=============  =============================================================================================
``trunk``      ``name`` (timm's, or ``auto``: the data rule's trunk of the ``family`` ``vit`` or ``resnet``), ``weights``
               (``pretrained``, ``random``, a file, a folder or a hub's name), ``frames``
``method``     ``name``, ``arguments``, ``lr``, ``weight_decay``; each of the last three, and a head's arguments, may be
               a dict by trunk (``vit_mini``, ``resnet_mini``), kind (``vit``, ``resnet``) or size (``embedded`` for
               the miniature ones, ``real`` for any other); the first of these that is there counts. ``lr_by_head``:
               rates, written like ``lr``, by the name of a head that needs others; trunks that it lacks keep ``lr``
``head``       ``name``, ``arguments``, ``base_loss_weight`` (instead of the data's, where the head's source has its own)
``data``       ``name`` or folder, ``data_root``, ``base_loss_weight``, ``flip`` (probability) and ``jitter`` (of
               colours) of training queries, ``directional`` (classes differ by left and right: no flip unless the
               protocol says so), ``workers`` of each data loader, ``encode_batch`` (clips at a time at test)
``schedule``   ``way``, ``shot``, ``queries`` of training episodes; ``episodes`` that a process trains on (this,
               ``val_interval`` and ``test_episodes`` may be dicts by data: ``motion``, ``appearance``, else ``embedded``
               or ``real``), ``episodes_per_step``,
               ``accumulate`` (steps whose gradients make one update), ``loss_factor`` (None: their mean; else the sum
               of so many times each loss), ``optimizer`` (``adamw`` or ``coupled_adam``),
               ``warmup`` (share of the steps) from ``warmup_from`` of the rate, ``rate_course`` (None: half a
               cosine; else (tenth of the run, factor) pairs); ``checkpoint_interval``, ``val_interval`` (in
               steps; 0: none before the end, and no validation; the best checkpoint by it is kept); ``val_shots``,
               ``val_episodes``, ``test_shots``, ``test_episodes``, ``group_disjoint`` (support and query of an
               episode never from one source video); ``test_seed`` of these episode lists, whatever the training
               seed; ``log_interval``; ``recipe`` (``paper``: length, rates and losses from :mod:`d2st.recipes`)
``protocol``   may be absent: ``name`` (``suite`` or ``paper``) and single switches, see :mod:`d2st.protocols`
``run``        may be absent: ``seed`` of training, ``work_dir``, ``device`` (``auto``, ``cpu``, ``cuda``)
=============  =============================================================================================
"""

import math
from collections.abc import Mapping
from typing import Any

from d2st.errors import UserError, unknown
from d2st.heads import heads
from d2st.protocols import SUITE, SWITCHES
from d2st.trunks import TrunkInfo, sized

REQUIRED = object()
OPTIONAL = ("protocol", "run")
#: Every key of every fragment with its default.
KEYS: dict[str, dict[str, Any]] = {
    "trunk": {"name": "auto", "family": "vit", "weights": "pretrained", "frames": 8},
    "method": {"name": REQUIRED, "arguments": {}, "lr": REQUIRED, "lr_by_head": {}, "weight_decay": 0.0},
    "head": {"name": REQUIRED, "arguments": {}, "base_loss_weight": None},
    "data": {
        "name": REQUIRED,
        "data_root": None,
        "base_loss_weight": 0.0,
        "flip": 0.0,
        "jitter": False,
        "directional": False,
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
        "loss_factor": None,
        "optimizer": "adamw",
        "warmup": 0.05,
        "warmup_from": 0.1,
        "rate_course": None,
        "checkpoint_interval": 100,
        "val_interval": 0,
        "val_shots": [1],
        "val_episodes": 1000,
        "test_shots": [1, 5],
        "test_episodes": 10000,
        "test_seed": 0,
        "test_orders": ["shuffled", "reversed"],
        "group_disjoint": False,
        "log_interval": 20,
        "recipe": None,
    },
    "protocol": {"name": SUITE, **{switch.name: None for switch in SWITCHES}},
    "run": {"seed": 0, "work_dir": None, "device": "auto"},
}


def read(fragments: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The fragment ``name`` with its defaults, as plain values.

    Raises:
        UserError: the fragment, or a required key of it, is missing, or a key is unknown.
    """
    known, given = KEYS[name], fragments.get(name, {} if name in OPTIONAL else None)
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


def for_head(method: Mapping[str, Any], head: str, info: TrunkInfo) -> dict[str, Any]:
    """The method with one rate, that for a trunk and a head; see ``method.lr_by_head``.

    Raises:
        UserError: rates for a head that is not known, none for this trunk, or one that is no number of at least 0.
    """
    for name in method["lr_by_head"]:
        if name not in heads():
            raise unknown("head in the method's lr_by_head", name, heads())
    usual, own = method["lr"], method["lr_by_head"].get(head)
    rate = sized(usual if own is None else sized(own, info, otherwise=usual), info)
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate < math.inf:
        raise UserError(
            f"the rate of the method '{method['name']}' for {info.name} and {head} is {rate!r}: lr and lr_by_head take "
            "numbers, or dicts of them by trunk"
        )
    return {**method, "lr": rate}


#: keys of the schedule that may differ by data
BY_DATA = ("episodes", "val_interval", "test_episodes")


def for_data(schedule: Mapping[str, Any], data: str, embedded: bool) -> dict[str, Any]:
    """The schedule with the numbers for ``data``, as results name them; see ``schedule.episodes``.

    Raises:
        UserError: there is none for these data.
    """
    return {
        **schedule,
        **{key: _number(key, schedule.get(key), data, embedded) for key in BY_DATA if key in schedule},
    }


def _number(key: str, value: Any, data: str, embedded: bool) -> Any:
    if not isinstance(value, Mapping):
        return value
    size = "embedded" if embedded else "real"
    for name in (data, size):
        if name in value:
            return value[name]
    raise UserError(
        f"schedule: {key} has numbers for {', '.join(value)}, but none for '{data}': add one, or one for '{size}'"
    )


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
    leftover = (
        schedule["loss_factor"] is not None
    )  # summed gradients: those of an unfinished update are dropped
    if schedule["episodes"] < 1 or schedule["episodes"] % (each * (1 if leftover else accumulate)):
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
