"""Generated blocks in a page written by hand: what stands between ``<!-- NAME -->`` and ``<!-- /NAME -->``."""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from benchmark.store import write_atomically
from d2st.errors import UserError


def marked(path: Path, name: str) -> tuple[str, re.Pattern[str]]:
    """A page, and what finds its lines ``name`` with all between them. Raises ``UserError`` if the page has none."""
    first, last = f"<!-- {name} -->", f"<!-- /{name} -->"
    page = path.read_text(encoding="utf-8") if path.is_file() else ""
    pattern = re.compile(f"({re.escape(first)}).*?({re.escape(last)})", re.DOTALL)
    if not pattern.search(page):
        raise UserError(f"{path} has no lines {first} and {last} to write between")
    return page, pattern


def write_between(path: Path, name: str, text: str) -> None:
    """Put ``text`` between the marks ``name`` of the page. Raises as :func:`marked`."""
    page, pattern = marked(path, name)
    page = pattern.sub(lambda found: f"{found[1]}\n{text}\n{found[2]}", page)
    write_atomically(path, lambda part: part.write_text(page, encoding="utf-8"))


def made_by(program: str, run: Path) -> str:
    """The command that makes a block: ``Made by `python benchmark/PROGRAM RUN`.``"""
    return f"Made by `{shlex.join(['python', f'benchmark/{program}', str(run)])}`."


def tell(lines: Sequence[str], page: Path | None, name: str) -> None:
    """Print the lines of a block and, where a page is given, put them between its marks. Raises as :func:`write_between`."""
    print(*lines, sep="\n")
    if page is not None:
        write_between(page, name, "\n".join(lines))
