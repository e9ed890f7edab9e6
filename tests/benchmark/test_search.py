"""The search of rates: one rule for every method, a log that is taken up again, test classes never read."""

from pathlib import Path

import pandas as pd
import pytest

from benchmark import search
from benchmark.search_log import Log, next_seed, table
from benchmark.trial import Trial, read_arguments
from d2st.errors import UserError

START = Trial("vit", "aim", 4e-3, 600, 4000, "ssv2", 0)


def shown(log: Path, page: Path) -> list[str]:
    """The options that run nothing and write the table of what is logged into ``page``."""
    return ["--show", "--output", str(log), "--write", str(page)]


def found(one: float, five: float = 50.0) -> dict[str, float]:
    return {"seconds": 1.0, "accuracy_1": one, "half_1": 0.6, "accuracy_5": five, "half_5": 0.6}


@pytest.mark.parametrize(
    ("scores", "most", "expected"),
    [
        ({0.5: 10, 1: 20, 2: 15, 4: 12}, 4, [1, 2, 0.5, 4]),  # the best lies inside, the better edge above
        ({0.25: 0, 0.5: 15, 1: 20, 2: 10}, 4, [1, 2, 0.5, 0.25]),  # and below
        ({0.5: 10, 1: 20, 2: 15}, 3, [1, 2, 0.5]),
        ({0.5: 10, 1: 15, 2: 20, 4: 18}, 4, [1, 2, 0.5, 4]),  # the best is at the edge
        ({0.25: 30, 0.5: 25, 1: 20, 2: 10}, 4, [1, 2, 0.5, 0.25]),  # the budget ends at the lower edge
        ({1: 10, 2: 20}, 2, [1, 2]),
        ({8e-3: 40}, 1, [8e-3]),
    ],
)
def test_every_method_has_its_rates_and_they_go_on_beyond_the_better_edge(
    scores: dict, most: int, expected: list
) -> None:
    tried: dict[float, float] = {}
    while rates := search.next_rates(tried, expected[0], most):
        tried |= {rate: scores[rate] for rate in rates}
    assert list(tried) == expected


def test_the_first_rates_wait_for_each_other() -> None:
    """One that is known says nothing before the other two are: they are asked for again, which search() knows to be running."""
    assert search.next_rates({2: 20}, 1, 4) == [1, 0.5]


def test_what_was_tried_beside_the_rule_does_not_take_its_place() -> None:
    assert search.next_rates({4e-3: 40}, 8e-3, 1) == [8e-3]
    assert search.next_rates({16: 40}, 4, 3) == [4, 8, 2]


def test_the_best_rates_are_tried_with_the_next_seed_and_the_mean_decides(tmp_path: Path) -> None:
    log = Log(tmp_path / "vit.csv", "motion 4", "c0de")
    for rate, one in ((4e-3, 30), (8e-3, 35), (1.6e-2, 33)):
        log.add(START._replace(rate=rate), found(one), {})
    other = next_seed(START)
    assert other.seed == 1 and next_seed(other, -1) == START and log.done(other) == {}
    assert search.next_best(log.done(START), {}, 2) == [8e-3, 1.6e-2]
    assert table({"vit": log}, [START], again=True)[-1].endswith(" | - | 0.008 |")
    log.add(other._replace(rate=1.6e-2), found(50), {})
    assert table({"vit": log}, [START], again=True)[-1].endswith(
        " | 0.008 |"
    )  # which was not tried again yet
    log.add(other._replace(rate=8e-3), found(45), {})
    assert search.next_best(log.done(START), log.done(other), 2) == []
    line = table({"vit": log}, [START], again=True)[-1]
    assert line.endswith("0.008: 45.0 / 50.0; 0.016: 50.0 / 50.0 | 0.016 (at the edge) |")
    assert table({"vit": log}, [START])[-1].endswith("0.016: 33.0 / 50.0 | 0.008 |")  # the first seed alone
    nothing = {"vit": Log(tmp_path / "3.csv", "motion 4", "c0de")}
    assert table(nothing, [START], again=True)[2:] == []


def test_what_is_logged_is_shown_and_nothing_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from d2st.data.sources import resolve

    log = Log(tmp_path / "vit.csv", f"motion {resolve('ssv2').version}", "c0de")
    log.add(START, found(30), {})
    page = tmp_path / "page.md"
    page.write_text("<!-- search -->\n<!-- /search -->\n<!-- search-trx -->\n<!-- /search-trx -->\n")
    log.add(START._replace(head="trx", rate=2e-3), found(40), {})
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path != page}
    asked = ["--methods", "aim", "d2st", *shown(tmp_path, page)]
    assert search.main([*asked, "--head", "trx"]) == 0 and len(capsys.readouterr().out.splitlines()) == 3
    assert search.main(asked) == 0
    bimhm, trx = page.read_text().split("<!-- /search -->")
    assert "| vit | `aim` | 0.004: 30.0 / 50.0 | 0.004 (at the edge) |" in bimhm
    assert "| vit | `aim` with trx | 0.002: 40.0 / 50.0 | 0.002 (at the edge) |" in trx
    assert "d2st" not in page.read_text() and capsys.readouterr().out.count("\n") == 3
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path != page} == before


