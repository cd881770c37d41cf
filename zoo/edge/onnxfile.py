"""Reads the outermost layer of an ONNX file without onnx: versions and metadata, before anything is run.

Fields are those of `ModelProto` (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto), encoded as described at
https://protobuf.dev/programming-guides/encoding/.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from zoo.core.errors import BundleError

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_IR_VERSION, _GRAPH, _OPSET_IMPORT, _METADATA = 1, 7, 8, 14

#: First byte of a model from every protobuf writer: field 1, `ir_version`, as a varint.
_START = 0x08


@dataclass(frozen=True)
class Header:
    """Versions and metadata of an ONNX file.

    Attributes:
        ir_version: version of the file format.
        opset: version of the standard operators, 0 if it uses none.
        metadata: the file's metadata texts by key.
    """

    ir_version: int
    opset: int
    metadata: dict[str, str]


def read_header(model: bytes, where: str) -> Header:
    """Reads the versions and metadata of an ONNX file.

    Args:
        model: the complete file.
        where: its path, for messages.

    Raises:
        BundleError: the file is empty, not ONNX, cut short or damaged.
    """
    if not model:
        raise BundleError(f"{where}: expected an ONNX file, got an empty file. Copy it again.")
    if model[0] != _START:
        raise BundleError(f"{where}: expected an ONNX file, got one that starts with {model[:12]!r}.")
    ir_version, opset, graph = 0, 0, False
    metadata: dict[str, str] = {}
    try:
        for field, value in fields(memoryview(model)):
            if field == _IR_VERSION and isinstance(value, int):
                ir_version = value
            elif field == _GRAPH:
                graph = True
            elif field == _OPSET_IMPORT and isinstance(value, memoryview):
                opset = _standard_opset(value) or opset
            elif field == _METADATA and isinstance(value, memoryview):
                key, text = _entry(value)
                metadata[key] = text
    except EOFError:
        raise BundleError(f"{where}: the file is cut short at {len(model)} bytes. Copy it again.") from None
    except ValueError as error:
        raise BundleError(f"{where}: the file is damaged: {error}. Copy it again.") from None
    if not graph:
        raise BundleError(f"{where}: the file is cut short at {len(model)} bytes: it has no graph. Copy it again.")
    return Header(ir_version, opset, metadata)


def fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yields every field of a message with its number: an int, or the bytes of a text or an inner message.

    Raises:
        EOFError: the message ends within a field.
        ValueError: it is not a protobuf message.
    """
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        kind = tag & 7
        if kind == _VARINT:
            value, at = _varint(data, at)
            yield tag >> 3, value
            continue
        if kind == _BYTES:
            size, at = _varint(data, at)
        elif kind in (_FIXED64, _FIXED32):
            size = 8 if kind == _FIXED64 else 4
        else:
            raise ValueError(f"unknown wire type {kind} at byte {at}")
        if at + size > len(data):
            raise EOFError
        yield tag >> 3, data[at : at + size]
        at += size


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    """The number at `at`, seven bits per byte, lowest first, and the offset after it."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            raise EOFError
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError(f"a number of more than 10 bytes before byte {at}")


def _standard_opset(message: memoryview) -> int:
    """The version in an `OperatorSetIdProto` (domain = 1, version = 2) for the standard operators, 0 for others."""
    values = dict(fields(message))
    domain, version = values.get(1, b""), values.get(2, 0)
    return version if isinstance(version, int) and domain in (b"", b"ai.onnx") else 0


def _entry(message: memoryview) -> tuple[str, str]:
    """Key and value of a `StringStringEntryProto` (key = 1, value = 2)."""
    values = dict(fields(message))
    key, value = values.get(1, b""), values.get(2, b"")
    if isinstance(key, int) or isinstance(value, int):
        raise ValueError("metadata that is not text")
    return bytes(key).decode(), bytes(value).decode()
