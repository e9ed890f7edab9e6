"""What a worker does for a job: train (or take up) through MMEngine's runner, keep the tunable weights, encode, score, store.

The numbers come from a second runner that loads the kept checkpoint, as ``mim test`` does.
"""

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner

import baselines  # noqa: F401  (makes the methods known)
from benchmark.grid import Cell, Job
from benchmark.machine import describe
from benchmark.progress import Progress
from benchmark.schema import OPTIONAL
from benchmark.store import Store, write_atomically
from d2st.experiment import assemble

TRAINING = ("train_dataloader", "train_cfg", "optim_wrapper", "param_scheduler", "model_wrapper_cfg")
POINTS = 100


class TellProgress(Hook):
    """Writes how far training or encoding is, for the bar of ``run_all.py``."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress

    def after_train_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        self.progress.tell("training", runner.iter + 1, runner.max_iters)

    def after_test_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        self.progress.tell("encoding", batch_idx + 1, len(runner.test_dataloader))


def run(job: Job, store: Store) -> None:
    """Do what is left of ``job`` and store its cells; raises whatever goes wrong."""
    torch.set_num_threads(job.asked["threads"])
    progress = Progress(store.job(job.id) / "progress.json")
    progress.tell("starting", 0, 0)
    checkpoint, folder = store.checkpoint(job.id), store.job(job.id) / "runner"
    if not checkpoint.exists():
        train(job, folder, checkpoint, progress)
    for head in job.heads:
        missing = [cell for cell in job.cells if cell.head == head and not store.done(cell.id)]
        if missing:
            measure(scored_by(job, head), missing, folder, checkpoint, progress, store)
    shutil.rmtree(folder, ignore_errors=True)


def scored_by(job: Job, head: str) -> Job:
    """``job`` as a record of a cell of ``head`` names it; where another head has trained it, the table's name says so."""
    if head == job.asked["head"]:
        return job
    profile = f"{job.asked['profile']}, trained with {job.asked['head']}"
    asked = job.asked | {"head": head, "trained_with": job.asked["head"], "profile": profile}
    return replace(job, asked=asked, config={**job.config, "head": job.heads[head]})


def _runner(
    job: Job, folder: Path, progress: Progress, stage: str, features: Path | None = None, **changes: Any
) -> Runner:
    fragments = {
        **job.config,
        "run": {**job.config["run"], "work_dir": str(folder), "device": job.asked["device"]},
    }
    fragments["schedule"] = {**fragments["schedule"], **changes.pop("schedule", {})}
    config = assemble(fragments)
    config["test_cfg"]["features"] = features and str(features)
    runner = build_runner(config, stage, f"{stage}-{job.id}", **changes)
    runner.register_hook(TellProgress(progress), priority="VERY_LOW")
    return runner


def build_runner(config: dict[str, Any], stage: str, experiment: str, **changes: Any) -> Runner:
    """MMEngine's runner of an assembled config that only trains or only tests: the other stage's data are not read."""
    config = {**config, **changes, "experiment_name": experiment}
    dropped = TRAINING if stage == "test" else tuple(key for key in config if key.startswith("test_"))
    return Runner.from_cfg(Config({key: value for key, value in config.items() if key not in dropped}))


def tested(config: dict[str, Any], checkpoint: str, name: str) -> Any:
    """The test loop of a runner that has tested ``checkpoint``, with its tables; nothing is left on disk."""
    with tempfile.TemporaryDirectory() as folder:
        changes = {"work_dir": folder, "load_from": checkpoint, "log_level": "WARNING"}
        runner = build_runner(config, "test", f"{name}-{Path(folder).name}", **changes)
        runner.test()
    return runner.test_loop


def latest(folder: Path) -> Path | None:
    """The newest training checkpoint that can be read; a half-written one, left by kill -9, is deleted."""
    for path in sorted(folder.glob("iter_*.pth"), key=lambda path: int(path.stem[5:]), reverse=True):
        try:
            torch.load(path, map_location="cpu", weights_only=True)
        except Exception:
            path.unlink()
        else:
            return path
    return None


