"""Parses positive integers as typed: 3, 1..4 or 1,2,4."""

import re

from zoo.core.errors import InputError

#: More cores than any device has; a typing error must not start a thousand measurements.
MOST = 256


def whole_numbers(text: str, option: str) -> tuple[int, ...]:
    """The distinct numbers in a text, in ascending order.

    Args:
        text: numbers from 1 on and ranges `low..high`, separated by commas.
        option: the option's name, for messages.

    Raises:
        InputError: the text is malformed, or a number is out of range.
    """
    numbers: set[int] = set()
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,9})(?:\.\.(\d{1,9}))?\s*", part)
        low, high = (0, 0) if match is None else (int(match[1]), int(match[2] or match[1]))
        if not 1 <= low <= high <= MOST:
            raise InputError(f"{option}: expected numbers from 1 to {MOST} such as 2, 1..4 or 1,4, got '{text}'.")
        numbers.update(range(low, high + 1))
    return tuple(sorted(numbers))
