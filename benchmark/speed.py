"""What every method costs on one trunk, measured side by side: ``python benchmark/speed.py --trunk NAME --methods all``."""

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmark.command import one_sentence, writable
from benchmark.speed_options import parse
from benchmark.variables import threads_of


def run(asked: argparse.Namespace) -> int:
    """Measure alone on the machine, store after every round, print."""
    from benchmark import cost_request, turn
    from benchmark.cost import Measurement
    from benchmark.cost_progress import Shown
    from benchmark.identity import code_version
    from benchmark.store import write_json

    request, left_out = cost_request.settle(asked)
    for line in left_out:
        print(line)
    writable(asked.output.parent)
    kept: list[dict[str, Any]] = []

    def keep(item: dict[str, Any]) -> None:
        kept.append(item | {"command": shlex.join(["python", "benchmark/speed.py", *sys.argv[1:]])})
        write_json(asked.output, kept[-1])

    try:
        with turn.alone(), Shown() as tell:
            Measurement(request, code_version(), tell).run(keep)
    except KeyboardInterrupt:
        rounds = (
            f"{kept[-1]['rounds']} complete rounds are in {asked.output}" if kept else "nothing is stored"
        )
        print(f"\ninterrupted: {rounds}", file=sys.stderr)
        return 130
    show(kept[-1], asked.write)
    print(f"written: {asked.output}")
    return 0


def show(item: dict[str, Any], page: Path | None, more: Sequence[str] = ()) -> None:
    """Print the tables, and write them into ``page``."""
    from benchmark import cost_document, cost_table
    from benchmark.marks import write_between
    from benchmark.tables import show as table

    title = f"{cost_table.setting(item)}; {cost_table.machine(item)}; {item['rounds']} rounds; (x): ratio to the frozen trunk"
    table(*cost_table.inference_table(item), title=title)
    table(
        *cost_table.training_table(item), title="Training step; (x): ratio to the frozen trunk's forward pass"
    )
    for line in cost_document.notes(item):
        print(line)
    if page is not None:
        command = [f"Made by `{item['command']}`."] if "command" in item else []
        write_between(page, "cost", cost_document.document(item, [*more, *command]))


def stored(path: Path) -> dict[str, Any]:
    """A stored measurement. Raises ``UserError`` where the file is none."""
    from benchmark.store import read_json
    from d2st.errors import UserError

    item = read_json(path)
    if not isinstance(item, dict) or not {"figures", "where", "note", "trunk", "batch"} <= set(item):
        raise UserError(f"{path} is not a result of speed.py")
    return item


def compare(asked: argparse.Namespace) -> int:
    """``--compare``: exit code 1 where a ratio differs by more than the tolerance."""
    from benchmark import cost_compare
    from benchmark.tables import show as table

    one, other = map(stored, asked.compare)
    found = cost_compare.compare(one, other)
    sentence = cost_compare.verdict(found, one, other, asked.tolerance)
    table(
        *cost_compare.table(found), title="Difference of the ratios to the frozen trunk, second minus first"
    )
    print(sentence)
    if asked.write is not None:
        show(one, asked.write, [sentence])
    return int((found.difference.abs() > asked.tolerance).any())


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; see ``--help``."""
    asked = parse(arguments)
    os.environ.update(threads_of(asked.threads))
    with one_sentence("nothing is stored"):
        if asked.compare:
            return compare(asked)
        if asked.show:
            show(stored(asked.show), asked.write)
            return 0
        return run(asked)


if __name__ == "__main__":
    sys.exit(main())
