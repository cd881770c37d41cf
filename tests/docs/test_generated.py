"""The generated parts of the pages are those that the code and the measured figures give."""

from pathlib import Path

import pytest

from docs.writers.fill import fill, pages


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_a_page_is_up_to_date(page: Path) -> None:
    assert fill([page], check=True) == 0, "run: python -m docs.writers.fill"


def test_a_page_that_is_out_of_date_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- [[[cog cog.outl(verbs()) ]]] -->\nold\n<!-- [[[end]]] -->\n", "utf-8")
    assert fill([page], check=True) != 0
    assert fill([page]) == 0
    assert "### `zoo predict`" in page.read_text("utf-8")
    assert fill([page], check=True) == 0
