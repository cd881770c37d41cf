"""Where the pages of the documentation and the measured figures are."""

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
MEASURED = ROOT / "docs" / "measured"


def pages() -> list[Path]:
    """The README and all pages of the site."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def figures(page: str) -> Any:
    """The numbers of a measured page, from the JSON file beside it."""
    return json.loads((MEASURED / f"{page}.json").read_text("utf-8"))
