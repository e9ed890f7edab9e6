"""The grid: a job is one training and one encoding, a cell is one number of it (one protocol, one manifest)."""

from dataclasses import asdict, dataclass, field
from typing import Any

from benchmark.identity import digest


@dataclass(frozen=True)
class Cell:
    """One result: ``id`` names its files; ``manifest`` is the hash of the episodes it is measured on, ``head`` scores them."""

    id: str
    shot: int
    manifest: str
    head: str


@dataclass(frozen=True)
class Job:
    """What one worker process does.

    ``asked`` names it (method, trunk, head, dataset, seed, ...), ``config`` holds the resolved fragments that
    ``d2st.experiment.assemble`` takes, ``identity`` all that its number depends on besides the manifest, ``data`` where
    the videos come from, ``heads`` the fragments of the heads that score: the one it is trained with, or others.
    """

    id: str
    asked: dict[str, Any]
    config: dict[str, Any]
    identity: dict[str, Any]
    data: dict[str, Any]
    cells: tuple[Cell, ...] = field(default=())
    heads: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """For people: ``d2st on vit_mini, ssv2, bimhm, seed 0``."""
        asked = self.asked
        return f"{asked['method']} on {asked['trunk']}, {asked['dataset']}, {asked['head']}, seed {asked['seed']}"


def make_job(
    asked: dict[str, Any],
    config: dict[str, Any],
    identity: dict[str, Any],
    data: dict[str, Any],
    manifests: dict[int, str],
    heads: dict[str, dict[str, Any]] | None = None,
) -> Job:
    """A job with its cells, ``manifests`` being the hash by shot; the ids follow from ``identity`` and the hashes.

    ``heads``: the fragments of those that score; by default only the one that it is trained with.
    """
    own = asked["head"]
    heads = {own: config.get("head", {})} if heads is None else heads

    def name(head: str) -> str:
        return f"{asked['method']}-{asked['trunk']}-{asked['dataset']}-{head}-s{asked['seed']}"

    cells = []
    for head, fragment in heads.items():
        scored = [] if head == own else [fragment]
        for shot, manifest in sorted(manifests.items()):
            told = digest([identity, manifest, *scored], 12)
            cells.append(Cell(f"{name(head)}-{shot}shot-{told}", shot, manifest, head))
    return Job(f"{name(own)}-{digest(identity, 12)}", asked, config, identity, data, tuple(cells), heads)


def to_json(job: Job) -> dict[str, Any]:
    """A job as a worker's orders."""
    return asdict(job)


def from_json(orders: dict[str, Any]) -> Job:
    """The job of a worker's orders."""
    return Job(**{**orders, "cells": tuple(Cell(**cell) for cell in orders["cells"])})
