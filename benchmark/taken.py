"""Trials of a search that runs have trained already: on one machine a training repeats to the bit, so what it kept is validated.

A trial and a job of ``run_all.py`` are the same training where their assembled configs say so: model, optimiser, rates, loop,
episodes, seed, threads, device, data, weights and code.
"""

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from benchmark.identity import code_version, digest, identity_of
from benchmark.store import Store
from benchmark.trial import Trial, fragments, numbers

#: what says how a training is tested, or which of its checkpoints is kept (a trial and an embedded run keep the last one)
TESTING = ("test", "chosen_by")


class Taken(NamedTuple):
    """A training that a run has made: its checkpoint, the ``.json`` of one of its results, its seconds."""

    checkpoint: Path
    record: Path
    seconds: float


def _key(identity: Mapping[str, Any]) -> str:
    return digest({name: part for name, part in identity.items() if name not in TESTING})


def trained(runs: Iterable[Path]) -> dict[str, Taken]:
    """What the runs have trained and kept, by a hash of the training.

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
            asked, happened = record["asked"], record["happened"]
            checkpoint = store.root / happened["checkpoint"]
            if asked["head"] == asked["identity"]["model"]["head"]["type"] and checkpoint.exists():
                cell = store.root / "cells" / f"{asked['cell']}.json"
                found[_key(asked["identity"])] = Taken(checkpoint, cell, happened["train_seconds"])
    return found


def find(trial: Trial, known: Mapping[str, Taken], device: str) -> Taken | None:
    """The training of ``trial`` on ``device`` with one thread, where a run has made it."""
    if not known:
        return None
    from benchmark.trunks import loaded
    from d2st.data.sources import resolve
    from d2st.experiment import assemble

    full = assemble({**fragments(trial), "run": {"seed": trial.seed}}, announce=False)
    source, backbone = resolve(trial.data), full["model"]["backbone"]
    data = {"data_version": f"{source.name} {source.version}", "code": code_version()}
    data["weights"] = loaded(backbone["trunk"], backbone["weights"])
    asks = {"seed": trial.seed, "threads": 1, "device": device}
    return known.get(_key(identity_of(full, asks, data)))


def validate(trial: Trial, taken: Taken) -> dict[str, float]:
    """As :func:`benchmark.trial.run`, of a training that stands."""
    from benchmark.evaluate import config_of, parse
    from benchmark.job import build_runner

    asked = [str(taken.checkpoint), "--config", str(taken.record), "--split", "val", "--shots", "1", "5"]
    config = config_of(parse([*asked, "--episodes", str(trial.val_episodes)]))
    with tempfile.TemporaryDirectory() as folder:
        changes = {"work_dir": folder, "load_from": str(taken.checkpoint), "log_level": "WARNING"}
        runner = build_runner(config, "test", f"taken-{Path(folder).name}", **changes)
        runner.test()
    return {"seconds": taken.seconds, **numbers(runner.test_loop.tables)}