def test_the_table_of_other_data_has_lines_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from d2st.data.sources import resolve

    log = Log(tmp_path / "vit.csv", f"appearance {resolve('kinetics').version}", "c0de")
    log.add(START._replace(data="kinetics", head="trx"), found(70), {})
    page, usual = tmp_path / "page.md", "<!-- search -->\n<!-- /search -->\n"
    page.write_text(f"{usual}<!-- search-kinetics-trx -->\n<!-- /search-kinetics-trx -->\n")
    asked = ["--methods", "aim", "--data", "kinetics", *shown(tmp_path, page)]
    assert search.main([*asked, "--head", "trx"]) == 0
    assert page.read_text().startswith(usual) and "| 0.004: 70.0 / 50.0 |" in page.read_text()
    monkeypatch.setattr(search, "search", lambda *_: pytest.fail("tried before the page was looked at"))
    with pytest.raises(SystemExit) as end:  # the page has no lines for this one
        search.main([one for one in asked if one != "--show"])
    assert end.value.code == 2 and "has no lines <!-- search-kinetics -->" in capsys.readouterr().err


def test_the_log_is_taken_up_and_tells_what_was_chosen(tmp_path: Path) -> None:
    log = Log(tmp_path / "vit.csv", "motion 4", "c0de")
    log.add(START, found(30), {"cpu": "a"})
    log.add(START._replace(rate=8e-3), found(35), {"cpu": "a"})
    log.add(START._replace(rate=1.6e-2), found(33), {"cpu": "a"})
    again = Log(tmp_path / "vit.csv", "motion 4", "other code")
    assert again.done(START) == {4e-3: 40.0, 8e-3: 42.5, 1.6e-2: 41.5}
    assert again.done(START._replace(episodes=240)) == again.done(START._replace(method="d2st")) == {}
    (_, _, line) = table({"vit": again}, [START])
    assert line.startswith("| vit | `aim` | 0.004: 30.0 / 50.0; 0.008: 35.0") and line.endswith("| 0.008 |")
    assert Log(tmp_path / "vit.csv", "motion 5", "c0de").done(START) == {}


def test_trials_with_another_head_are_others(tmp_path: Path) -> None:
    log, other = Log(tmp_path / "vit.csv", "motion 4", "c0de"), START._replace(head="trx")
    log.add(START, found(30), {})
    old = pd.read_csv(log.path).drop(columns="head")  # a log from before there was a choice
    old.to_csv(log.path, index=False)
    log = Log(log.path, "motion 4", "c0de")
    log.add(other, found(40), {})
    again = Log(log.path, "motion 4", "c0de")
    assert again.done(START) == {4e-3: 40.0} and again.done(other) == {4e-3: 45.0}
    assert "| `aim` with trx |" in table({"vit": again}, [other])[-1]
    assert "| `aim` |" in table({"vit": again}, [START])[-1]


def test_a_best_rate_at_the_edge_is_said_to_be(tmp_path: Path) -> None:
    log = Log(tmp_path / "vit.csv", "motion 4", "c0de")
    for rate, one in ((4e-3, 30), (8e-3, 35)):
        log.add(START._replace(rate=rate), found(one), {})
    assert table({"vit": log}, [START])[-1].endswith("0.008 (at the edge) |")


def test_frozen_is_not_searched_and_wrong_names_end_with_2() -> None:
    assert "frozen" not in search.parse(["--methods", "all"]).methods
    assert "frozen" in search.parse(["--methods", "all", "--head", "trx"]).methods
    for wrong in (
        ["--methods", "frozen"],
        ["--head", "trxx"],
        ["--methods", "aimm"],
        ["--trials", "0"],
        ["--trunks", "vitt"],
        ["--start", "-1"],
        ["--again", "0"],
        *(["--write", "page", *of] for of in (["--seed", "1"], ["--arguments", "a=1"])),
    ):
        with pytest.raises(SystemExit) as end:
            search.parse(wrong)
        assert end.value.code == 2


@pytest.mark.slow
def test_a_search_runs_and_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["--methods", "bitfit", "--train-episodes", "4", "--episodes", "50", "--output", str(tmp_path)]
    assert search.main([*command, "--trials", "2"]) == 0
    first = (tmp_path / "vit.csv").read_text()
    assert len(first.splitlines()) == 3
    assert search.main([*command, "--trials", "3"]) == 0
    assert (tmp_path / "vit.csv").read_text().startswith(first)
    assert "| vit | `bitfit` |" in capsys.readouterr().out
    assert search.main([*command, "--trials", "3", "--again", "2"]) == 0
    assert len((tmp_path / "vit.csv").read_text().splitlines()) == 6  # none twice
    assert "| tried: rate, 1-shot / 5-shot (%) | next seed | chosen |" in capsys.readouterr().out


def test_arguments_are_read_logged_and_refused(tmp_path: Path) -> None:
    assert read_arguments("ratio=0.5 temporal_points=(8,3,3)") == {"ratio": 0.5, "temporal_points": (8, 3, 3)}
    with pytest.raises(UserError, match="ratio=half"):
        read_arguments("ratio=half")
    log, wide = Log(tmp_path / "vit.csv", "motion 4", "c0de"), START._replace(arguments="ratio=0.5")
    log.add(START, found(30), {})
    log.add(wide, found(40), {})
    again = Log(tmp_path / "vit.csv", "motion 4", "c0de")
    assert again.done(START) == {4e-3: 40.0} and again.done(wide) == {4e-3: 45.0}
    assert "| `aim` ratio=0.5 |" in table({"vit": again}, [wide])[-1]
