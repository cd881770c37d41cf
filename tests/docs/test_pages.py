"""The commands and the code of README, tutorials, guides and other pages do what the pages say."""

from pathlib import Path

import pytest

from docs.writers.run import ROOT, pages, run


@pytest.mark.table("README.md", "docs", "examples")
@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_does_what_it_says(page: Path) -> None:
    assert run(page) > 0
