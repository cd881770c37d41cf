"""A stream's state as bytes: JSON, preceded by its hash and containing the hash of the model it belongs to."""

import hashlib
import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from zoo.core.errors import InputError

#: Incremented when an older reader would misread the state.
VERSION = 1
#: The first bytes of every state.
MAGIC = b"zoo.stream"


@contextmanager
def malformed_is_refused() -> Generator[None, None, None]:
    """Turns every error in decoding a state into an `InputError`: the state is not one that `write` wrote."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError):
        raise InputError("state: not in the format that this version writes. Start without it.") from None


def number(value: Any) -> Any:
    """Returns a number, True, False or None; raises `TypeError` for anything else."""
    if not isinstance(value, float | int | None):
        raise TypeError(f"expected a number, got {type(value).__name__}")
    return value


def row(values: Any, *sizes: int) -> npt.NDArray[np.float64]:
    """Returns numbers as an array of one of these sizes; raises `ValueError` for anything else."""
    numbers: npt.NDArray[np.float64] = np.asarray(values, np.float64)
    if numbers.ndim != 1 or len(numbers) not in sizes:
        raise ValueError(f"expected {sizes} numbers, got shape {numbers.shape}")
    return numbers


def write(state: Mapping[str, Any], model_sha256: str) -> bytes:
    """Encodes the state as bytes."""
    body = json.dumps({"version": VERSION, "model_sha256": model_sha256, **state}).encode()
    return b"%s %s\n%s\n" % (MAGIC, hashlib.sha256(body).hexdigest().encode(), body)


def read(data: bytes, model_sha256: str, where: str) -> dict[str, Any]:
    """Decodes a state that `write` encoded.

    Args:
        data: the bytes.
        model_sha256: digest of the model that is to continue from the state.
        where: that model's file, for messages.

    Raises:
        InputError: the bytes are not a state, damaged, of a newer version or of another model.
    """
    if not isinstance(data, bytes | bytearray | memoryview):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError(f"state: expected bytes from a stream's save(), got {type(data).__name__}. Start without it.")
    head, _, payload = bytes(data).partition(b"\n")
    magic, _, recorded = head.partition(b" ")
    if magic != MAGIC:
        raise InputError(
            f"state: expected bytes from a stream's save(), got bytes that begin with {bytes(data)[:12]!r}. "
            "Start without it."
        )
    body = payload[:-1]
    if hashlib.sha256(body).hexdigest().encode() != recorded:
        raise InputError("state: the bytes are damaged or cut short. Start without them.")
    with malformed_is_refused():
        state = cast("dict[str, Any]", json.loads(body))
        version, model = int(state["version"]), str(state["model_sha256"])
    if version > VERSION:
        raise InputError(f"state: expected at most version {VERSION}, got {version}. Upgrade sequence-zoo.")
    if model != model_sha256:
        raise InputError(f"state: expected one of {where}, got one of another model. Start without it.")
    return state
