"""Formats numbers for tables and figures."""


def digits(ratio: float | None) -> str:
    """Formats a ratio with two digits, or three near 1: `0.47`, `1.32`, `5.3`, `12`; `-` for None."""
    if ratio is None:
        return "-"
    return f"{ratio:.2f}" if ratio < 2 else f"{ratio:.1f}" if ratio < 9.95 else f"{ratio:.0f}"
