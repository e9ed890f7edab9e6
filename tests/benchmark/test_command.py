"""What all command lines of the harness share."""

import re
from pathlib import Path

import pytest

from benchmark.command import Parser, write_option
from benchmark.identity import ROOT

SCRIPTS = [
    (path.name, name)
    for path in sorted((ROOT / "benchmark").glob("*.py"))
    for name in re.findall(r'(?:Parser|draw_command)\(\s*"(.*?)"', path.read_text())
]


def test_every_script_says_its_own_name() -> None:
    assert len(SCRIPTS) > 15
    named = {"options.py": "run_all.py", "search_options.py": "search.py", "speed_options.py": "speed.py"}
    assert [(path, name) for path, name in SCRIPTS if name != named.get(path, path)] == []


def test_only_the_worker_reads_its_orders_by_argparse_alone() -> None:
    read = [path for path in (ROOT / "benchmark").glob("*.py") if "ArgumentParser(" in path.read_text()]
    assert sorted(path.name for path in read) == ["worker.py"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--wri", "page"], "unrecognized arguments: --wri page"),
        (["--write"], "argument --write: expected one argument"),
        (
            ["--write", "gone.md"],
            "argument --write: gone.md has no lines <!-- x --> and <!-- /x --> to write between",
        ),
    ],
)
def test_wrong_input_is_one_sentence(given: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    parser = Parser("report.py", "What it does.\n\n    and an example")
    write_option(parser, "x")
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(given)
    assert ended.value.code == 2 and capsys.readouterr().err == f"error: {told}; --help explains\n"
    text = parser.format_help()
    assert text.startswith("usage: python benchmark/report.py") and "\n    and an example\n" in text


def test_a_page_that_can_be_written_to_is_taken(tmp_path: Path) -> None:
    parser, page = Parser("report.py", "What it does."), tmp_path / "page.md"
    write_option(parser, "x")
    page.write_text("<!-- x -->\n<!-- /x -->\n")
    assert parser.parse_args(["--write", str(page)]).write == page
