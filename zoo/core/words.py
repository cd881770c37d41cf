"""Numbers as a person reads them."""

import math


def duration(seconds: float) -> str:
    """A length of time: `8 s`, `5 min 12 s`, `7 h 3 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min"


def size(count: float) -> str:
    """A number of bytes: `640 kB`, `18.8 MB`."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"


def measure(value: object) -> str:
    """A metric: counts as they are, other numbers to four digits, a dash for none."""
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
