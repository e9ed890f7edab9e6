"""What all command lines of the harness share: how they refuse wrong input and how they end. Nothing heavy is imported."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from benchmark.identity import ROOT


def fail(sentence: object) -> NoReturn:
    """Wrong input: one sentence on stderr, exit code 2."""
    print(f"error: {sentence}", file=sys.stderr)
    sys.exit(2)


@contextmanager
def one_sentence(interrupted: str, unwritable: str = "give another place") -> Iterator[None]:
    """How a command line ends: wrong input with one sentence and exit code 2, Ctrl-C with ``interrupted`` and 130.

    Args:
        interrupted: what became of the work; unwritable: what to do where a file cannot be written.
    """
    try:
        yield
    except KeyboardInterrupt:
        print(f"\ninterrupted: {interrupted}", file=sys.stderr)
        sys.exit(130)
    except PermissionError as error:
        fail(f"cannot write '{error.filename}' ({error.strerror}): {unwritable}")
    except ValueError as error:
        from d2st.errors import UserError  # by now it is imported, if it is one

        if not isinstance(error, UserError):
            raise
        fail(error)


def writable(folder: Path) -> None:
    """Make the folder of the results, or say why it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        fail(f"cannot write results to '{folder}' ({error.strerror}): give another --output")


class Parser(argparse.ArgumentParser):
    """Of ``python benchmark/PROGRAM``: takes options by their whole names, keeps the lines of its texts, and ends with one
    sentence and exit code 2 on wrong input."""

    def __init__(self, program: str, description: str | None, epilog: str | None = None) -> None:
        super().__init__(
            prog=f"python benchmark/{program}",
            description=description,
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def error(self, message: str) -> NoReturn:
        fail(f"{message}; --help explains")


def draw_command(program: str, description: str | None, target: Path, draw: Callable[[Path], None]) -> int:
    """The command line of a script that draws one picture: ``--output FILE``, ``target`` by default, handed to ``draw``."""
    parser = Parser(program, description)
    text = f"default: {target.relative_to(ROOT)}"
    parser.add_argument("--output", type=Path, default=target, metavar="FILE", help=text)
    output = parser.parse_args().output
    if output.suffix != ".png":
        fail(f"--output '{output}' has to end in .png")
    with one_sentence("nothing was written"):
        output.parent.mkdir(parents=True, exist_ok=True)
        draw(output)
    print(f"written: {output}")
    return 0


def write_option(
    parser: argparse._ActionsContainer, mark: str, page: str = "README.md", other: str = ""
) -> None:
    """``--write PAGE``: where :func:`benchmark.marks.write_between` puts what stands in ``page`` of this repository. A page
    without the lines is refused before any work; where ``other`` tells of other marks, the program has to look itself."""

    def marked_page(text: str) -> Path:
        from benchmark.marks import marked
        from d2st.errors import UserError

        try:
            marked(Path(text), mark)
        except UserError as error:
            raise argparse.ArgumentTypeError(str(error)) from None
        return Path(text)

    text = f"also put it between the lines <!-- {mark} --> of this page{other}, as in {page}"
    parser.add_argument("--write", type=Path if other else marked_page, metavar="PAGE", help=text)


def device_option(parser: argparse._ActionsContainer) -> None:
    """``--device``, which :func:`benchmark.launch.chosen_device` reads."""
    parser.add_argument(
        "--device", choices=("auto", "cpu", "cuda"), default="auto", help="default: cuda if there is one"
    )


def number(text: str) -> float:
    """What ``text`` says; NaN, which is within no bounds, where it is no number."""
    try:
        return float(text)
    except ValueError:
        return float("nan")


def positive(text: str) -> int:
    """A whole number of at least 1, for argparse."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number of at least 1")
    return int(text)
