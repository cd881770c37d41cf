"""Fills in the generated parts of the pages, or checks that they are up to date.

python -m docs.writers.fill [--check]

A generated part stands between `<!-- [[[cog cog.outl(NAME()) ]]] -->` and `<!-- [[[end]]] -->`; its name is one of
`docs.writers.parts`.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from cogapp import Cog

from docs.writers import files

PROLOGUE = "from docs.writers.parts import *"


def pages() -> list[Path]:
    """The pages that have generated parts."""
    return [page for page in files.pages() if "[[[cog " in page.read_text("utf-8")]


def fill(chosen: Sequence[Path], check: bool = False) -> int:
    """Fills in pages in place, or checks them; returns cog's exit code: 0 if all went well and nothing differs."""
    mode = ["--check", "--diff"] if check else ["-r"]
    return Cog().main(["cog", *mode, "-p", PROLOGUE, *map(str, chosen)]) or 0


def main() -> int:
    """Fills in all pages; with `--check`, ends with 1 if one is out of date."""
    return 1 if fill(pages(), check="--check" in sys.argv[1:]) else 0


if __name__ == "__main__":
    sys.exit(main())
