"""Throughput of the methods of a run, for ``run_all.py``: it writes orders, then starts this module alone on the machine.

The measurement is the one of ``speed.py`` without sweep, training and memory, with the weights and arguments of the run.
"""

from pathlib import Path
from typing import Any

from benchmark.grid import Job
from benchmark.identity import digest
from benchmark.machine import cpu_model, cpu_name, gpu_name
from benchmark.store import Store, read_json, write_json
from benchmark.worker import receive

REFERENCE = "frozen"


def orders(jobs: list[Job], store: Store) -> list[Path]:
    """Write what to measure, one file a trunk; those of what is measured already are left out."""
    from benchmark.plan import fragment

    pending = []
    for trunk in dict.fromkeys(job.asked["trunk"] for job in jobs):
        mine = [job for job in jobs if job.asked["trunk"] == trunk]
        configs = {job.asked["method"]: {**job.config, "run": {"seed": 0}} for job in mine}
        configs.setdefault(
            REFERENCE, {**mine[0].config, "method": fragment("method", REFERENCE), "run": {"seed": 0}}
        )
        where = {name: mine[0].asked[name] for name in ("threads", "device")}
        machine = {"cpu": cpu_name(), "cpu_model": cpu_model(), "gpu": gpu_name(where["device"])}
        identity = {"configs": configs, "code": mine[0].data["code"], **where, **machine}
        target = store.root / "speed" / f"{trunk}-{digest(identity, 12)}.json"
        if not target.exists():
            path = store.root / "work" / "speed" / f"{trunk}.json"
            write_json(
                path,
                {
                    "trunk": trunk,
                    "target": str(target.resolve()),
                    "code": mine[0].data["code"],
                    "configs": configs,
                    **where,
                },
            )
            pending.append(path)
    return pending


def measure(asked: dict[str, Any]) -> dict[str, Any]:
    """Build every encoder of the orders and time forward passes of random clips in turns, for ten seconds."""
    from benchmark.cost import Measurement
    from benchmark.cost_encoders import Asked
    from d2st.experiment import assemble

    encoders = {}
    for name, config in asked["configs"].items():
        backbone = assemble(config, announce=False)["model"]["backbone"]
        encoders[name] = {key: value for key, value in backbone.items() if key != "type"}
    plain = {name: asked[name] for name in ("trunk", "threads", "device")}
    return Measurement(Asked(encoders=encoders, **plain), asked["code"]).run()


def main() -> None:
    """``python -m benchmark.speed_job ORDERS --parent PID``: started by ``run_all.py`` when all jobs have ended."""
    asked = read_json(receive(__doc__, "a file under work/speed of an output folder"))
    target = Path(asked["target"])
    if not target.exists():  # else another run_all was faster
        write_json(target, measure(asked))


if __name__ == "__main__":
    main()
