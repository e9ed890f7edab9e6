"""From the store to rows: one a (method, trunk, head, dataset, shot), seeds joined, with every interval and the paired test.

Settings (budget, protocol, device) are kept apart; of code versions, and of the episodes that a dataset and
shot was tested on, only the newest are shown.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from benchmark import stats, style
from benchmark.store import Record, Store

REFERENCE = "frozen"
SETTING: tuple[str, ...] = ("profile", "way", "queries", "episodes", "train_episodes", "device", "threads")
ROW = ("trunk", "method", "head", "dataset", "shot")
NUMBERS: tuple[str, ...] = (
    "accuracy",
    "half_episodes",
    "half_videos",
    "half_classes",
    "seed_sd",
    "tunable_parameters",
    "total_parameters",
)
NUMBERS += (
    "checkpoint_bytes",
    "train_seconds",
    "encode_clips_per_second",
    "difference",
    "half_difference",
    "p",
    "p_holm",
)


class Setting(NamedTuple):
    """What all rows of one table share, and those rows: one dict each, see :func:`row`."""

    title: str
    chance: float
    rows: pd.DataFrame
    records: list[Record]


def settings(store: Store) -> tuple[list[Setting], int]:
    """Tables of the newest code version, the newest first, and the number of results of other versions left out."""
    records = sorted(store.records(), key=lambda record: record["where"]["date"])
    if not records:
        return [], 0
    code = records[-1]["where"]["code"]
    current = [record for record in records if record["where"]["code"] == code]
    groups: dict[tuple, list[Record]] = {}
    for record in current:
        key = tuple(record["asked"][name] for name in SETTING)
        groups.setdefault(key, []).append(record)
    found = [_setting(store, group) for group in reversed(groups.values())]
    return found, len(records) - len(current)


def _setting(store: Store, records: list[Record]) -> Setting:
    asked = records[-1]["asked"]
    title = (
        f"{asked['way']}-way, {asked['queries']} {'query' if asked['queries'] == 1 else 'queries'} a class, "
        f"{asked['episodes']:,} test episodes; {asked['train_episodes']:,} training episodes; "
        f"{asked['device']}, {asked['threads']} thread{'s' * (asked['threads'] != 1)} a job; profile {asked['profile']}"
    )
    latest = {(r["asked"]["dataset"], r["asked"]["shot"]): r["where"]["manifest"] for r in records}
    same = [r for r in records if r["where"]["manifest"] == latest[r["asked"]["dataset"], r["asked"]["shot"]]]
    newest = list({(*_key(record), record["asked"]["seed"]): record for record in same}.values())
    tables = {r["asked"]["cell"]: _load(store, r) for r in newest if r["happened"]["status"] == "ok"}
    groups: dict[tuple, list[Record]] = {}
    for record in newest:
        groups.setdefault(_key(record), []).append(record)
    order = [style.datasets(key[3] for key in groups), style.order(key[1] for key in groups)]
    keys = sorted(
        groups, key=lambda key: (key[0], key[2], order[0].index(key[3]), key[4], order[1].index(key[1]))
    )
    rows = pd.DataFrame([row(key, groups[key], tables) for key in keys])
    _compare(rows, groups, tables)
    return Setting(title, 100 / asked["way"], rows, newest)


def _key(record: Record) -> tuple:
    return tuple(record["asked"][name] for name in ROW)


def _load(store: Store, record: Record) -> pd.DataFrame:
    return store.table(record["asked"]["cell"]).sort_values(["episode", "query_video"], ignore_index=True)


def _joined(group: Iterable[Record], tables: dict[str, pd.DataFrame]) -> np.ndarray:
    """Correctness of each query (r), the mean over training seeds."""
    return np.mean([tables[r["asked"]["cell"]]["correct"].to_numpy(float) for r in group], axis=0)


def row(key: tuple, group: Sequence[Record], tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """One row: accuracies and half widths in per cent, times in seconds; NaN where nothing is known."""
    done = [record for record in group if record["happened"]["status"] == "ok"]
    base = {**dict(zip(ROW, key, strict=True)), "seeds": len(done), "failed": len(group) - len(done)}
    base |= dict.fromkeys(NUMBERS, float("nan")) | {
        "data": group[0]["where"]["data"],
        "embedded": group[0]["where"]["embedded"],
    }
    if not done:
        return {**base, "status": "failed"}
    table, values = tables[done[0]["asked"]["cell"]], _joined(done, tables)
    support = np.stack(table["support_videos"].to_numpy())
    names = pd.factorize(np.concatenate([table["query_video"].to_numpy(object), support.reshape(-1)]))[0]
    videos = stats.by_video(
        values, table["episode"], names[: len(table)], names[len(table) :].reshape(support.shape)
    )
    episodes = stats.by_episode(values, table["episode"])
    happened = [record["happened"] for record in done]
    return {
        **base,
        "status": "ok",
        "accuracy": 100 * episodes.mean,
        "half_episodes": 100 * episodes.half,
        "half_videos": 100 * videos.half,
        "half_classes": 100 * stats.by_cluster(values, table["class"]).half,
        "seed_sd": stats.spread([h["accuracy"] for h in happened]),
        "tunable_parameters": happened[0]["tunable_parameters"],
        "total_parameters": happened[0]["total_parameters"],
        "checkpoint_bytes": happened[0]["checkpoint_bytes"],
        "train_seconds": float(np.mean([h["train_seconds"] for h in happened])),
        "encode_clips_per_second": float(np.mean([h["encode_clips_per_second"] for h in happened])),
    }


def _compare(rows: pd.DataFrame, groups: dict[tuple, list[Record]], tables: dict[str, pd.DataFrame]) -> None:
    """Fill in the paired difference against the reference method, with Holm over the methods of one column."""
    generator = np.random.Generator(np.random.PCG64(0))
    for _, family in rows.groupby(["trunk", "head", "dataset", "shot"]):
        found: dict[str, float] = {}
        reference = _done(
            groups, (family.trunk.iloc[0], REFERENCE, *family.iloc[0][["head", "dataset", "shot"]])
        )
        for index, item in family.iterrows():
            mine = _done(groups, tuple(item[name] for name in ROW))
            if item.method == REFERENCE or not mine or not reference:
                continue
            hashes = (mine[0]["where"]["manifest"], reference[0]["where"]["manifest"])
            classes = tables[mine[0]["asked"]["cell"]]["class"]
            result = stats.paired(
                _joined(mine, tables), _joined(reference, tables), classes, hashes, generator
            )
            rows.loc[index, ["difference", "half_difference", "p"]] = [
                100 * result.difference.mean,
                100 * result.difference.half,
                result.p,
            ]
            found[str(index)] = result.p
        for index, p in stats.holm(found).items():
            rows.loc[int(index), "p_holm"] = p


def _done(groups: dict[tuple, list[Record]], key: tuple) -> list[Record]:
    return [record for record in groups.get(key, []) if record["happened"]["status"] == "ok"]
