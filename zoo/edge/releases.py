"""Which ONNX files each onnxruntime release reads, so that a device can report it before onnxruntime refuses one."""

import re
from dataclasses import dataclass

#: onnxruntime release -> highest opset of the standard operators, highest IR version. From 1.12 on tested with files of
#: one operator, older ones as documented (https://onnxruntime.ai/docs/reference/compatibility.html).
READS = {
    (1, 7): (13, 7),
    (1, 8): (14, 7),
    (1, 9): (15, 8),
    (1, 10): (15, 8),
    (1, 11): (16, 8),
    (1, 12): (17, 8),
    (1, 13): (17, 8),
    (1, 14): (18, 8),
    (1, 15): (19, 9),
    (1, 16): (19, 9),
    (1, 17): (20, 9),
    (1, 18): (21, 10),
    (1, 19): (21, 10),
    (1, 20): (21, 10),
    (1, 21): (22, 10),
    (1, 22): (22, 10),
    (1, 23): (23, 11),
    (1, 24): (25, 13),
    (1, 25): (26, 13),
    (1, 26): (26, 13),
    (1, 27): (26, 13),
    (1, 28): (26, 13),
    (1, 29): (26, 13),
    (1, 30): (26, 13),
    (1, 31): (26, 13),
    (1, 32): (28, 14),
}

#: The oldest supported releases.
OLDEST = {"python": "3.10", "numpy": "1.26", "onnxruntime": "1.17"}
#: The first release of onnxruntime that works with numpy 2; pip may install numpy 2 with an older one.
NUMPY_2 = (1, 19)
#: The default opset of exported files.
EXPORTED_OPSET = 17


@dataclass(frozen=True)
class Reads:
    """The newest versions that a release reads.

    Attributes:
        opset: of the standard operators.
        ir_version: of the file format.
        known: whether the release is in the table; if not, it is newer and reads at least these versions.
    """

    opset: int
    ir_version: int
    known: bool = True


def reads(version: str) -> Reads | None:
    """The newest versions that an onnxruntime reads; None if it is older than the table."""
    release = number(version)
    if release in READS:
        return Reads(*READS[release])
    newest = max(READS)
    return Reads(*READS[newest], known=False) if release > newest else None


def oldest_for(opset: int, ir_version: int) -> str | None:
    """The oldest release that reads a file, such as "1.17"; None if none in the table does."""
    fitting = [release for release, most in READS.items() if most[0] >= opset and most[1] >= ir_version]
    return ".".join(map(str, min(fitting))) if fitting else None


def remedy(version: str, opset: int, ir_version: int) -> str:
    """What to do if a release does not read a file.

    Args:
        version: the installed version of onnxruntime.
        opset: of the file.
        ir_version: of the file.
    """
    oldest, known = oldest_for(opset, ir_version), reads(version)
    upgrade = f"Upgrade onnxruntime to {oldest} or newer" if oldest else "Upgrade onnxruntime to the newest"
    return f"{upgrade}." if known is None else f"{upgrade}, or export with --opset {min(known.opset, EXPORTED_OPSET)}."


def number(version: str) -> tuple[int, int]:
    """The first two numbers of a version; (0, 0) if it has none."""
    match = re.match(r"(\d+)(?:\.(\d+))?", version)
    return (int(match[1]), int(match[2] or 0)) if match else (0, 0)
