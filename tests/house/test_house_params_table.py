"""params/README.md holds the key table that the models give."""

import pytest

from house.params_table import BEGIN, END, found_problems, page_with_table
from workbench.params.reference import key_table


def test_the_table_of_this_repository_is_up_to_date():
    assert found_problems() == []


def test_a_stale_table_is_seen_and_mended_without_touching_the_rest(tmp_path):
    page = tmp_path / "params" / "README.md"
    page.parent.mkdir()
    page.write_text(f"# Intro\n\n{BEGIN}\n\n| key |\n\n{END}\n\nAfter.\n", encoding="utf-8")
    assert len(found_problems(tmp_path)) == 1
    mended = page_with_table(page.read_text(encoding="utf-8"))
    page.write_text(mended, encoding="utf-8")
    assert found_problems(tmp_path) == []
    assert mended.startswith("# Intro\n")
    assert mended.endswith("\nAfter.\n")
    assert key_table() in mended


@pytest.mark.parametrize("page", ["# nothing\n", f"{BEGIN}\n", f"{BEGIN}\n{END}\n{END}\n"])
def test_a_page_without_its_markers_is_refused(page):
    with pytest.raises(ValueError, match="must hold the line"):
        page_with_table(page)
