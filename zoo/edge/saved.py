"""A stream's state as bytes: JSON behind its own hash, and the hash of the model that it belongs to."""

import hashlib
import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from zoo.core.errors import InputError

#: Raised by one when an older reader would misread what is written.
VERSION = 1
#: What every state begins with.
MAGIC = b"zoo.stream"


@contextmanager
def unreadable() -> Generator[None, None, None]:
    """Whatever goes wrong in taking a state apart is an `InputError`: somebody has changed what `write` wrote."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError):
        raise InputError("state: not as this version writes it. Begin without it.") from None


def number(value: Any) -> Any:
    """A number, True, False or None; a `TypeError` for anything else."""
    if not isinstance(value, float | int | None):
        raise TypeError(f"expected a number, got {type(value).__name__}")
    return value


def row(values: Any, *sizes: int) -> npt.NDArray[np.float64]:
    """Numbers as an array of one of these sizes; a `ValueError` for anything else."""
    found: npt.NDArray[np.float64] = np.asarray(values, np.float64)
    if found.ndim != 1 or len(found) not in sizes:
        raise ValueError(f"expected {sizes} numbers, got shape {found.shape}")
    return found


def write(state: Mapping[str, Any], model_sha256: str) -> bytes:
    """The state as bytes."""
    body = json.dumps({"version": VERSION, "model_sha256": model_sha256, **state}).encode()
    return b"%s %s\n%s\n" % (MAGIC, hashlib.sha256(body).hexdigest().encode(), body)


def read(data: bytes, model_sha256: str, where: str) -> dict[str, Any]:
    """What `write` was given.

    Args:
        data: the bytes.
        model_sha256: of the model that is to go on.
        where: that model's file, for messages.

    Raises:
        InputError: the bytes are no state, damaged, of a newer version or of another model.
    """
    if not isinstance(data, bytes | bytearray | memoryview):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError(f"state: expected what a stream's save() gave, got {type(data).__name__}. Begin without it.")
    head, _, rest = bytes(data).partition(b"\n")
    magic, _, recorded = head.partition(b" ")
    if magic != MAGIC:
        raise InputError(
            f"state: expected what a stream's save() gave, got bytes that begin with {bytes(data)[:12]!r}. "
            "Begin without it."
        )
    body = rest[:-1]
    if hashlib.sha256(body).hexdigest().encode() != recorded:
        raise InputError("state: the bytes are damaged or cut short. Begin without them.")
    with unreadable():
        state = cast("dict[str, Any]", json.loads(body))
        version, model = int(state["version"]), str(state["model_sha256"])
    if version > VERSION:
        raise InputError(f"state: expected version {VERSION} at most, got {version}. Upgrade sequence-zoo.")
    if model != model_sha256:
        raise InputError(f"state: expected that of {where}, got that of another model. Begin without it.")
    return state
