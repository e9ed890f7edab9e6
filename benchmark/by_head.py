"""What the head decides: one adapted trunk behind every head of a run, on the same episodes: ``python benchmark/by_head.py RUN``.

The other tables of a report hold heads apart that were trained in different ways (``--train-head``). Here a method's results
under all of them stand in one line, and Kendall's tau says how alike two heads order the methods.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import pandas as pd
from scipy.stats import kendalltau

from benchmark import style, tables
from benchmark.cells import Cell, Line, Sheet, number
from benchmark.command import Parser, fail, one_sentence, write_option
from benchmark.marks import write_between
from benchmark.rows import columns_of
from benchmark.store import Store
from benchmark.summary import Setting, settings

TOLD = (
    "Mean accuracy over seeds; in brackets the rank under that head, shared by what the paired test does not tell from the best "
    "of them. Lost: points of accuracy lost when all test frames are shuffled, measured with heads that were trained "
    "themselves. Kendall's tau is 1 where two heads order the methods alike, 0 where the one says nothing of the other, -1 in "
    "reverse. Heads that train the trunk differ in what they make of it, not in matching alone."
)


class Block(NamedTuple):
    """Results of one trunk on one dataset that were tested on the same episodes, by method, head and shot."""

    trunk: str
    dataset: str
    rows: pd.DataFrame

    @property
    def heads(self) -> list[str]:
        """In the order of the suite."""
        return style.heads(self.rows["head"])

    @property
    def title(self) -> str:
        """``vit_mini, motion: trainings a method with Bi-MHM 3, TRX 1``; a span where methods differ."""
        spans = []
        for head in self.heads:
            seeds = self.rows.seeds[self.rows["head"] == head]
            span = f"{seeds.min()}" if seeds.min() == seeds.max() else f"{seeds.min()} to {seeds.max()}"
            spans.append(f"{style.title(head)} {span}")
        return f"{self.trunk}, {self.dataset}; seeds: {', '.join(spans)}"


def blocks(found: Iterable[Setting]) -> list[Block]:
    """One a trunk and dataset with two heads or more; what was tested on other episodes, or in another profile, stands apart."""
    parts = []
    for setting in found:
        asked = {(r["asked"]["dataset"], r["asked"]["shot"]): r["where"]["manifest"] for r in setting.records}
        profile = setting.records[-1]["asked"]["profile"].split(", trained with ")[0]
        rows = setting.rows[setting.rows.status == "ok"]
        episodes = [asked[where] for where in zip(rows.dataset, rows.shot)]
        parts.append(rows.assign(episodes=episodes, profile=profile))
    rows = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    if not len(rows):
        return []
    newest = rows.groupby(["profile", "dataset", "shot"]).episodes.transform("first")
    rows = rows[rows.episodes == newest].drop_duplicates(
        ["profile", "trunk", "method", "head", "dataset", "shot"]
    )
    made = []
    for trunk in style.trunks(rows.trunk):
        for dataset in style.datasets(rows.dataset):
            here = rows[(rows.trunk == trunk) & (rows.dataset == dataset)]
            for _, part in here.groupby("profile", sort=False):
                if part["head"].nunique() > 1:
                    made.append(Block(trunk, dataset, part))
    return made


def sheet(block: Block) -> Sheet:
    """A line a method: accuracy under every head and shot, and what is lost without order."""
    columns = [(head, shot) for head in block.heads for _, shot in columns_of(block.rows)]
    first = columns[0][1]
    lost = [
        head for head in block.heads if block.rows.drop_shuffled[block.rows["head"] == head].notna().any()
    ]
    header = [("method", "")]
    header += [(f"{style.title(head)} {shot}\N{NON-BREAKING HYPHEN}shot (%)", "") for head, shot in columns]
    header += [(f"{style.title(head)}: lost shuffled (points)", f"{first}-shot") for head in lost]
    lines = []
    for method in style.order(block.rows.method):
        mine = block.rows[block.rows.method == method].set_index(["head", "shot"])
        found = [mine.loc[column] if column in mine.index else None for column in columns]
        cells = [Cell(style.title(method), style.order(block.rows.method).index(method))]
        cells += [_accuracy(row) for row in found]
        gone = [mine.drop_shuffled.get((head, first), float("nan")) for head in lost]
        lines.append(Line(method, cells + [number(value) for value in gone]))
    return Sheet(header, lines)


def _accuracy(row: pd.Series | None) -> Cell:
    if row is None:
        return Cell("-")
    return Cell(
        f"{row.accuracy:.1f}",
        float(row.accuracy),
        f"[{row['rank']}]" if row["rank"] else "",
        row.accuracy / 100,
    )


def agreement(block: Block) -> str:
    """How alike every two heads order the methods that both have, at the fewest shots; ``""`` where no two share three."""
    shot = int(block.rows.shot.min())
    rows = block.rows[block.rows.shot == shot]
    wide = rows.pivot_table(index="method", columns="head", values="accuracy")
    told = []
    for one, other in combinations([head for head in block.heads if head in wide], 2):
        both = wide[[one, other]].dropna()
        if len(both) >= 3:
            told.append(
                f"{style.title(one)} and {style.title(other)} {kendalltau(both[one], both[other]).statistic:.2f}"
            )
    return f"Kendall's tau at {shot} shot{'s' * (shot > 1)}: {', '.join(told)}." if told else ""


def document(found: Iterable[Setting]) -> list[str]:
    """The lines of every block in Markdown; none where no trunk was tested with two heads."""
    lines = []
    for block in blocks(found):
        made = sheet(block)
        body = [[f"{cell.text} {cell.note}".strip() for cell in line.cells] for line in made.lines]
        lines += [f"**{block.title}**", "", tables.markdown([label for label, _ in made.header], body), ""]
        lines += [agreement(block), ""] * bool(agreement(block))
    return [*lines, TOLD] if lines else []


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; see ``--help``."""
    parser = Parser(prog="python benchmark/by_head.py", description=__doc__, allow_abbrev=False,
                    formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("run", type=Path, metavar="RUN", help="folder of a run with two heads or more")
    write_option(parser, "heads", "docs/embedded.md")
    asked = parser.parse_args(arguments)
    with one_sentence("nothing was written"):
        lines = document(settings(Store(asked.run))[0])
        if not lines:
            fail(
                f"no trunk in {asked.run} was tested with two heads on the same episodes: run_all.py --heads bimhm otam"
            )
        lines += ["", f"Made by `python benchmark/by_head.py {asked.run}`."]
        print(*lines, sep="\n")
        if asked.write is not None:
            write_between(asked.write, "heads", "\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
