"""What the embedded benchmark is meant to show, and whether a run shows it: ``python benchmark/criteria.py RUN``.

On ``motion`` single frames must not do and the order of frames must matter, on ``appearance`` the reverse, and methods must be
told apart. All on the test classes, 1-shot, with Bi-MHM, the mean over seeds. Below that, what a method reads of
``motion``: which change it sees (single frames may tell), and in which order, given the change (they do not), beside what
drawing lots among the episode's classes of that change would get right.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import numpy as np
import pandas as pd

from benchmark import style, tables
from benchmark.ablation import PARTS, WHOLE
from benchmark.command import Parser, fail, one_sentence, write_option
from benchmark.comparisons import LEVEL
from benchmark.marks import made_by, tell
from benchmark.pairing import over_trainings
from benchmark.reading import of_one_sign, reading
from benchmark.store import Store
from benchmark.summary import REFERENCE, Setting, settings
from d2st.errors import UserError

#: methods that add modules to a trunk which stays as it is
ADAPTERS = (WHOLE, *PARTS, "aim", "st_adapter", "dualpath", "lora")
#: of these, those that cannot know the order, and behind which trunks: each frame is encoded alone, without a place in time
#: (the tuned temporal embedding is a ViT's)
BLIND = {"lora": ("vit", "resnet"), "bottleneck": ("resnet",)}
HEAD = "bimhm"
Line = tuple[str, str, bool]


def _lost(rows: pd.DataFrame) -> str:
    told = (
        f"{style.title(r['method'])} {tables.points(r['drop_shuffled'])} ± {tables.points(r['half_drop_shuffled'])}"
        for _, r in rows.iterrows()
    )
    return ", ".join(told) or "none"


def _part(setting: Setting, trunk: str, dataset: str) -> tuple[pd.DataFrame, pd.Series]:
    """The adapters' rows and that of the frozen trunk, 1-shot."""
    rows = setting.rows[setting.rows.status == "ok"]
    asked = {"trunk": trunk, "head": HEAD, "dataset": dataset, "shot": 1}
    rows = rows[(rows[list(asked)] == pd.Series(asked)).all(axis=1)]
    if REFERENCE not in set(rows.method):
        raise UserError(
            f"no result of the frozen trunk on {dataset} with {trunk}: run_all.py --methods {REFERENCE}"
        )
    return rows[rows.method.isin(ADAPTERS)], rows[rows.method == REFERENCE].iloc[0]


def motion(setting: Setting, trunk: str) -> Iterator[Line]:
    """Asked, found, met; of the frozen trunk alone what is asked of that."""
    adapters, frozen = _part(setting, trunk, "motion")
    yield "frozen trunk at most 45 %", tables.points(frozen.accuracy), frozen.accuracy <= 45
    if adapters.empty:
        return
    best = adapters.loc[adapters.accuracy.idxmax()]
    told = f"{style.title(best['method'])} {tables.points(best['difference'], '+')} ± {tables.points(best['half_difference'])}"
    met = best["difference"] >= 20 and best["difference"] - best["half_difference"] > 0
    yield "best adapter 20 points above it, interval clear of 0", told, bool(met)
    blind = np.array([style.family(trunk) in BLIND.get(name, ()) for name in adapters.method])
    seeing = adapters[~blind]
    fewer, more = seeing[seeing.drop_shuffled < 15], seeing[seeing.drop_shuffled >= 15]
    text = f"do: {_lost(more)}; do not: {_lost(fewer)}"
    if blind.any():
        text += f"; cannot, as they encode each frame alone: {_lost(adapters[blind])}"
    yield "with shuffled frames the adapters lose 15 points", text, fewer.empty
    place = trunk, HEAD, "motion", 1
    pairs = setting.pairs[place]
    among = pairs[pairs.method.isin(ADAPTERS) & pairs.reference.isin(ADAPTERS)]
    apart = among[among.p_holm < LEVEL]
    trainings = [one for one in map(over_trainings, apart.by_seed) if one is not None]
    told = f"{len(apart)} of {len(among)}"
    if trainings:
        clear = sum(abs(one.mean) > one.half for one in trainings)
        told += f"; of the {len(trainings)} with three seeds or more, {clear} clear of 0 over trainings too"
    alike = of_one_sign(setting, place, zip(apart.method, apart.reference, strict=True))
    if len(apart) and alike is not None:
        told += f"; {alike} of one sign in every change"
    yield "at least 2 pairs of adapters with corrected p < 0.05", told, len(apart) >= 2


def appearance(setting: Setting, trunk: str) -> Iterator[Line]:
    """As :func:`motion`."""
    adapters, frozen = _part(setting, trunk, "appearance")
    yield "frozen trunk at least 60 %", tables.points(frozen.accuracy), frozen.accuracy >= 60
    if adapters.empty:
        return
    worst = adapters.loc[adapters.difference.idxmin()]
    told = f"lowest: {style.title(worst['method'])} {tables.points(worst['difference'], '+')}"
    yield "no adapter more than 3 points below it", told, bool(worst["difference"] >= -3)
    lost = adapters.loc[adapters.drop_shuffled.idxmax()]
    told = f"most: {style.title(lost['method'])} {tables.points(lost['drop_shuffled'])}"
    yield "shuffled frames cost at most 3 points", told, bool(lost["drop_shuffled"] <= 3)


def document(setting: Setting) -> list[str]:
    """Both tables of every trunk as Markdown."""
    lines = []
    for trunk in dict.fromkeys(setting.rows.trunk[setting.rows["head"] == HEAD]):
        rows: list[list[str]] = []
        for dataset, told in (("motion", motion), ("appearance", appearance)):
            if (trunk, HEAD, dataset, 1) in setting.pairs:
                rows += [
                    [dataset, asked, found, "met" if met else "**not met**"]
                    for asked, found, met in told(setting, trunk)
                ]
        header = [f"`{trunk}`", "asked", "found", ""]
        lines += [_left(header, rows), ""]
        if any(row[0] == "motion" for row in rows):
            frame = reading(setting, (trunk, HEAD, "motion", 1))
            body: list[list[Any]] = [
                [style.title(str(name)), *(f"{value:.1f}" for value in row)]
                for name, row in zip(frame.index, np.asarray(frame))
            ]
            lines += [tables.markdown([f"`{trunk}`, `motion` (%)", *frame.columns], body), ""]
    return lines


def _left(header: list[str], rows: list[list[str]]) -> str:
    return tables.markdown(header, rows).replace("---:", "---")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; see ``--help``."""
    parser = Parser("criteria.py", __doc__)
    parser.add_argument(
        "run",
        type=Path,
        metavar="RUN",
        help="folder of a run with Bi-MHM, the frozen trunk among its methods",
    )
    write_option(parser, "criteria", "docs/embedded.md")
    asked = parser.parse_args(arguments)
    with one_sentence("nothing was written"):
        found, _ = settings(Store(asked.run))
        if not found or not found[0].rows.embedded.all():
            fail(
                f"no results of the embedded benchmark in {asked.run}; python benchmark/run_all.py makes some"
            )
        setting = next((one for one in found if HEAD in set(one.rows["head"])), None)
        if setting is None:
            fail(
                f"no results of Bi-MHM in {asked.run}, which the criteria are about: run_all.py --heads {HEAD}"
            )
        seeds = setting.rows.seeds[setting.rows["head"] == HEAD]
        lines = [
            *document(setting),
            f"{setting.title}; seeds a method: {tables.span(seeds)}. {made_by('criteria.py', asked.run)}",
        ]
        tell(lines, asked.write, "criteria")
    return 0


if __name__ == "__main__":
    sys.exit(main())
