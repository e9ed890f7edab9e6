"""What the head decides: one adapted trunk behind every head of a run, on the same episodes: ``python benchmark/by_head.py RUN``.

The other tables of a report hold heads apart that were trained in different ways (``--train-head``). Here a method's results
under all of them stand in one line, and Kendall's tau says how alike two heads order the methods.
"""

import math
import sys
from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import pandas as pd

from benchmark import style, tables
from benchmark.block import of_settings, run_block
from benchmark.cells import Cell, Line, Sheet, number
from benchmark.distances import tau
from benchmark.rows import columns_of
from benchmark.summary import Setting

TOLD = (
    "Mean accuracy over seeds; in brackets the rank under that head, shared by what the paired test (p uncorrected) does "
    "not tell from the best of them. Lost: points of accuracy lost when all test frames are shuffled, measured with heads "
    "that were trained themselves. Kendall's tau is 1 where two heads order the methods alike, 0 where the one says nothing "
    "of the other, -1 in reverse. Heads that train the trunk differ in what they make of it, not in matching alone."
)


class Block(NamedTuple):
    """Results of one trunk on one dataset that were tested on the same episodes, by method, head and shot.

    ``protocol`` says what they share: ``5-way, 4,000 test episodes, profile full``.
    """

    trunk: str
    dataset: str
    protocol: str
    rows: pd.DataFrame

    @property
    def heads(self) -> list[str]:
        """In the order of the suite."""
        return style.heads(self.rows["head"])

    @property
    def title(self) -> str:
        """Trunk, dataset, protocol and the seeds of each head, a span where methods differ: ``TRX 1 to 3``."""
        seeds = self.rows.groupby("head").seeds.agg(tables.span)
        told = ", ".join(f"{style.title(head)} {seeds[head]}" for head in self.heads)
        return f"{self.trunk}, {self.dataset}: {self.protocol}; seeds: {told}"

    def fewest(self, heads: Iterable[str]) -> int | None:
        """The fewest shots that all of ``heads`` were tested at, where there are such."""
        shots = [set(self.rows.shot[self.rows["head"] == head]) for head in heads]
        return min(set.intersection(*shots), default=None)


def blocks(found: Iterable[Setting]) -> list[Block]:
    """One a trunk, dataset and protocol with two heads or more.

    Of a head that several settings have (another device, trained by itself and by another head) the first setting counts, of
    results on other episodes those that were tested as the first ones.
    """
    parts = []
    for place, setting in enumerate(found):
        manifests = {
            (r["asked"]["dataset"], r["asked"]["shot"]): r["where"]["manifest"] for r in setting.records
        }
        asked = setting.records[-1]["asked"]
        profile = asked["profile"].split(", trained with ")[0]
        queries = f", {asked['queries']} queries a class" if asked["queries"] > 1 else ""
        protocol = f"{asked['way']}-way{queries}, {asked['episodes']:,} test episodes, profile {profile}"
        rows = setting.rows[setting.rows.status == "ok"]
        tested = [manifests[where] for where in zip(rows.dataset, rows.shot)]
        parts.append(rows.assign(place=place, protocol=protocol, manifest=tested))
    if not parts:
        return []
    rows, one = pd.concat(parts, ignore_index=True), ["protocol", "trunk", "dataset"]
    rows = rows[rows.place == rows.groupby([*one, "head"]).place.transform("min")]
    rows = rows[rows.manifest == rows.groupby([*one, "shot"]).manifest.transform("first")]
    made = [
        Block(trunk, dataset, protocol, part)
        for (protocol, trunk, dataset), part in rows.groupby(one, sort=False)
        if part["head"].nunique() > 1
    ]
    trunks, datasets = style.trunks(rows.trunk), style.datasets(rows.dataset)
    return sorted(made, key=lambda block: (trunks.index(block.trunk), datasets.index(block.dataset)))


def sheet(block: Block) -> Sheet:
    """A line a method: accuracy under every head and shot, and what is lost without order."""
    pairs = set(block.rows[["head", "shot"]].itertuples(index=False, name=None))
    columns = [
        (head, shot) for head in block.heads for _, shot in columns_of(block.rows) if (head, shot) in pairs
    ]
    lost = [(head, block.fewest([head])) for head in block.heads]
    lost = [where for where in lost if _at(block.rows, *where).drop_shuffled.notna().any()]
    header = [("method", "")]
    header += [(f"{style.title(head)} {_shots(shot)} (%)", "") for head, shot in columns]
    header += [(f"{style.title(head)} {_shots(shot)}: lost shuffled (points)", "") for head, shot in lost]
    lines = []
    for place, method in enumerate(style.order(block.rows.method)):
        mine = block.rows[block.rows.method == method].set_index(["head", "shot"])
        cells = [Cell(style.title(method), place)]
        cells += [_accuracy(mine.loc[where] if where in mine.index else None) for where in columns]
        cells += [number(mine.drop_shuffled.get(where, float("nan"))) for where in lost]
        lines.append(Line(method, cells))
    return Sheet(header, lines)


def _at(rows: pd.DataFrame, head: str, shot: int | None) -> pd.DataFrame:
    return rows[(rows["head"] == head) & (rows.shot == shot)]


def _shots(shot: int | None) -> str:
    return f"{shot}\N{NON-BREAKING HYPHEN}shot"


def _accuracy(row: pd.Series | None) -> Cell:
    if row is None:
        return Cell("-")
    rank = f"[{row['rank']}]" if row["rank"] else ""
    return number(row.accuracy)._replace(note=rank, share=row.accuracy / 100)


def agreement(block: Block) -> str:
    """How alike every two heads order the methods that both have, at the fewest shots; ``""`` where no two share three."""
    told = []
    for pair in combinations(block.heads, 2):
        shot = block.fewest(pair)
        one, other = (_at(block.rows, head, shot).set_index("method").accuracy for head in pair)
        alike = tau(one, other)
        if alike is not None and math.isfinite(alike):
            told.append(f"{' and '.join(map(style.title, pair))} {alike:.2f} ({_shots(shot)})")
    return f"Kendall's tau: {', '.join(told)}." if told else ""


def document(found: Iterable[Setting]) -> list[str]:
    """The lines of every block in Markdown; none where no trunk was tested with two heads."""
    lines = []
    for block in blocks(found):
        made = sheet(block)
        body = [[f"{cell.text} {cell.note}".strip() for cell in line.cells] for line in made.lines]
        lines += [f"**{block.title}**", "", tables.markdown([label for label, _ in made.header], body), ""]
        told = agreement(block)
        lines += [told, ""] if told else []
    return [*lines, TOLD] if lines else []


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; see ``--help``."""
    needs = "folder of a run with two heads or more"
    nothing = (
        "no trunk in {run} was tested with two heads on the same episodes: run_all.py --heads bimhm otam"
    )
    return run_block("by_head.py", __doc__, "heads", needs, of_settings(document), nothing, arguments)


if __name__ == "__main__":
    sys.exit(main())
