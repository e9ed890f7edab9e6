"""One trial of a search: train a method at one rate, test it on the validation classes."""

import ast
import os
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from multiprocessing import current_process
from pathlib import Path
from typing import Any, NamedTuple

from benchmark.worker import die_with


class Trial(NamedTuple):
    """What is tried: the family of the trunk (``vit``, ``resnet``), training and validation episodes, names of fragments.

    ``arguments`` are the method's where they are not the usual ones: ``ratio=0.5 temporal_points=(8, 3, 3)``. ``head`` is what
    trains and validates.
    """

    trunk: str
    method: str
    rate: float
    episodes: int
    val_episodes: int
    data: str
    seed: int
    arguments: str = ""
    head: str = "bimhm"


def read_arguments(text: str) -> dict[str, Any]:
    """``ratio=0.5 temporal_points=(8,3,3)`` as a dict.

    Raises:
        UserError: something else.
    """
    from d2st.errors import UserError

    found = {}
    for part in text.split():
        name, _, value = part.partition("=")
        try:
            found[name] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            raise UserError(
                f"'{part}' is no NAME=VALUE with a number, word in quotes or tuple without blanks"
            ) from None
    return found


def prepare(parent: int, gpus: Sequence[str] = ()) -> None:
    """Of a worker process: one thread, as its environment says already, one of ``gpus`` if any, and no life of its own."""
    die_with(parent)
    (place,) = current_process()._identity
    os.environ["CUDA_VISIBLE_DEVICES"] = gpus[place % len(gpus)] if gpus else ""
    warnings.filterwarnings("ignore", message="Multi-processing start method")
    import torch

    torch.set_num_threads(1)


def fragments(trial: Trial) -> dict[str, dict[str, Any]]:
    """The parts of the trial's config, all but ``run``."""
    from benchmark.plan import fragment

    schedule = fragment("schedule", "full") | {
        "episodes": trial.episodes,
        "checkpoint_interval": trial.episodes,
        "val_interval": trial.episodes,
        "val_shots": [1, 5],
        "val_episodes": trial.val_episodes,
    }
    changed = {"arguments": read_arguments(trial.arguments)} if trial.arguments else {}
    parts = {name: fragment(name, of) for name, of in (("head", trial.head), ("data", trial.data))}
    return parts | {
        "trunk": fragment("trunk", trial.trunk),
        "method": fragment("method", trial.method) | {"lr": trial.rate, "lr_by_head": {}} | changed,
        "schedule": schedule,
    }


def run(trial: Trial) -> dict[str, float]:
    """Train and validate; ``accuracy_1, accuracy_5`` and their half widths over episodes in per cent, ``seconds`` of training."""
    from benchmark.job import build_runner, scalar
    from d2st.experiment import assemble

    with tempfile.TemporaryDirectory() as folder:
        config = assemble(
            {**fragments(trial), "run": {"seed": trial.seed, "work_dir": folder}}, announce=False
        )
        name = f"trial-{trial.trunk}-{trial.method}-{trial.rate:g}-{Path(folder).name}"
        runner = build_runner(config, "train", name, log_level="WARNING")
        runner.train()
        seconds = float(scalar(runner, "time").sum())
    return {"seconds": seconds, **numbers(runner.val_loop.tables)}


def numbers(tables: Mapping[str, Any]) -> dict[str, float]:
    """``accuracy_1, half_1, accuracy_5, half_5`` of the per-query tables by protocol."""
    from d2st.evaluation.score import accuracy

    found = {}
    for shot in (1, 5):
        found[f"accuracy_{shot}"], found[f"half_{shot}"] = accuracy(tables[f"5way{shot}shot"])
    return found
