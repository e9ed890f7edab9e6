"""Programs that tell one block of a page from the results of a run: ``python benchmark/PROGRAM RUN [--write PAGE]``."""

from collections.abc import Callable, Sequence
from pathlib import Path

from benchmark.command import Parser, fail, one_sentence, write_option
from benchmark.marks import made_by, tell
from benchmark.store import Store
from benchmark.summary import Setting, settings

Document = Callable[[Store], list[str]]


def of_settings(document: Callable[[Sequence[Setting]], list[str]]) -> Document:
    """A document that is told of a run's settings, as :func:`run_block` takes it."""
    return lambda store: document(settings(store)[0])


def run_block(
    program: str,
    about: str | None,
    mark: str,
    needs: str,
    document: Document,
    nothing: str,
    arguments: Sequence[str] | None,
) -> int:
    """The whole of such a program, whose block of docs/embedded.md is ``mark``.

    Args:
        needs: what RUN has to be, for ``--help``.
        document: the lines of the block; none where the run has nothing for it, which is wrong input.
        nothing: the sentence about that, with a place for ``{run}``.
    """
    parser = Parser(program, about)
    parser.add_argument("run", type=Path, metavar="RUN", help=needs)
    write_option(parser, mark, "docs/embedded.md")
    asked = parser.parse_args(arguments)
    with one_sentence("nothing was written"):
        lines = document(Store(asked.run))
        if not lines:
            fail(nothing.format(run=asked.run))
        tell([*lines, "", made_by(program, asked.run)], asked.write, mark)
    return 0
