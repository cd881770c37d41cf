"""Writes a Keras model as a verified ONNX file."""

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
from onnx import helper

from zoo.core.atomic import appearing
from zoo.core.choices import Int8
from zoo.core.errors import ExportError, RequestError
from zoo.core.manifest import INT8_KEY
from zoo.core.progress import SILENT, Progress
from zoo.exporter.int8.choice import choose
from zoo.exporter.lowering import Lowered, lower
from zoo.exporter.parity import again_in_pieces
from zoo.exporter.parity import verify as verify_parity


def to_onnx(
    model: keras.Model,
    path: str | Path | None = None,
    *,
    opset: int | None = None,
    verify: bool = True,
    metadata: Mapping[str, str] | None = None,
    rows: Sequence[np.ndarray] = (),
    inputs: Any = None,
    right_padded: bool = False,
    streaming: bool = False,
    int8: Int8 = "off",
    progress: Progress = SILENT,
) -> onnx.ModelProto:
    """Writes a Keras model as ONNX, with native recurrent nodes and the model's own input and output names.

    Args:
        model: any Keras model whose calls can be traced.
        path: where to write the file. Default: no file is written.
        opset: version of ONNX's operator set. Default: 17.
        verify: compare the model in onnxruntime with Keras before writing it.
        metadata: texts to store in the file, by key.
        rows: real inputs without the batch axis, for verification in addition to random ones; for models with one
            input.
        inputs: for a subclassed model, its inputs, as `keras.Input`s.
        right_padded: a promise that in every mask no valid step follows a masked one. The file then passes the number
            of steps of each row to its recurrent nodes, which is cheaper in onnxruntime for batches of very different
            lengths. OpenVINO ignores that number and tract refuses it. Without it, the file is correct for
            any mask in all three runtimes.
        streaming: for live input: recurrent states and the context of causal convolutions become inputs
            `state.<layer>.<kind>`, each with an output `<that>.next` to feed back with the next piece. A stream starts
            with zeros, and so does a complete sequence. Verification checks, on random and real inputs, that pieces
            give the same outputs as the complete sequence.
        int8: `on` rounds the weights to int8; `auto` does so if the file becomes at least 2.5 times smaller and no
            output changes by more than 0.5 % of its range (largest minus smallest value) on the random inputs. The
            measurements are in the file's metadata, as JSON under `zoo.int8`.
        progress: receives notes on slow steps, on the comparison and on the layers that tf2onnx converted. Default:
            silent, with a warning for each layer that tf2onnx converted.

    Returns:
        The ONNX model.

    Raises:
        ExportError: a layer or an option of it cannot be exported, int8 is `on` but not possible, or the file cannot be
            written.
        ParityError: the ONNX model does not compute what Keras does. No file is written.
    """
    path = None if path is None else _file(path)
    _check_texts(metadata or {})
    lowered = lower(model, opset=opset, inputs=inputs, right_padded=right_padded, streaming=streaming)
    report_foreign(lowered, progress)
    parity = verify_parity(lowered, rows) if verify else None
    if parity is not None:
        progress.note(str(parity))
    proto, texts = lowered.proto, dict(metadata or {})
    if int8 != "off":
        helper.set_model_props(proto, texts)  # they count as part of the file's size
        proto, report = choose(lowered, int8, rows=rows, progress=progress)
        if parity is not None:
            again_in_pieces(parity, lowered, proto, rows)
        texts[INT8_KEY] = json.dumps(asdict(report.facts()))
    if texts:
        helper.set_model_props(proto, texts)
    if path is not None:
        write(path, proto.SerializeToString())
    return proto


def _file(path: str | Path) -> Path:
    """The absolute path of the file, with `~` expanded and links resolved.

    Raises:
        RequestError: no file can be written there.
    """
    if not isinstance(path, str | Path):
        raise RequestError(f"path: expected a path, got {type(path).__name__}.")
    try:
        resolved = Path(path).expanduser().resolve()
        is_folder, is_special = resolved.is_dir(), resolved.exists() and not resolved.is_file()
    except (OSError, ValueError, RuntimeError) as error:
        raise RequestError(f"path: expected a path, got {str(path)!r}: {error}.") from error
    if is_folder:
        raise RequestError(f"{path}: expected a file, got a folder. Name a file, such as {Path(path) / 'model.onnx'}.")
    if is_special:
        raise RequestError(f"{path}: expected a regular file or a new one, got something else. Choose another place.")
    return resolved


def _check_texts(metadata: Mapping[str, str]) -> None:
    if not isinstance(metadata, Mapping) or not all(isinstance(text, str) for text in chain(*metadata.items())):
        raise RequestError("metadata: expected a mapping of strings to strings, got other types. Convert them.")


def report_foreign(lowered: Lowered, progress: Progress) -> None:
    """Reports the calls that tf2onnx converted: through `progress`, or as warnings if that is silent."""
    for call in lowered.foreign:
        if progress is SILENT:
            warnings.warn(str(call), stacklevel=3)
        else:
            progress.note(str(call))


def write(path: Path, content: bytes) -> None:
    """Writes a file atomically: it appears complete or not at all.

    Raises:
        ExportError: the file system refuses the write.
    """
    try:
        with appearing(path) as stream:
            stream.write(content)
    except OSError as error:
        raise ExportError(f"{path}: cannot be written: {error.strerror}. Choose another place.") from error
