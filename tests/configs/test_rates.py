"""The rates in the configs of the methods are those that the log of the search chooses."""

from typing import Any

import pytest

import d2st
from benchmark.plan import fragment
from benchmark.search_log import Log, chosen
from benchmark.search_options import FOLDER
from benchmark.trial import Trial
from d2st.adaptation import kinds_of
from d2st.data.sources import resolve

EVERY = [(method, kind) for method in d2st.methods() for kind in kinds_of(method)]


def by_the_log(method: str, kind: str, head: str) -> float | None:
    """What two stages at the full budget chose on the data of today; None: nothing was tried."""
    source = resolve("ssv2")
    log = Log(FOLDER / f"{kind}.csv", f"{source.name} {source.version}", "")
    return chosen(log, Trial(kind, method, 0.0, 2400, 4000, "ssv2", 0, head=head), again=True)


@pytest.mark.parametrize(("method", "kind"), EVERY)
def test_a_rate_is_what_the_search_chose(method: str, kind: str) -> None:
    config: dict[str, Any] = fragment("method", method)
    usual = config["lr"][f"{kind}_mini"]
    if method != "frozen":  # has nothing to train with Bi-MHM
        assert usual == by_the_log(method, kind, "bimhm")
    with_trx = config.get("lr_by_head", {}).get("trx", {}).get(f"{kind}_mini", usual)
    assert with_trx == by_the_log(method, kind, "trx")
