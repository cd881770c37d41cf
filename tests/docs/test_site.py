"""The site builds strictly: each page is in the navigation, and each link leads somewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from zoo.recipe.json_schema import recipe_schema

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return folder


def test_nothing_is_fetched_from_the_network(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 40
    fetched = re.compile(
        r'<(?:script|img|iframe)[^>]+src="?(?:https?:)?//|<link[^>]+stylesheet[^>]+href="?(?:https?:)?//'
    )
    assert [page.name for page in pages if fetched.search(page.read_text("utf-8"))] == []


def test_the_search_works_on_pages_from_the_disk(site: Path) -> None:
    assert (site / "search/search_index.js").read_text("utf-8").startswith("var __index = ")
    assert (site / "assets/iframe-worker/shim.js").exists()
    assert "assets/iframe-worker/shim.js" in (site / "index.html").read_text("utf-8")


def test_every_key_of_a_recipe_is_documented(site: Path) -> None:
    page = (site / "reference/recipe.html").read_text("utf-8")
    schema = recipe_schema()
    names = {name for part in (schema, *schema["$defs"].values()) for name in part.get("properties", {})}
    assert len(names) > 70
    assert [name for name in sorted(names) if f"{name}</code>" not in page] == []


def test_formulas_are_shown_without_a_script(site: Path) -> None:
    assert "<math" in (site / "reference/metrics.html").read_text("utf-8")
