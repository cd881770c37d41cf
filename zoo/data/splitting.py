"""What splitting has in common for all kinds of data.

No subject (for texts, no text and no group of texts) is in two splits; `guard` proves it.
"""

from collections.abc import Iterable, Mapping

from zoo.core.errors import DataError
from zoo.schema.data import Split

#: Characters of a text that an error quotes.
SHOWN = 60


def guard(parts: Mapping[str, Iterable[str]], what: str) -> None:
    """Refuses a division in which one key is in two splits.

    Raises:
        DataError: names the first such key and both splits.
    """
    seen: dict[str, str] = {}
    for side, keys in parts.items():
        for key in keys:
            if seen.setdefault(key, side) != side:
                shown = key if len(key) <= SHOWN else f"{key[:SHOWN]}…"
                raise DataError(f"split: {what} {shown!r} is in both {seen[key]} and {side}: results would leak.")


def time_borders(count: int, split: Split) -> tuple[int, int]:
    """Where validation and test begin among `count` samples in chronological order."""
    return round(count * (1 - split.validation - split.test)), round(count * (1 - split.test))


def check_sides(name: str, counts: dict[str, int]) -> None:
    """Refuses a division that leaves a split empty; `counts` has the number of inputs in each.

    Raises:
        DataError: a split is empty.
    """
    verbs = {"train": "train", "validation": "validate", "test": "test"}
    empty = [verb for side, verb in verbs.items() if not counts[side]]
    if empty:
        raise DataError(
            f"{name}: expected data to {' and '.join(empty)} on, got {_counted(counts)}. "
            "Provide more data, or change data.split."
        )


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {side}" for side, count in counts.items())
