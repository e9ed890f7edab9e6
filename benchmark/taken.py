"""Trials of a search that runs have trained already: on one machine a training repeats to the bit, so what it kept is validated.

A trial and a job of ``run_all.py`` are the same training where their assembled configs say so: model, optimiser, rates, loop,
episodes, seed, threads, device, data, weights and code. The log names the machine that trained.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from benchmark.identity import digest, identity_of
from benchmark.search_log import Log
from benchmark.store import Store
from benchmark.trial import Trial, fragments, numbers


class Taken(NamedTuple):
    """A training that a run has made: its checkpoint, its seconds, and the ``cpu`` and ``gpu`` that made it."""

    checkpoint: Path
    seconds: float
    where: dict[str, str | None]


def _key(identity: Mapping[str, Any]) -> str:
    """By all but which checkpoint is kept: a trial keeps the last one, as runs do that validate nothing."""
    return digest({name: part for name, part in identity.items() if name != "chosen_by"})


def trained(runs: Iterable[Path]) -> dict[str, Taken]:
    """What the runs have trained and kept without choosing by validation, by a hash of the training.

    Raises:
        UserError: a folder has no results.
    """
    from d2st.errors import UserError

    found = {}
    for run in runs:
        store = Store(run)
        records = [record for record in store.records() if record["happened"]["status"] == "ok"]
        if not records:
            raise UserError(f"no results in {run}: --from takes folders of run_all.py")
        for record in records:
            identity, happened = record["asked"]["identity"], record["happened"]
            checkpoint = store.root / happened["checkpoint"]
            if identity["chosen_by"] is None and checkpoint.exists():
                where = {name: record["where"][name] for name in ("cpu", "gpu")}
                found[_key(identity)] = Taken(checkpoint, happened["train_seconds"], where)
    return found


def find(trial: Trial, known: Mapping[str, Taken], device: str, log: Log) -> Taken | None:
    """The training of ``trial`` on ``device`` with one thread, on the data and code of ``log``, where a run has made it."""
    if not known:
        return None
    from benchmark.trunks import loaded

    full = _assembled(trial)
    backbone = full["model"]["backbone"]
    weights = loaded(backbone["trunk"], backbone["weights"])
    data = {"data_version": log.version, "code": log.code, "weights": weights}
    asks = {"seed": trial.seed, "threads": 1, "device": device}
    return known.get(_key(identity_of(full, asks, data)))


def _assembled(trial: Trial) -> dict[str, Any]:
    """The trial's config; what it validates is tested, the test classes are not."""
    from d2st.experiment import assemble

    parts = fragments(trial)
    parts["schedule"] |= {"test_shots": [1, 5], "test_episodes": trial.val_episodes, "test_orders": []}
    return assemble({**parts, "run": {"seed": trial.seed}}, announce=False)


def validate(trial: Trial, taken: Taken) -> dict[str, float]:
    """As :func:`benchmark.trial.run`, of a training that stands."""
    from benchmark.job import tested

    config = _assembled(trial)
    config["test_dataloader"]["dataset"]["split"] = "val"
    loop = tested(config, str(taken.checkpoint), "taken")
    return {"seconds": taken.seconds, **numbers(loop.tables)}
