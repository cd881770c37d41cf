"""Adds the repository's own pages to the site: the changelog, and how to contribute."""

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from docs.writers.files import ROOT


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds CHANGELOG.md and CONTRIBUTING.md, with their links into docs/ seen from there."""
    for name in ("CHANGELOG.md", "CONTRIBUTING.md"):
        text = (ROOT / name).read_text("utf-8").replace("](docs/", "](")
        files.append(File.generated(config, name.lower(), content=text))
    return files
