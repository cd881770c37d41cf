"""Formats numbers for people."""

import math


def duration(seconds: float) -> str:
    """Formats a length of time: `8 s`, `5 min 12 s`, `7 h 3 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min"


def size(count: float) -> str:
    """Formats a number of bytes: `640 kB`, `18.8 MB`."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"


def amount(done: float, total: float | None, unit: str) -> str:
    """Formats the state of a progress bar, for example `3/24 epochs` or `4.2/18.8 MB`."""
    if unit in ("B", "bytes"):
        done, total, unit = done / 1e6, None if total is None else total / 1e6, "MB"
        return f"{done:.1f} {unit}" if total is None else f"{done:.1f}/{total:.1f} {unit}"
    return f"{done:g} {unit}" if total is None else f"{done:g}/{total:g} {unit}"


def measure(value: object) -> str:
    """Formats a metric: counts in full, other numbers to four digits, None and NaN as a dash."""
    match value:
        case None:
            return "-"
        case bool() | str():
            return str(value)
        case int():
            return f"{value:,}"
        case float() if math.isnan(value):
            return "-"
        case float():
            return f"{value:.4g}"
        case _:
            return str(value)


def count(number: int, words: str) -> str:
    """Formats a count of something whose plural ends in s: "1 text", "1,200 texts"."""
    return f"{number:,} {words if number != 1 else words.removesuffix('s')}"