def train(job: Job, folder: Path, checkpoint: Path, progress: Progress) -> None:
    """Train, going on from the last checkpoint in ``folder``, and keep what is tuned, with the course of training."""

    last = latest(folder)
    runner = _runner(job, folder, progress, "train", load_from=last and str(last), resume=last is not None)
    model = runner.model
    course: dict[str, Any] = {"train_seconds": 0.0, "curve": {}}
    if not model.tunes_nothing:
        runner.train()
        course = history(runner, job)
        best = runner.message_hub.get_info("best_ckpt")
        if best is not None:  # by validation, where the schedule has one
            runner.load_checkpoint(best)
            course["chosen"] = Path(best).stem
    state = model.state_dict()
    for name in [name for name in state if name.startswith(model.training_only)]:
        del state[name]
    kept = {"meta": {"job": job.id, "identity": job.identity, **course}, "state_dict": state}
    write_atomically(checkpoint, lambda part: torch.save(kept, part))


def history(runner: Runner, job: Job) -> dict[str, Any]:
    """Seconds of all training iterations, those before an interruption included, and the curve in about 100 points."""
    values = {name: scalar(runner, name) for name in ("time", "loss", "episode_accuracy")}
    step = max(1, len(values["loss"]) // POINTS)
    blocks = [slice(start, start + step) for start in range(0, len(values["loss"]) - step + 1, step)]
    each = job.config["schedule"]["episodes_per_step"]
    mean = {
        name: [float(values[name][block].mean()) for block in blocks] for name in ("loss", "episode_accuracy")
    }
    curve = {
        "episode": [each * block.stop for block in blocks],
        "loss": mean["loss"],
        "accuracy": mean["episode_accuracy"],
    }
    return {"train_seconds": float(values["time"].sum()), "curve": curve}


def scalar(runner: Runner, name: str) -> Any:
    """What MMEngine noted of ``name`` at every training iteration."""
    return runner.message_hub.get_scalar(f"train/{name}").data[0]


def measure(
    job: Job, cells: list[Cell], folder: Path, checkpoint: Path, progress: Progress, store: Store
) -> None:
    """Encode the test videos once, unless the store has their features, and store every cell."""
    tested: dict[str, Any] = {"test_shots": [cell.shot for cell in cells]}
    if "trained_with" in job.asked:
        tested["test_orders"] = []  # one figure a method: that of the head it was trained with
    changes = {"schedule": tested, "load_from": str(checkpoint)}
    runner = _runner(job, folder, progress, "test", store.features, **changes)
    metrics = runner.test()
    loop, model = runner.test_loop, runner.model
    meta = torch.load(checkpoint, map_location="cpu", weights_only=True)["meta"]
    head = sum(p.numel() for p in model.head.parameters())
    shared = {
        "status": "ok",
        "train_seconds": meta["train_seconds"],
        "encode_clips_per_second": loop.clips / loop.encode_seconds,
        "forward_clips_per_second": loop.clips / loop.forward_seconds,
        "score_seconds": loop.score_seconds,
        "encoded_clips": loop.encoded,
        "episodes": job.asked["episodes"],
        "tunable_parameters": model.backbone.tunable_count
        + sum(p.numel() for p in model.head.parameters() if p.requires_grad),
        "total_parameters": head + sum(p.numel() for p in model.backbone.parameters()),
        "checkpoint_bytes": checkpoint.stat().st_size,
        "checkpoint": checkpoint.relative_to(store.root).as_posix(),
        "curve": meta["curve"],
    }
    for cell in cells:
        name = f"{job.asked['way']}way{cell.shot}shot"
        if loop.manifests[name].hash != cell.manifest:
            raise RuntimeError(
                f"the videos changed since the run was planned: episodes of {cell.id} differ; start it again"
            )
        told = ("accuracy", "ci95", *OPTIONAL)
        happened = shared | {key: metrics[f"{name}/{key}"] for key in told if f"{name}/{key}" in metrics}
        asked = {**job.asked, "cell": cell.id, "job": job.id, "shot": cell.shot, "config": job.config}
        where = {**job.data, "manifest": cell.manifest, **describe(job.asked["device"])}
        record = {"asked": {**asked, "identity": job.identity}, "happened": happened, "where": where}
        store.put(cell.id, record, loop.tables[name])
