"""From the command line to jobs: every name, file and episode is settled here, before anything is written or started."""

import argparse
import runpy
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import timm
import torch

import baselines  # noqa: F401  (makes the methods known)
from benchmark.grid import Job, make_job
from benchmark.identity import code_version, file_sha256, identity_of
from benchmark.options import FRAGMENTS
from d2st.data.sources import Source, resolve
from d2st.episodes import Manifest, Protocol
from d2st.errors import UserError
from d2st.experiment import assemble
from d2st.trunks import build_encoder


@dataclass(frozen=True)
class Plan:
    """All that is to be run: jobs, the manifests of their cells by hash, and the line that says which data are used."""

    jobs: list[Job]
    manifests: dict[str, Manifest]
    data_line: str
    trunk: str
    code: str


def fragment(kind: str, name: str) -> dict[str, Any]:
    """The dict that ``configs/_base_/KIND/NAME.py`` defines."""
    return dict(runpy.run_path(str(FRAGMENTS / kind / f"{name}.py"))[kind])


def make_plan(asked: argparse.Namespace) -> Plan:
    """Settle everything. Raises UserError: a dataset, file, class or video is missing, or the trunk cannot be built."""
    schedule = fragment("schedule", asked.profile) | {"val_interval": 0, "test_shots": sorted(asked.shots)}
    schedule |= {"episodes": asked.train_episodes} if asked.train_episodes else {}
    schedule |= {"test_episodes": asked.episodes} if asked.episodes else {}
    schedule["checkpoint_interval"] = max(1, min(schedule["checkpoint_interval"], schedule["episodes"] // 4))
    sources = {name: resolve(name, asked.data_root) for name in asked.datasets}
    names = _names(sources)
    hashes = {name: _episodes(source, schedule) for name, source in sources.items()}
    code, device = code_version(), _device(asked.device)
    jobs, trunk, weights = [], "", ""
    for dataset in asked.datasets:
        for method in asked.methods:
            for head in asked.heads:
                for seed in asked.seeds:
                    config = {
                        "trunk": fragment("trunk", "vit")
                        | {"name": asked.trunk, "weights": _absolute(asked.weights)},
                        "method": fragment("method", method),
                        "head": fragment("head", head),
                        "data": _data(dataset, asked.data_root),
                        "schedule": schedule,
                        "run": {"seed": seed},
                    }
                    full = assemble(config, announce=False)
                    if full["model"]["backbone"]["trunk"] != trunk:
                        trunk = full["model"]["backbone"]["trunk"]
                        weights = _weights(trunk, config["trunk"]["weights"])
                    asks = {
                        "method": method,
                        "trunk": trunk,
                        "head": head,
                        "dataset": names[dataset],
                        "way": schedule["way"],
                        "queries": schedule["queries"],
                        "episodes": schedule["test_episodes"],
                        "seed": seed,
                        "profile": asked.profile,
                        "train_episodes": schedule["episodes"],
                        "threads": asked.threads,
                        "device": device,
                        "command": _command(),
                    }
                    data = _where(sources[dataset], weights, code)
                    identity = identity_of(full, asks, data)
                    manifests = {shot: manifest.hash for shot, manifest in hashes[dataset].items()}
                    jobs.append(make_job(asks, config, identity, data, manifests))
    titles = ", ".join(dict.fromkeys(source.title for source in sources.values()))
    real = (
        "; --data-root or D2ST_DATA_ROOT uses the real ones"
        if any(s.embedded for s in sources.values())
        else ""
    )
    trunks = ", ".join(dict.fromkeys(job.asked["trunk"] for job in jobs))
    line = f"data: {titles}{real}; trunk: {trunks}, weights {asked.weights}"
    known = {manifest.hash: manifest for drawn in hashes.values() for manifest in drawn.values()}
    return Plan(jobs, known, line, trunk, code)


def _names(sources: dict[str, Source]) -> dict[str, str]:
    """How results name the datasets: by what is really read, ``motion`` for the embedded stand-in of ``ssv2``.

    UserError where two share a name.
    """
    names = {asked: source.name for asked, source in sources.items()}
    if len(set(names.values())) < len(names):
        raise UserError(
            f"two of the datasets are the same or called alike ({', '.join(sources)}): leave one out, or rename one folder"
        )
    return names


def _data(dataset: str, root: str | None) -> dict[str, Any]:
    known = (FRAGMENTS / "data" / f"{dataset}.py").is_file()
    base = fragment("data", dataset if known else "ssv2")
    return base | {"name": dataset if known else _absolute(dataset), "data_root": root and _absolute(root)}


def _absolute(path: str) -> str:
    return str(Path(path).resolve()) if Path(path).exists() else path


def _episodes(source: Source, schedule: dict[str, Any]) -> dict[int, Manifest]:
    """The test episodes by shot; UserError, naming the split, where it or the training split cannot fill an episode."""
    way, queries = schedule["way"], schedule["queries"]
    split = "train"
    try:
        Manifest.draw(source.videos(split), Protocol(way, schedule["shot"], queries, 1, 0))
        split = "test"
        return {
            shot: Manifest.draw(
                source.videos(split),
                Protocol(way, shot, queries, schedule["test_episodes"], schedule["test_seed"]),
            )
            for shot in schedule["test_shots"]
        }
    except UserError as error:
        raise UserError(f"{source.title}, split '{split}': {error}") from None


def _weights(trunk: str, weights: str) -> str:
    """What the weights are: a file's sha256, or the name that timm fetches. Builds the trunk, so that it is known to fit."""
    build_encoder(trunk, {"type": "frozen"}, weights)
    if weights == "random":
        return "random"
    config = timm.models.get_pretrained_cfg(trunk)
    file = weights if weights != "pretrained" else (config.file if config else None)
    if file:
        return file_sha256(str(file))
    return f"timm:{config.hf_hub_id or config.url}"


def _device(asked: str) -> str:
    if asked == "cuda" and not torch.cuda.is_available():
        raise UserError("--device cuda was asked for, but PyTorch sees no CUDA device here")
    return "cuda" if asked != "cpu" and torch.cuda.is_available() else "cpu"


def _where(source: Source, weights: str, code: str) -> dict[str, Any]:
    told = {
        "data": source.title,
        "embedded": source.embedded,
        "data_version": f"{source.name} {source.version}",
    }
    return {**told, "weights": weights, "code": code}


def _command() -> str:
    return shlex.join(["python", "benchmark/run_all.py", *sys.argv[1:]])
