"""The figures from the literature: every row says where it comes from, and the loader refuses one that does not."""

from pathlib import Path

import pytest

from benchmark import published
from d2st.errors import UserError


def test_every_row_has_a_source_and_says_how_it_was_confirmed() -> None:
    found = published.load()
    assert len(found) and set(found.confirmed) <= set(published.CONFIRMED)
    assert found.source.str.len().min() > 10 and found.accuracy.between(20, 100).all()
    assert set(found.dataset) <= {"ssv2", "ssv2_small", "kinetics", "hmdb51", "ucf101"} and set(
        found.shot
    ) <= {1, 5}
    assert not found.duplicated(["method", "backbone", "dataset", "shot", "source", "note"]).any()
    assert "paper" not in set(
        found.confirmed
    )  # no paper's own table was at hand; whoever adds one changes this line


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("d2st,ViT,ssv2,1,66.7,,run log,", "line 2"),
        ("d2st,ViT,ssv2,1,166.7,a log,run log,", "line 2"),
        ("d2st,ViT,ssv2,1,66.7,a log,hearsay,", "line 2"),
        ("d2st,ViT,ssv2,one,66.7,a log,run log,", "cannot read"),
    ],
)
def test_a_wrong_row_is_refused(tmp_path: Path, line: str, told: str) -> None:
    path = tmp_path / "published.csv"
    path.write_text(",".join(published.COLUMNS) + "\n" + line + "\n")
    with pytest.raises(UserError, match=told):
        published.load(path)


def test_other_columns_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "published.csv"
    path.write_text("method,shot,accuracy\nd2st,1,66.7\n")
    with pytest.raises(UserError, match="columns"):
        published.load(path)
