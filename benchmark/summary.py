"""From the store to rows: one a (method, trunk, head, dataset, shot), seeds joined, with every interval and the paired test.

Settings (profile, protocol, device) are kept apart; of code versions, of the episodes that a dataset and shot was tested on,
of the schedules of a dataset and of the rates and arguments of a method only the newest are shown.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import pandas as pd

from benchmark import pairing, stats, style
from benchmark.rows import ROW, design, done_of, load, row
from benchmark.store import Record, Store

REFERENCE = "frozen"
SETTING: tuple[str, ...] = ("profile", "way", "queries", "episodes", "device", "threads")
COLUMN = ("trunk", "head", "dataset", "shot")


class Setting(NamedTuple):
    """What all rows of one table share, and those rows: one dict each, see :func:`benchmark.rows.row`.

    ``tables`` are the per-query tables by cell without the support, ``pairs`` the paired differences by (trunk, head,
    dataset, shot), ``reference`` the method that ``difference`` is measured from.
    """

    title: str
    chance: float
    rows: pd.DataFrame
    records: list[Record]
    tables: dict[str, pd.DataFrame]
    pairs: dict[tuple, pd.DataFrame]
    reference: str


def settings(store: Store, reference: str = REFERENCE) -> tuple[list[Setting], int]:
    """Tables of the newest code version, and the number of other results, which are left out.

    The one with the newest result first, but heads that score what another one has trained after all that were trained
    themselves.

    Raises:
        UserError: no result of the reference method, unless it is the usual one.
    """
    from d2st.errors import UserError

    records = sorted(store.records(), key=lambda record: record["where"]["date"])
    if not records:
        return [], 0
    code = records[-1]["where"]["code"]
    current = [record for record in records if record["where"]["code"] == code]
    methods = style.order(record["asked"]["method"] for record in current)
    if reference not in (REFERENCE, *methods):
        raise UserError(
            f"no result of the reference '{reference}' in {store.root}; there are {', '.join(methods)}"
        )
    groups: dict[tuple, list[Record]] = {}
    for record in current:
        groups.setdefault(_asked(record, SETTING), []).append(record)
    newest = sorted(groups.values(), key=lambda group: group[-1]["where"]["date"])[::-1]
    newest.sort(key=lambda group: "trained_with" in group[-1]["asked"])
    found = [_setting(store, group, reference) for group in newest]
    return found, len(records) - sum(len(setting.records) for setting in found)


def _setting(store: Store, records: list[Record], reference: str) -> Setting:
    asked = records[-1]["asked"]
    title = (
        f"{asked['way']}-way, {asked['queries']} {'query' if asked['queries'] == 1 else 'queries'} a class, "
        f"{asked['episodes']:,} test episodes; {_budgets(records)} training episodes; "
        f"{asked['device']}, {asked['threads']} thread{'s' * (asked['threads'] != 1)} a job; profile {asked['profile']}"
    )
    same = _as_the_newest(records, ("dataset", "shot"), lambda r: r["where"]["manifest"])
    same = _as_the_newest(same, ("dataset",), _schedule)
    same = _as_the_newest(same, ("trunk", "method", "head", "dataset"), _tuning)
    newest = list({(*_key(record), record["asked"]["seed"]): record for record in same}.values())
    done = [r for r in newest if r["happened"]["status"] == "ok"]
    tables = {r["asked"]["cell"]: load(store, r) for r in done}
    designs = {record["where"]["manifest"]: design(store, record) for record in _firsts(done)}
    groups: dict[tuple, list[Record]] = {}
    for record in newest:
        groups.setdefault(_key(record), []).append(record)
    trunks, methods, _, datasets, _ = zip(*groups)
    order = style.trunks(trunks), style.order(methods), style.datasets(datasets)

    def place(key: tuple) -> tuple:
        trunk, method, head, dataset, shot = key
        return order[0].index(trunk), head, order[2].index(dataset), shot, order[1].index(method)

    keys = sorted(groups, key=place)
    rows = pd.DataFrame([row(key, groups[key], tables, designs) for key in keys])
    rows["rank"] = None
    pairs = {}
    for column, family in rows.groupby(list(COLUMN)):
        one = {m: done_of(groups[column[0], m, *column[1:]]) for m in family.method[family.status == "ok"]}
        pairs[column] = pairing.differences(one, tables)
        pairing.fill_in(rows, family, pairs[column], reference)
    return Setting(title, 100 / asked["way"], rows, newest, tables, pairs, reference)


def _as_the_newest(
    records: list[Record], names: tuple[str, ...], value: Callable[[Record], Any]
) -> list[Record]:
    """Those of ``records`` (the newest last) whose ``value`` is that of the newest with the same ``names``."""
    newest = {_asked(record, names): value(record) for record in records}
    return [record for record in records if value(record) == newest[_asked(record, names)]]


def _schedule(record: Record) -> dict[str, Any]:
    """How it was trained and tested, but for the shots, which each cell has its own of."""
    schedule = record["asked"]["config"].get("schedule", {})
    return {key: value for key, value in schedule.items() if key != "test_shots"}


def _tuning(record: Record) -> tuple[Any, Any]:
    """Arguments and rate of the method as they were in use, however its fragment put them."""
    identity = record["asked"]["identity"]
    return identity.get("model", {}).get("backbone", {}).get("adaptation"), identity.get("optimizer")


def _budgets(records: list[Record]) -> str:
    """``1,200``, or ``1,200 (motion), 200 (appearance)``."""
    found = {r["asked"]["dataset"]: r["asked"]["train_episodes"] for r in records}
    if len(set(found.values())) == 1:
        return f"{records[0]['asked']['train_episodes']:,}"
    return ", ".join(f"{found[name]:,} ({name})" for name in style.datasets(found))


def _key(record: Record) -> tuple:
    return _asked(record, ROW)


def _asked(record: Record, names: Iterable[str]) -> tuple:
    return tuple(record["asked"][name] for name in names)


def _firsts(records: Iterable[Record]) -> Iterable[Record]:
    """One record of each manifest."""
    return {record["where"]["manifest"]: record for record in records}.values()


def pairwise(setting: Setting, trunk: str, head: str, dataset: str, shot: int) -> pd.DataFrame:
    """Every pair of methods once: ``method, reference, difference, half`` (points, clustered by class), ``by_seed, p, p_holm``.

    ``p_holm`` is corrected over all pairs of this table, ``rank`` in the rows rests on ``p``.
    """
    return setting.pairs.get((trunk, head, dataset, shot), pairing.differences({}, {}))


def per_class(setting: Setting, trunk: str, head: str, dataset: str, shot: int) -> pd.DataFrame:
    """``method, class, accuracy, half, queries``: in per cent; ``half`` is clustered by query video within the class."""
    found = []
    for method, done in by_method(setting, (trunk, head, dataset, shot)).items():
        table = setting.tables[done[0]["asked"]["cell"]]
        table = table[["class", "query_video"]].assign(value=pairing.joined(done, setting.tables))
        for name, part in table.groupby("class", observed=True):
            one = stats.by_cluster(part.value, part.query_video.cat.codes)
            found.append((method, name, 100 * one.mean, 100 * one.half, len(part)))
    return pd.DataFrame(found, columns=["method", "class", "accuracy", "half", "queries"])


def confusions(
    setting: Setting, trunk: str, head: str, dataset: str, shot: int, top: int = 10
) -> pd.DataFrame:
    """``method, class, predicted, share``: the ``top`` largest shares (0..1) of a class's queries taken for another."""
    found = []
    for method, done in by_method(setting, (trunk, head, dataset, shot)).items():
        table = pd.concat(
            [setting.tables[r["asked"]["cell"]][["class", "predicted"]].astype(str) for r in done]
        )
        share = table.value_counts() / table["class"].value_counts()
        worst = share.rename("share").reset_index().query("`class` != predicted")
        found.append(
            worst.sort_values(["share", "class", "predicted"], ascending=[False, True, True]).head(top)
        )
        found[-1].insert(0, "method", method)
    names = ["method", "class", "predicted", "share"]
    return pd.concat(found, ignore_index=True)[names] if found else pd.DataFrame(columns=names)


def by_method(setting: Setting, column: tuple) -> dict[str, list[Record]]:
    """The finished records of one column by method, in the usual order."""
    groups: dict[str, list[Record]] = {}
    for record in done_of(setting.records):
        if _asked(record, COLUMN) == column:
            groups.setdefault(record["asked"]["method"], []).append(record)
    return {method: groups[method] for method in style.order(groups)}
