"""Rows of a table: what the records and per-query tables of one method, trunk, head, dataset and shot come to; its columns."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from benchmark import pairing, stats, style
from benchmark.machine import processor
from benchmark.options import ORDERS
from benchmark.store import Record, Store
from benchmark.video_error import Videos

ROW = ("trunk", "method", "head", "dataset", "shot")
NUMBERS: tuple[str, ...] = (
    *("accuracy", "half_episodes", "half_videos", "half_classes", "seed_sd"),
    *(f"{half}drop_{order}" for order in ORDERS for half in ("", "half_")),
    *(
        "tunable_parameters",
        "total_parameters",
        "checkpoint_bytes",
        "train_seconds",
        "encode_clips_per_second",
    ),
    *("difference", "half_difference", "p", "p_holm"),
)


def columns_of(rows: pd.DataFrame) -> list[tuple[str, int]]:
    """Dataset and shot of every column of a table."""
    shots = {name: sorted(rows.shot[rows.dataset == name].unique()) for name in style.datasets(rows.dataset)}
    return [(name, shot) for name, found in shots.items() for shot in found]


def smallest_shots(columns: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Every dataset with its smallest shot, where classes are furthest apart."""
    return list({dataset: (dataset, shot) for dataset, shot in reversed(columns)}.values())[::-1]


def load(store: Store, record: Record) -> pd.DataFrame:
    """The per-query table without the support, in one order for all methods."""
    measured = [f"correct_{order}" for order in ORDERS if f"accuracy_{order}" in record["happened"]]
    names = ["episode", "query_video", "class", "predicted", "correct", *measured]
    table = store.table(record["asked"]["cell"], names)
    table = table.sort_values(["episode", "query_video"], ignore_index=True)
    return table.astype(dict.fromkeys(("query_video", "class", "predicted"), "category"))


def design(store: Store, record: Record) -> Videos:
    """The episodes that the record was measured on."""
    table = store.table(record["asked"]["cell"], ["episode", "query_video", "support_videos", "class"])
    table = table.sort_values(["episode", "query_video"], ignore_index=True)
    support = np.stack(table["support_videos"].to_numpy())
    names = pd.factorize(np.concatenate([table["query_video"].to_numpy(object), support.reshape(-1)]))[0]
    classes = pd.factorize(table["class"])[0]
    return Videos(table["episode"], classes, names[: len(table)], names[len(table) :].reshape(support.shape))


def done_of(group: Iterable[Record]) -> list[Record]:
    """Those that did not fail."""
    return [record for record in group if record["happened"]["status"] == "ok"]


def row(
    key: tuple, group: Sequence[Record], tables: dict[str, pd.DataFrame], designs: dict[str, Videos]
) -> dict[str, Any]:
    """One row: accuracies and half widths in per cent, times in seconds; NaN where nothing is known."""
    done = sorted(done_of(group), key=lambda record: record["asked"]["seed"])
    base = {
        **dict(zip(ROW, key, strict=True)),
        "seeds": len(done),
        "failed": len(group) - len(done),
        "by_seed": "-",
        "accuracies": (),
    }
    base |= dict.fromkeys(NUMBERS, float("nan")) | {
        "data": group[0]["where"]["data"],
        "embedded": group[0]["where"]["embedded"],
    }
    if not done:
        return {**base, "status": "failed"}
    table, values = tables[done[0]["asked"]["cell"]], pairing.joined(done, tables)
    classes = table["class"].cat.codes
    episodes = stats.by_episode(values, table["episode"])
    happened = [record["happened"] for record in done]
    base |= {
        "status": "ok",
        "accuracy": 100 * episodes.mean,
        "half_episodes": 100 * episodes.half,
        "half_videos": 100 * designs[done[0]["where"]["manifest"]].estimate(values).half,
        "half_classes": 100 * stats.by_class(values, table["episode"], classes).half,
        "accuracies": tuple(round(float(h["accuracy"]), 2) for h in happened),  # of each seed
        "seed_sd": stats.spread([h["accuracy"] for h in happened]),
        "tunable_parameters": happened[0]["tunable_parameters"],
        "total_parameters": happened[0]["total_parameters"],
        "checkpoint_bytes": happened[0]["checkpoint_bytes"],
        "train_seconds": float(np.mean([h["train_seconds"] for h in happened])),
        "encode_clips_per_second": float(np.mean([h["encode_clips_per_second"] for h in happened])),
    }
    if len({processor(r["where"]) for r in done}) > 1:  # no mean of different machines
        base |= dict.fromkeys(("train_seconds", "encode_clips_per_second"), float("nan"))
    for order in ORDERS:
        if all(f"accuracy_{order}" in h for h in happened):
            lost = values - pairing.joined(done, tables, f"correct_{order}")
            drop = stats.by_cluster(lost, classes)
            base |= {f"drop_{order}": 100 * drop.mean, f"half_drop_{order}": 100 * drop.half}
    return base
