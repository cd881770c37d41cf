"""A stream's state as bytes: JSON behind its own hash, and the hash of the model that it belongs to."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, cast

from zoo.errors import InputError

#: Raised by one when an older reader would misread what is written.
VERSION = 1
_MAGIC = b"zoo.stream"


def write(state: Mapping[str, Any], model_sha256: str) -> bytes:
    """The state as bytes."""
    body = json.dumps({"version": VERSION, "model_sha256": model_sha256, **state}).encode()
    return b"%s %s\n%s\n" % (_MAGIC, hashlib.sha256(body).hexdigest().encode(), body)


def read(data: bytes, model_sha256: str, where: str) -> dict[str, Any]:
    """What `write` was given.

    Args:
        data: the bytes.
        model_sha256: of the model that is to go on.
        where: that model's file, for messages.

    Raises:
        InputError: the bytes are no state, damaged, of a newer version or of another model.
    """
    head, _, rest = bytes(data).partition(b"\n")
    magic, _, recorded = head.partition(b" ")
    if magic != _MAGIC:
        raise InputError(
            f"state: expected what a stream's save() gave, got bytes that begin with {bytes(data)[:12]!r}."
        )
    body = rest[:-1]
    if hashlib.sha256(body).hexdigest().encode() != recorded:
        raise InputError("state: the bytes are damaged or cut short. Begin without them.")
    state = cast("dict[str, Any]", json.loads(body))
    if state["version"] > VERSION:
        raise InputError(f"state: expected version {VERSION} at most, got {state['version']}. Upgrade sequence-zoo.")
    if state["model_sha256"] != model_sha256:
        raise InputError(f"state: expected that of {where}, got that of another model. Begin without it.")
    return state
