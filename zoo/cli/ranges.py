"""Whole numbers as they are typed: 3, 1..4 or 1,2,4."""

import re

from zoo.core.errors import InputError

#: More than any device has cores; a slip of the finger must not start a thousand measurements.
MOST = 256


def whole_numbers(text: str, option: str) -> tuple[int, ...]:
    """The numbers that a text stands for, each once, in rising order.

    Args:
        text: numbers from 1 on and ranges `low..high`, with commas between them.
        option: its name, for messages.

    Raises:
        InputError: it is something else.
    """
    numbers: set[int] = set()
    for part in text.split(","):
        found = re.fullmatch(r"\s*(\d{1,9})(?:\.\.(\d{1,9}))?\s*", part)
        low, high = (0, 0) if found is None else (int(found[1]), int(found[2] or found[1]))
        if not 1 <= low <= high <= MOST:
            raise InputError(f"{option}: expected numbers from 1 to {MOST} such as 2, 1..4 or 1,4, got '{text}'.")
        numbers.update(range(low, high + 1))
    return tuple(sorted(numbers))
