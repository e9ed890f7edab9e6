"""Which plots a report has: for every trunk and head of a setting, and for all of them; written under ``plots/``."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from benchmark import style, summary
from benchmark.canvas import Drawn
from benchmark.rows import columns_of, smallest_shots
from benchmark.summary import Setting


class Group(NamedTuple):
    """The plots of one trunk with one head, by section of the page."""

    trunk: str
    head: str
    sections: dict[str, list[Drawn]]


def curves(setting: Setting, trunk: str, head: str) -> pd.DataFrame:
    """The course of every training with this head: columns ``dataset, method, seed, episode, accuracy, loss``.

    Empty if none was stored, or another head has trained: then the course stands with that one.
    """
    seen: dict[str, pd.DataFrame] = {}
    for record in setting.records:
        asked, curve = record["asked"], record["happened"].get("curve")
        if (
            "trained_with" not in asked
            and curve
            and curve.get("episode")
            and (asked["trunk"], asked["head"]) == (trunk, head)
        ):
            of = {name: asked[name] for name in ("dataset", "method", "seed")}
            seen[asked["job"]] = pd.DataFrame(curve).assign(**of)
    return pd.concat(seen.values(), ignore_index=True) if seen else pd.DataFrame()


def _note(setting: Setting, part: pd.DataFrame, trunk: str, head: str) -> str:
    titles = "; ".join(dict.fromkeys(part.data))
    return f"{titles}\n{trunk}, {style.title(head)}; {setting.title.split('; profile')[0]}"


def _group(
    setting: Setting, rows: pd.DataFrame, folder: Path, tag: str, published: pd.DataFrame | None
) -> dict[str, list[Drawn]]:
    from benchmark import comparisons, courses, plots

    trunk, head, chance = rows.trunk.iloc[0], rows["head"].iloc[0], setting.chance
    note, columns = _note(setting, rows, trunk, head), columns_of(rows)
    found: dict[str, list[Drawn]] = {
        name: [] for name in ("accuracy", "pairs", "order", "classes", "training")
    }
    if published is not None:  # all of 5-way; those of the trunk's kind
        kind = {"resnet": "ResNet", "vit": "ViT"}[style.family(trunk)]
        published = published[published.backbone.str.contains(kind) & (chance == 20)]
    found["accuracy"] = [
        plots.accuracies(rows, chance, note, folder / f"accuracies{tag}", published),
        plots.by_parameters(rows, chance, note, folder / f"by_parameters{tag}"),
    ]
    if rows.filter(regex="^drop_").notna().any(axis=None):
        found["order"] = [comparisons.order(rows, note, folder / f"order{tag}")]
    course = curves(setting, trunk, head)
    if len(course):
        found["training"] = [courses.training(course, chance, note, folder / f"training{tag}")]
    for dataset, shot in columns:
        where, what = (trunk, head, dataset, shot), f"{dataset}, {shot}-shot"
        differences = summary.pairwise(setting, *where)
        if len(differences):
            path = folder / f"pairs{tag}-{dataset}-{shot}shot"
            found["pairs"].append(comparisons.pairs(differences, what, note, path))
    for dataset, shot in smallest_shots(columns):
        one = summary.per_class(setting, trunk, head, dataset, shot)
        path, what = folder / f"classes{tag}-{dataset}-{shot}shot", f"{dataset}, {shot}-shot"
        found["classes"].append(comparisons.classes(one, chance, what, note, path))
    return found


def draw(
    setting: Setting, folder: Path, tag: str = "", published: pd.DataFrame | None = None
) -> tuple[list[Drawn], list[Group]]:
    """Write the plots of one setting; ``tag`` is part of every name. The first are those of all trunks and heads."""
    from benchmark import plots

    rows = setting.rows[setting.rows.status == "ok"]
    parts = list(rows.groupby(["trunk", "head"], sort=False))
    groups, shared = [], []
    for (trunk, head), part in parts:
        own = f"{tag}-{trunk}-{head}" if len(parts) > 1 else tag
        groups.append(Group(trunk, head, _group(setting, part, folder, own, published)))
    if len(parts) > 1:
        shared.append(plots.groups(rows, setting.title, folder / f"groups{tag}"))
    return shared, groups
