"""Writes the files of a benchmark."""

from collections.abc import Mapping
from pathlib import Path

from benchmarks.quiet import note


def write_files(contents: Mapping[str, bytes], folder: Path, name: str) -> None:
    """Writes `name.suffix` into the folder for each suffix, each file completely or not at all."""
    from zoo.core.atomic import appearing

    for suffix, content in contents.items():
        with appearing(folder / f"{name}.{suffix}") as stream:
            stream.write(content)
    first, *more = contents
    *names, last = (str(folder / f"{name}.{first}"), *(f".{suffix}" for suffix in more))
    note(f"Wrote {', '.join(names)} and {last}." if names else f"Wrote {last}.")
