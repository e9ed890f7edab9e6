"""A store of invented results: skilful methods are right more often, on the same episodes."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmark.grid import Job, make_job
from benchmark.store import Store

SKILL = {"d2st": 0.72, "aim": 0.63, "st_adapter": 0.70, "full_finetune": 0.58, "frozen": 0.41}
TUNABLE = {"d2st": 41_216, "aim": 60_320, "st_adapter": 35_904, "full_finetune": 454_752, "frozen": 0}


def job(
    method: str = "d2st",
    dataset: str = "ssv2",
    seed: int = 0,
    shots: tuple[int, ...] = (1, 5),
    head: str = "bimhm",
    trunk: str = "vit_mini",
) -> Job:
    asked = {
        "method": method,
        "trunk": trunk,
        "head": head,
        "dataset": dataset,
        "way": 5,
        "queries": 1,
        "episodes": 200,
        "seed": seed,
        "profile": "quick",
        "train_episodes": 400,
        "threads": 1,
        "device": "cpu",
        "command": "python benchmark/run_all.py",
    }
    data = {
        "data": f"made-up {dataset}",
        "embedded": True,
        "data_version": "1",
        "weights": "0" * 64,
        "code": "c0de",
    }
    manifests = {shot: f"{dataset}{shot}" for shot in shots}
    identity = {"method": method, "seed": seed, "head": head, "trunk": trunk}
    return make_job(asked, {"method": {"type": method}}, identity, data, manifests)


def table(method: str, dataset: str, shot: int, seed: int = 0, episodes: int = 60) -> pd.DataFrame:
    """Per-query rows; the episodes depend on dataset and shot alone."""
    draw = np.random.default_rng([len(dataset), shot])
    luck = np.random.default_rng([*method.encode(), len(dataset), shot, seed])
    rows = []
    for episode in range(episodes):
        classes = draw.choice(12, 5, replace=False)
        support = [f"c{c}/v{v}" for c in classes for v in draw.choice(10, shot, replace=False)]
        for c in classes:
            right = luck.random() < min(0.97, SKILL.get(method, 0.5) + 0.04 * (shot - 1) + 0.01 * (c - 6))
            query = f"c{c}/v{draw.integers(10, 20)}"
            predicted = c if right else classes[(list(classes).index(c) + 1) % 5]
            margin = np.float32(luck.normal(1 if right else -1))
            rows.append((np.int32(episode), query, support, f"c{c}", f"c{predicted}", bool(right), margin))
    names = ["episode", "query_video", "support_videos", "class", "predicted", "correct", "margin"]
    return pd.DataFrame(rows, columns=names)


DAY = "2026-11-22"


def where(job: Job, manifest: str, day: str = DAY) -> dict[str, Any]:
    machine = {
        "cpu": "a processor",
        "gpu": None,
        "packages": {"torch": "2"},
        "commit": "f" * 40,
        "dirty": False,
    }
    return {**job.data, **machine, "manifest": manifest, "date": f"{day}T19:00:00+00:00"}


def asked(job: Job, cell: Any) -> dict[str, Any]:
    return {
        **job.asked,
        "cell": cell.id,
        "job": job.id,
        "shot": cell.shot,
        "config": job.config,
        "identity": job.identity,
    }


def fill(store: Store, job: Job, day: str = DAY) -> None:
    """Store every cell of the job, as measured on ``day``."""
    method, dataset, seed = (job.asked[name] for name in ("method", "dataset", "seed"))
    steps = np.arange(10, 401, 10)
    gain = 100 * (0.25 + (SKILL.get(method, 0.5) - 0.15) * (1 - np.exp(-steps / 120)))
    curve = {"episode": steps.tolist(), "accuracy": gain.tolist(), "loss": (2 - gain / 60).tolist()}
    for cell in job.cells:
        rows = table(method, dataset, cell.shot, seed)
        happened = {
            "status": "ok",
            "accuracy": 100 * float(rows.correct.mean()),
            "ci95": 2.0,
            "train_seconds": 0.0 if method == "frozen" else 95.0,
            "encode_clips_per_second": 210.0,
            "episodes": 200,
            "tunable_parameters": TUNABLE.get(method, 30_000),
            "total_parameters": 454_752 + TUNABLE.get(method, 30_000),
            "checkpoint_bytes": 4 * TUNABLE.get(method, 30_000),
            "checkpoint": f"checkpoints/{job.id}.pth",
            "curve": {} if method == "frozen" else curve,
        }
        store.put(
            cell.id,
            {"asked": asked(job, cell), "happened": happened, "where": where(job, cell.manifest, day)},
            rows,
        )


def elsewhere(store: Store, job: Job, cpu: str = "another processor", **more: str) -> None:
    """The stored results of the job, as if measured on another machine, of which ``more`` is known."""
    for cell in job.cells:
        record = store.get(cell.id)
        store.put(cell.id, record | {"where": record["where"] | {"cpu": cpu, **more}}, store.table(cell.id))


def fail(store: Store, job: Job) -> None:
    """Store every cell of the job as failed."""
    for cell in job.cells:
        happened = {"status": "failed", "error": "MemoryError: no", "kind": "crash", "traceback": "..."}
        record = {"asked": asked(job, cell), "happened": happened, "where": where(job, cell.manifest)}
        store.put_failure(cell.id, record)


def speed(store: Store) -> None:
    """An invented interleaved throughput."""
    from benchmark.store import write_json

    figures = {
        method: {"clips_per_second": value, "low": value * 0.96, "high": value * 1.03, "ratio": value / 240}
        for method, value in zip(SKILL, (120.0, 105.0, 150.0, 239.0, 240.0))
    }
    item = {
        "trunk": "vit_mini",
        "batch": 8,
        "device": "cpu",
        "figures": figures,
        "note": "vit_mini, 1 thread",
        "where": {"code": "c0de", "date": "2026"},
    }
    write_json(store.root / "speed" / "vit_mini.json", item)


def full(root: Path, fail_one: bool = False) -> Store:
    """Five methods on two datasets, perhaps one job failed."""
    store = Store(root)
    for dataset in ("ssv2", "kinetics"):
        for method in SKILL:
            made = job(method, dataset)
            (fail if fail_one and (method, dataset) == ("aim", "ssv2") else fill)(store, made)
    speed(store)
    return store
