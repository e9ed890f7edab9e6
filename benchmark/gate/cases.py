"""What the gate runs: every method on ``vit_mini``, some on ``resnet_mini``, on the embedded ``motion`` data and one thread."""

import hashlib
from dataclasses import dataclass
from typing import Any

import torch

from benchmark.job import build_runner
from benchmark.plan import fragment
from d2st.adaptation import kinds_of
from d2st.errors import UserError, unknown
from d2st.experiment import assemble

#: training episodes whose losses are compared, those behind a stored checkpoint, and test episodes
STEPS, BUDGET, EPISODES = 24, 32, 400
SHOTS = (1, 5)
HEAD, DATA = "bimhm", "motion"
#: family of each trunk, and the methods that stand for all on it (None: all); the forms for ResNets share most of their code
TRUNKS: dict[str, tuple[str, tuple[str, ...] | None]] = {
    "vit_mini": ("vit", None),
    "resnet_mini": ("resnet", ("d2st", "st_adapter", "full_finetune", "frozen")),
}


@dataclass(frozen=True, order=True)
class Case:
    """One method on one miniature trunk."""

    trunk: str
    method: str

    @property
    def name(self) -> str:
        """Names its files: ``vit_mini-d2st``."""
        return f"{self.trunk}-{self.method}"


def cases(methods: list[str] | None = None, trunks: list[str] | None = None) -> list[Case]:
    """All cases, or those of some methods and trunks.

    Raises:
        UserError: a method or trunk is unknown, or none of the methods has a form for any of the trunks.
    """
    from benchmark.options import fragments

    known = fragments("method")
    for name in methods or ():
        if name not in known:
            raise unknown("method", name, known)
    for name in trunks or ():
        if name not in TRUNKS:
            raise unknown("trunk of the gate", name, TRUNKS)
    found = [
        Case(trunk, method)
        for trunk in trunks or TRUNKS
        for method in methods or TRUNKS[trunk][1] or known
        if TRUNKS[trunk][0] in kinds_of(method)
    ]
    if not found:
        raise UserError("none of these methods has a form for these trunks: name others")
    return found


def config(case: Case, episodes: int) -> dict[str, Any]:
    """The assembled config of a case that trains on ``episodes`` episodes, seed 0."""
    schedule = fragment("schedule", "quick") | {
        "episodes": episodes,
        "checkpoint_interval": episodes,
        "val_interval": 0,
        "log_interval": episodes,
        "test_episodes": EPISODES,
        "test_shots": list(SHOTS),
        "test_orders": [],
    }
    fragments = {
        "trunk": fragment("trunk", TRUNKS[case.trunk][0]) | {"name": case.trunk},
        "method": fragment("method", case.method),
        "head": fragment("head", HEAD),
        "data": fragment("data", "ssv2") | {"name": DATA, "data_root": None},
        "schedule": schedule,
        "run": {"seed": 0, "device": "cpu"},
    }
    return assemble(fragments, announce=False)


def runner(case: Case, stage: str, folder: str, episodes: int, **changes: Any) -> Any:
    """MMEngine's runner that trains or tests the case; ``changes`` are keys of the config."""
    torch.set_num_threads(1)
    name = f"gate-{stage}-{episodes}-{case.name}-{hashlib.sha256(folder.encode()).hexdigest()[:8]}"
    return build_runner(config(case, episodes), stage, name, work_dir=folder, **changes)
