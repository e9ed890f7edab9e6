"""Generated blocks in a page."""

import pytest

from benchmark.marks import write_between
from d2st.errors import UserError


def test_only_the_block_changes_and_writing_twice_is_writing_once(tmp_path) -> None:
    page = tmp_path / "README.md"
    page.write_text("a\n<!-- x -->\nold\n<!-- /x -->\n<!-- y -->\nkept\n<!-- /y -->\n")
    for _ in range(2):
        write_between(page, "x", r"new \1")
        assert page.read_text() == "a\n<!-- x -->\nnew \\1\n<!-- /x -->\n<!-- y -->\nkept\n<!-- /y -->\n"


def test_a_page_without_the_marks_is_refused(tmp_path) -> None:
    with pytest.raises(UserError, match=r"has no lines <!-- x --> and <!-- /x -->"):
        write_between(tmp_path / "none.md", "x", "text")
