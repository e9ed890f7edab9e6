"""The command line: defaults, and one sentence with exit code 2 for what is wrong."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmark import command, options


def test_defaults_are_the_whole_benchmark() -> None:
    asked = options.parse([])
    assert asked.methods == ["d2st", "aim", "st_adapter", "full_finetune", "frozen"]
    assert (asked.datasets, asked.heads, asked.shots, asked.seeds) == (
        ["ssv2", "kinetics"],
        ["bimhm"],
        [1, 5],
        [0],
    )
    assert asked.output == Path("results/quick") and asked.threads == 1


def test_the_profile_decides_how_many_seeds() -> None:
    asked = {name: options.parse(["--profile", name]).seeds for name in ("quick", "full", "paper")}
    assert asked == {"quick": [0], "full": [0, 1, 2], "paper": [0]}
    assert options.parse(["--protocol", "paper"]).seeds == [0]
    assert options.parse(["--profile", "full", "--seeds", "3", "3"]).seeds == [3]


def test_all_and_repeated_names() -> None:
    asked = options.parse(["--methods", "frozen", "frozen", "--heads", "all", "--shots", "5", "1", "5"])
    assert asked.methods == ["frozen"] and asked.shots == [5, 1]
    assert set(options.parse(["--methods", "all"]).methods) == set(options.fragments("method"))
    assert {"bimhm", "otam", "protonet"} <= set(asked.heads)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--methods", "foo"], ("unknown method 'foo'", "d2st", "frozen")),
        (["--heads", "foo"], ("unknown head 'foo'", "bimhm", "otam")),
        (["--profile", "foo"], ("foo", "quick", "full")),
        (["--weights", "no/such.pth"], ("no weights file 'no/such.pth'",)),
        (["--data-root", "no/such"], ("no data root 'no/such'",)),
        (["--shots", "0"], ("'0' is not a whole number of at least 1",)),
        (["--seeds", "-1"], ("--seeds",)),
        (["--output", __file__], ("is a file",)),
        (["--foo"], ("--foo",)),
    ],
)
def test_wrong_input_is_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], told: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit) as left:
        options.parse(arguments)
    error = capsys.readouterr().err
    assert left.value.code == 2
    assert error.startswith("error: ") and error.count("\n") == 1
    assert all(text in error for text in told)


@pytest.mark.parametrize("how", [["benchmark/run_all.py"], ["-m", "benchmark.run_all"]])
def test_help_explains_without_loading_torch(how: list[str]) -> None:
    watch = [sys.executable, "-X", "importtime", *how, "--help"]
    done = subprocess.run(watch, cwd=options.ROOT, capture_output=True, text=True)
    assert done.returncode == 0 and "--train-episodes" in done.stdout and "examples:" in done.stdout
    assert not any(line.endswith((" torch", " mmengine", " pandas")) for line in done.stderr.splitlines())


def test_an_output_that_cannot_be_written_is_one_sentence(tmp_path, capsys) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit) as end:
        command.writable(tmp_path / "file" / "run")
    assert end.value.code == 2
    assert capsys.readouterr().err.startswith("error: cannot write results to")
