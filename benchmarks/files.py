"""What a benchmark leaves behind."""

from collections.abc import Mapping
from pathlib import Path

from benchmarks.quiet import note


def write_files(contents: Mapping[str, bytes], folder: Path, name: str) -> None:
    """Writes `name.suffix` into the folder for each suffix, each file whole or not at all."""
    from zoo.core.atomic import appearing

    for suffix, content in contents.items():
        with appearing(folder / f"{name}.{suffix}") as stream:
            stream.write(content)
    first, *others = contents
    *most, last = (str(folder / f"{name}.{first}"), *(f".{suffix}" for suffix in others))
    note(f"Wrote {', '.join(most)} and {last}." if most else f"Wrote {last}.")
