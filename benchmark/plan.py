"""From the command line to jobs: every name, file and episode is settled here, before anything is written or started."""

import argparse
import itertools
import runpy
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import baselines  # noqa: F401  (makes the methods known)
from benchmark.grid import Job, make_job
from benchmark.identity import code_version, identity_of
from benchmark.launch import chosen_device
from benchmark.options import FRAGMENTS
from benchmark.trunks import Trunk, matched, settle_trunks
from d2st.data.sources import Source, data_root_in_use, resolve
from d2st.episodes import Manifest, Protocol
from d2st.errors import UserError
from d2st.experiment import assemble
from d2st.fragments import for_data
from d2st.heads import build_head
from d2st.protocols import SUITE, parse_switch, settle


@dataclass(frozen=True)
class Plan:
    """All that is to be run: jobs, the manifests of their cells by hash, and the lines that say which data and trunks are used
    and which methods are left out of which trunk."""

    jobs: list[Job]
    manifests: dict[str, Manifest]
    lines: list[str]
    code: str


def fragment(kind: str, name: str) -> dict[str, Any]:
    """The dict that ``configs/_base_/KIND/NAME.py`` defines."""
    return dict(runpy.run_path(str(FRAGMENTS / kind / f"{name}.py"))[kind])


def make_plan(asked: argparse.Namespace) -> Plan:
    """Settle everything. Raises UserError: a dataset, file, class or video is missing, or the trunk cannot be built."""
    protocol = {"name": asked.protocol, **dict(map(parse_switch, asked.switch))}
    sources = {name: resolve(name, asked.data_root) for name in asked.datasets}
    names = _names(sources)
    schedules = {name: _schedule(asked, protocol, source) for name, source in sources.items()}
    hashes = {name: _episodes(source, schedules[name]) for name, source in sources.items()}
    heads = _trained(asked.heads, asked.train_head)
    code, device = code_version(), chosen_device(asked.device)
    jobs: list[Job] = []
    trunks: list[Trunk] = []
    left_out: list[str] = []
    for dataset in asked.datasets:
        schedule = schedules[dataset]
        here = settle_trunks(
            asked.trunks, asked.weights, sources[dataset].embedded or not data_root_in_use(asked.data_root)
        )
        pairs, without = matched(asked.methods, asked.explicit, here)
        trunks, left_out = [*trunks, *here], [*left_out, *without]
        for (method, trunk), head, seed in itertools.product(pairs, heads, asked.seeds):
            config = {
                "trunk": trunk.fragment,
                "method": fragment("method", method),
                "head": fragment("head", head),
                "data": _data(dataset, asked.data_root),
                "schedule": schedule,
                "protocol": protocol,
                "run": {"seed": seed},
            }
            full = assemble(config, announce=False)
            asks = {
                "method": method,
                "trunk": trunk.name,
                "head": head,
                "dataset": names[dataset],
                "way": schedule["way"],
                "queries": schedule["queries"],
                "episodes": schedule["test_episodes"],
                "seed": seed,
                "profile": ", ".join([asked.profile, *_differences(protocol, asked.train_episodes)]),
                "protocol": asked.protocol,
                "train_episodes": full["train_cfg"]["max_iters"] * schedule["episodes_per_step"],
                "threads": asked.threads,
                "device": device,
                "command": _command(),
            }
            data = _where(sources[dataset], trunk.weights, code)
            identity = identity_of(full, asks, data)
            manifests = {shot: manifest.hash for shot, manifest in hashes[dataset].items()}
            jobs.append(make_job(asks, config, identity, data, manifests, heads[head]))
    titles = ", ".join(dict.fromkeys(source.title for source in sources.values()))
    real = (
        "; --data-root or D2ST_DATA_ROOT uses the real ones"
        if any(s.embedded for s in sources.values())
        else ""
    )
    said = ", ".join(dict.fromkeys(f"{trunk.name}, weights {trunk.said}" for trunk in trunks))
    lines = [f"data: {titles}{real}; trunk: {said}", *dict.fromkeys(left_out)]
    known = {manifest.hash: manifest for drawn in hashes.values() for manifest in drawn.values()}
    return Plan(jobs, known, lines, code)


def _trained(heads: list[str], by: str | None) -> dict[str, dict[str, dict[str, Any]]]:
    """The fragments of the heads that are scored with what each head has trained.

    All that have nothing to train are scored with what ``by`` has trained, if it is given, every other with its own.
    """
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for name in heads:
        own = by is None or trains(name)
        found.setdefault(name if own else str(by), {})[name] = fragment("head", name)
    return found


def trains(head: str) -> bool:
    """Whether the head of the fragment ``head`` has parameters."""
    return any(True for _ in build_head(fragment("head", head)["name"], dim=96, frames=8).parameters())


def _schedule(asked: argparse.Namespace, protocol: dict[str, Any], source: Source) -> dict[str, Any]:
    schedule = for_data(fragment("schedule", asked.profile), source.name, source.embedded)
    schedule |= {"test_shots": sorted(asked.shots), "episodes": asked.train_episodes or schedule["episodes"]}
    schedule |= {"test_episodes": asked.episodes} if asked.episodes else {}
    schedule["group_disjoint"] = asked.group_disjoint
    if settle(protocol)["validate_on"] == "test":
        schedule["val_interval"] = 0  # it would choose nothing, and repeat the test that follows
    if schedule["checkpoint_interval"]:
        schedule["checkpoint_interval"] = max(
            1, min(schedule["checkpoint_interval"], schedule["episodes"] // 4)
        )
    return schedule


def _differences(protocol: dict[str, Any], budget: int | None) -> list[str]:
    """What a table's title says of the protocol, where it is not the suite's, and of a budget that is not the profile's."""
    named = [] if protocol["name"] == SUITE else [f"protocol {protocol['name']}"]
    named += [f"budget {budget}"] if budget else []
    return named + [f"{name}={value}" for name, value in protocol.items() if name != "name"]


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
    known = dataset in {file.stem for file in (FRAGMENTS / "data").glob("*.py")}
    base = fragment("data", dataset if known else "ssv2")
    return base | {"name": dataset if known else _absolute(dataset), "data_root": root and _absolute(root)}


def _absolute(path: str) -> str:
    return str(Path(path).resolve()) if Path(path).exists() else path


def _episodes(source: Source, schedule: dict[str, Any]) -> dict[int, Manifest]:
    """The test episodes by shot; UserError, naming the split, where it or the training split cannot fill an episode."""
    way, queries, apart = schedule["way"], schedule["queries"], schedule["group_disjoint"]
    split = "train"
    try:
        Manifest.draw(source.videos(split), Protocol(way, schedule["shot"], queries, 1, 0, apart))
        split = "test"
        return {
            shot: Manifest.draw(
                source.videos(split),
                Protocol(way, shot, queries, schedule["test_episodes"], schedule["test_seed"], apart),
            )
            for shot in schedule["test_shots"]
        }
    except UserError as error:
        raise UserError(f"{source.title}, split '{split}': {error}") from None


def _where(source: Source, weights: str, code: str) -> dict[str, Any]:
    told = {
        "data": source.title,
        "embedded": source.embedded,
        "data_version": f"{source.name} {source.version}",
    }
    return {**told, "weights": weights, "code": code}


def _command() -> str:
    return shlex.join(["python", "benchmark/run_all.py", *sys.argv[1:]])
