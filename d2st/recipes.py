"""The official training recipe of D2ST-Adapter by data set and backbone: learning rates, lengths, weights of the base loss.

Source: the yaml files of the official code at 44387fae, as facts 2.5 tabulates them for the shipped two GPUs. A schedule
fragment with ``recipe="paper"`` takes its length, rates and losses from here.
"""

from typing import Any, NamedTuple

from d2st.data.official_frames import Branch
from d2st.errors import UserError, unknown

Course = tuple[tuple[int, float], ...]
EPOCHS = 10  # an "epoch" is a tenth of the iterations
WARMUP_FROM = 0.2  # of the rate, over the first epoch; in all ten files
ACCUMULATE = 8
WRITTEN_WEIGHT_DECAY = 5e-4  # in the yaml files, and never read
HALF = 0.5  # the loss is divided by the batch size of 2


class Recipe(NamedTuple):
    """``base_loss`` weight, ``iterations`` of one process (one episode each), ``rate``, and its ``course``: factors of the
    rate from an epoch on."""

    base_loss: float
    iterations: int
    rate: float
    course: Course


_LATE: Course = ((0, 1), (4, 0.5), (6, 0.1), (8, 0.05))
_EARLY: Course = ((0, 1), (4, 0.1), (6, 0.05), (8, 0.01))
RECIPES: dict[tuple[str, str], Recipe] = {
    ("ssv2", "resnet"): Recipe(1.0, 60_000, 2e-3, _LATE),
    ("ssv2", "vit"): Recipe(2.0, 60_000, 1e-3, _LATE),
    ("ssv2_small", "resnet"): Recipe(0.5, 20_000, 2e-3, _EARLY),
    ("ssv2_small", "vit"): Recipe(0.5, 20_000, 1e-3, _EARLY),
    ("kinetics", "resnet"): Recipe(1.5, 5_000, 2e-3, ((0, 1), (2, 0.1), (5, 0.05), (8, 0.01))),
    ("kinetics", "vit"): Recipe(0.0, 1_500, 5e-4, _EARLY),
    ("ucf101", "resnet"): Recipe(1.5, 4_000, 2e-3, ((0, 1), (2, 0.5), (5, 0.1), (8, 0.05))),
    ("ucf101", "vit"): Recipe(0.0, 1_200, 5e-4, ((0, 1), (5, 0.1), (7, 0.05), (9, 0.01))),
    ("hmdb51", "resnet"): Recipe(2.0, 4_000, 2e-3, _EARLY),
    ("hmdb51", "vit"): Recipe(2.5, 1_500, 1e-3, ((0, 1), (5, 0.5), (7, 0.1), (9, 0.05))),
}
SAME = {"kinetics_cmn": "kinetics"}


def branch(dataset: str) -> Branch:
    """How the official code takes frames of a data set; one that it does not know is read as SSv2 is."""
    return "interval" if SAME.get(dataset, dataset) == "kinetics" else "segments"


def recipe(dataset: str, family: str) -> Recipe:
    """The official recipe.

    Args:
        dataset: its name as asked for (an embedded stand-in goes by the name of the data set that it stands for).
        family: ``vit`` or ``resnet``.

    Raises:
        UserError: the official code has no configuration for this data set.
    """
    found = RECIPES.get((SAME.get(dataset, dataset), family))
    if found is None:
        names = {name: None for name, _ in RECIPES}
        raise UserError(
            f"{unknown('official recipe', dataset, names)}; for other data take the schedule 'full' (--profile full)"
        )
    return found


def scheduler(found: Recipe) -> dict[str, Any]:
    """The arguments of :class:`d2st.rates.WarmupStepsLR` for a recipe."""
    return {"course": [list(step) for step in found.course], "warmup": 1 / EPOCHS, "start": WARMUP_FROM}


def apply(parts: dict[str, dict[str, Any]], dataset: str, family: str) -> dict[str, dict[str, Any]]:
    """The fragments ``method``, ``data`` and ``schedule`` as the official recipe has them.

    ``schedule.episodes``, where set, shortens or stretches the whole course; checkpoints and validation come every epoch where
    their intervals are not set. The rate is the recipe's for D2ST alone: that of
    another method stays its own.
    """
    method, data, schedule = parts["method"], parts["data"], parts["schedule"]
    found = recipe(dataset, family)
    rates = scheduler(found)
    episodes = schedule["episodes"] or found.iterations
    every = max(episodes // EPOCHS // ACCUMULATE, 1) * ACCUMULATE
    method = {**method, "weight_decay": WRITTEN_WEIGHT_DECAY}
    if method["name"] == "d2st":
        method["lr"] = found.rate
    official = {
        "episodes": episodes,
        "episodes_per_step": 1,
        "accumulate": ACCUMULATE,
        "loss_factor": HALF,
        "optimizer": "coupled_adam",
        "rate_course": rates["course"],
        "warmup_from": rates["start"],
        "warmup": rates["warmup"],
        **{key: every for key in ("checkpoint_interval", "val_interval") if schedule[key] is None},
    }
    data = {**data, "base_loss_weight": found.base_loss, "flip": 0.5, "jitter": True}
    return {"method": method, "data": data, "schedule": {**schedule, **official}}
