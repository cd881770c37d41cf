"""A release names the same version everywhere, and its changelog keeps its form."""

import re
from importlib.metadata import version
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text("utf-8")
RELEASES = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d{2}-\d{2})$", CHANGELOG, re.MULTILINE)
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_package_changelog_and_citation_name_one_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert (citation["version"], str(citation["date-released"])) == RELEASES[0]
    assert version("sequence-zoo") == RELEASES[0][0]


def test_the_changelog_keeps_its_form() -> None:
    """https://keepachangelog.com/en/1.1.0/: newest first, dated, with six kinds of changes."""
    assert "\n## [Unreleased]\n" in CHANGELOG
    assert sorted(RELEASES, key=lambda release: tuple(map(int, release[0].split("."))), reverse=True) == RELEASES
    assert set(re.findall(r"^### (.+)$", CHANGELOG, re.MULTILINE)) <= KINDS
