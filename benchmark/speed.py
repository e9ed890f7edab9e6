"""Inference throughput of the encoders, measured side by side in one process with nothing else running.

Methods take turns (A B C A B C ...), so that drift of the machine hits all alike; a figure is the median over rounds with
its quartiles, and the ratio to the frozen trunk is taken within each round. Decoding and the head are not in it.
"""

import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.grid import Job
from benchmark.identity import digest
from benchmark.machine import cpu_name, describe, gpu_name
from benchmark.store import Store, read_json, write_json
from benchmark.worker import receive

ROUNDS, SECONDS, WARM_UP = (5, 21), 10.0, 2
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
        machine = {"cpu": cpu_name(), "gpu": gpu_name(where["device"])}
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


def summarise(seconds: dict[str, list[float]], batch: int) -> dict[str, dict[str, float]]:
    """Median and quartiles in clips/s by method, and the median ratio to the reference within each round."""
    rates = {name: batch / np.asarray(values) for name, values in seconds.items()}
    return {
        name: {
            "clips_per_second": float(np.median(rate)),
            "low": float(np.quantile(rate, 0.25)),
            "high": float(np.quantile(rate, 0.75)),
            "ratio": float(np.median(rate / rates[REFERENCE])),
        }
        for name, rate in rates.items()
    }


def measure(asked: dict[str, Any]) -> dict[str, Any]:
    """Build every encoder and time forward passes of random clips in turns."""
    import torch
    from mmaction.registry import MODELS

    import baselines  # noqa: F401  (makes the methods known)
    from d2st.experiment import assemble
    from d2st.trunks import trunk_info

    torch.set_num_threads(asked["threads"])
    device = torch.device(asked["device"])
    configs = {
        name: assemble(config, announce=False)["model"]["backbone"]
        for name, config in asked["configs"].items()
    }
    encoders = {name: MODELS.build(config).to(device).eval() for name, config in configs.items()}
    size, frames = trunk_info(asked["trunk"]).image_size, next(iter(configs.values()))["frames"]
    most = 32 if device.type == "cuda" else 8
    clips = torch.randn(most, 3, frames, size, size, generator=torch.Generator().manual_seed(0)).to(device)

    @torch.inference_mode()
    def once(name: str, batch: int) -> float:
        if device.type == "cuda":
            torch.cuda.synchronize()
        begun = time.perf_counter()
        encoders[name](clips[:batch])
        if device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - begun

    once(REFERENCE, 1)
    batch = max(1, min(most, int(1.0 / once(REFERENCE, 1))))
    for name in encoders:
        for _ in range(WARM_UP):
            once(name, batch)
    seconds: dict[str, list[float]] = {name: [] for name in encoders}
    begun, rounds = time.perf_counter(), 0
    while rounds < ROUNDS[0] or (rounds < ROUNDS[1] and time.perf_counter() - begun < SECONDS):
        for name in encoders:
            seconds[name].append(once(name, batch))
        rounds += 1
    machine = describe(asked["device"])
    threads = f"{asked['threads']} thread{'s' * (asked['threads'] != 1)}"
    place = machine["gpu"] or f"{machine['cpu']}, {threads}"
    note = f"{asked['trunk']}, clips of {frames} frames of {size}x{size}, batch {batch}, float32\n"
    note += f"{place}; median and quartiles of {rounds} rounds"
    return {
        "trunk": asked["trunk"],
        "batch": batch,
        "rounds": rounds,
        "threads": asked["threads"],
        "device": asked["device"],
        "note": note,
        "figures": summarise(seconds, batch),
        "seconds": seconds,
        "where": {"code": asked["code"], **machine},
    }


def main() -> None:
    """``python -m benchmark.speed ORDERS --parent PID``: started by ``run_all.py`` when all jobs have ended."""
    asked = read_json(receive(__doc__, "a file under work/speed of an output folder"))
    write_json(Path(asked["target"]), measure(asked))


if __name__ == "__main__":
    main()
