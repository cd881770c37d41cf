"""How tables and pictures show numbers."""


def digits(ratio: float | None) -> str:
    """Two digits, three near 1: `0.47`, `1.32`, `5.3`, `12`."""
    if ratio is None:
        return "-"
    return f"{ratio:.2f}" if ratio < 2 else f"{ratio:.1f}" if ratio < 9.95 else f"{ratio:.0f}"
