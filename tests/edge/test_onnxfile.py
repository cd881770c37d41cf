import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.core.errors import BundleError
from zoo.edge.onnxfile import Header, read_header


def field(number: int, payload: bytes) -> bytes:
    """A length-delimited protobuf field."""
    assert len(payload) < 128
    return bytes([number << 3 | 2, len(payload)]) + payload


def outcome(model: bytes) -> Header | str:
    """The result of reading: the header, or the error's message."""
    try:
        return read_header(model, "model.onnx")
    except BundleError as error:
        return str(error)


GRAPH = field(7, b"any graph")
OPSET = field(8, b"\x10\x11")
MODEL = b"\x08\x08" + field(2, b"writer") + GRAPH + OPSET + field(14, b"\x0a\x01k\x12\x03\xc3\xa4v")


def test_versions_and_metadata_are_read():
    assert read_header(MODEL, "model.onnx") == Header(8, 17, {"k": "äv"})


def test_only_the_standard_operator_set_gives_the_opset():
    model = b"\x08\x08" + GRAPH + field(8, b"\x0a\x02ml\x10\x03") + field(8, b"\x0a\x07ai.onnx\x10\x12")
    assert read_header(model, "model.onnx").opset == 18


def test_a_file_written_by_onnx_is_read(threshold_parts):
    model, manifest = threshold_parts.sealed()
    header = read_header(model, "model.onnx")
    assert (header.ir_version, header.opset) == (8, 17)
    assert header.metadata["zoo.manifest"] == manifest.to_json()


def test_every_truncation_is_detected_unless_it_removes_complete_fields(threshold_parts):
    model, _ = threshold_parts.sealed()
    whole = outcome(model)
    cut = [outcome(model[:size]) for size in range(len(model))]
    assert whole not in cut
    assert sum(isinstance(result, Header) for result in cut) < 5


@given(st.binary())
def test_any_bytes_are_read_or_refused(tail):
    for model in (tail, MODEL[:2] + tail, MODEL + tail):
        result = outcome(model)
        assert isinstance(result, Header) or result.startswith("model.onnx: ")


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (b"", r"model\.onnx: expected an ONNX file, got an empty file\. Copy it again\."),
        (b"PK\x03\x04 a zip", r"model\.onnx: expected an ONNX file, got one that starts with b'PK\\x03\\x04 a zip'\."),
        (b"version https://git-lfs", r"expected an ONNX file, got one that starts with b'version http'\."),
        (MODEL[:-1], rf"model\.onnx: the file is cut short at {len(MODEL) - 1} bytes\. Copy it again\."),
        (MODEL[:2], r"model\.onnx: the file is cut short at 2 bytes: it has no graph\. Copy it again\."),
        (b"\x08\x08\x3b", r"model\.onnx: the file is damaged: unknown wire type 3 at byte 3\. Copy it again\."),
        (b"\x08" + b"\xff" * 11, r"the file is damaged: a number of more than 10 bytes before byte 11\."),
        (MODEL + field(14, b"\x0a\x01\xff"), r"the file is damaged: 'utf-8' codec"),
        (MODEL + field(14, b"\x08\x01"), r"the file is damaged: metadata that is not text\."),
    ],
)
def test_anything_but_a_complete_onnx_file_is_refused(model, message):
    with pytest.raises(BundleError, match=message):
        read_header(model, "model.onnx")
