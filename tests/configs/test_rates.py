"""The rates in the configs of the methods are those that the log of the search chooses."""

from collections.abc import Iterator

import pytest

import baselines  # noqa: F401  (makes the methods known)
from benchmark.plan import fragment
from benchmark.search_log import Log, chosen
from benchmark.search_options import FOLDER
from benchmark.trial import Trial
from d2st.data.sources import resolve
from d2st.fragments import for_head
from d2st.trunks import trunk_info

SOURCE = resolve("ssv2")
LOGS = {
    kind: Log(FOLDER / f"{kind}.csv", f"{SOURCE.name} {SOURCE.version}", "") for kind in ("vit", "resnet")
}


def searched() -> Iterator[Trial]:
    """A trial of everything that was searched at the full budget on the data of today, whatever its rate."""
    for kind, log in LOGS.items():
        for row in log.rows.drop_duplicates(["method", "head"]).itertuples():
            trial = Trial(kind, row.method, 0.0, 2400, 4000, "ssv2", 0, head=row.head)
            if not log.like(trial).empty:
                yield trial


SEARCHED = list(searched())


def test_the_logs_hold_the_search_with_both_heads() -> None:
    tried = {(trial.trunk, trial.head) for trial in SEARCHED}
    assert tried == {(kind, head) for kind in ("vit", "resnet") for head in ("bimhm", "trx")}


@pytest.mark.parametrize("trial", SEARCHED, ids=lambda trial: f"{trial.method}-{trial.trunk}-{trial.head}")
def test_a_rate_is_what_the_search_chose(trial: Trial) -> None:
    method = {"lr_by_head": {}, **fragment("method", trial.method)}
    used = for_head(method, trial.head, trunk_info(f"{trial.trunk}_mini"))["lr"]
    assert used == chosen(LOGS[trial.trunk], trial, again=True)
