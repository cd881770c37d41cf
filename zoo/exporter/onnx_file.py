"""From a Keras model to a verified ONNX file."""

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
        model: any Keras model whose calls can be seen.
        path: where to write the file; nowhere if not given.
        opset: version of ONNX's operator set; 17 if not given.
        verify: run the file in onnxruntime against Keras first.
        metadata: texts to store in the file, by key.
        rows: real inputs without the batch axis to verify on, beside random ones.
        inputs: for a subclassed model, its inputs, as `keras.Input`s.
        right_padded: a promise that in every mask no valid step follows a masked one. The file then tells its
            recurrent nodes how many steps each row has: cheaper in onnxruntime for batches of very different lengths,
            but OpenVINO takes no notice of that and tract refuses it. Without the promise the file is right, for any
            mask, in all of them.
        streaming: for live input: the file gets what it needs of the steps before, recurrent states and the context
            of causal convolutions, as inputs `state.<layer>.<kind>`, and outputs `<that>.next` to feed back with the
            next piece. Zeros begin a stream. Whole sequences run with zeros, too. That pieces give what the whole gives
            is proven on random and on real inputs.
        int8: `on` rounds the weights to int8; `auto` does if the file becomes at least 2.5 times smaller and no output
            changes by more than 0.5 % of its range (largest less smallest value) on the random inputs. What was
            measured is in the file's metadata, as JSON under `zoo.int8`.
        progress: hears about slow steps, what was compared, and which layers were written through tf2onnx; if it is
            not given, those are warned of.

    Returns:
        The model as it was written.

    Raises:
        ExportError: a layer or an option of it cannot be exported, int8 was asked for in vain, or the file cannot be
            written.
        ParityError: the ONNX model does not compute what Keras does. Nothing was written.
    """
    path = None if path is None else _file(path)
    _check_texts(metadata or {})
    lowered = lower(model, opset=opset, inputs=inputs, right_padded=right_padded, streaming=streaming)
    tell_foreign(lowered, progress)
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
    """The file behind a path: `~` is the home folder, and a link leads where it leads.

    Raises:
        RequestError: it cannot be a file to write.
    """
    if not isinstance(path, str | Path):
        raise RequestError(f"path: expected a path, got {type(path).__name__}.")
    try:
        place = Path(path).expanduser().resolve()
        folder, taken = place.is_dir(), place.exists() and not place.is_file()
    except (OSError, ValueError, RuntimeError) as error:
        raise RequestError(f"path: expected a path, got {str(path)!r}: {error}.") from error
    if folder:
        raise RequestError(f"{path}: expected a file to write, got a folder. Name one: {Path(path) / 'model.onnx'}.")
    if taken:
        raise RequestError(f"{path}: expected a file or nothing there, got something else. Choose another place.")
    return place


def _check_texts(metadata: Mapping[str, str]) -> None:
    if not isinstance(metadata, Mapping) or not all(isinstance(text, str) for text in chain(*metadata.items())):
        raise RequestError("metadata: expected texts by keys that are texts, got others.")


def tell_foreign(lowered: Lowered, progress: Progress) -> None:
    """Says which layers were written through tf2onnx: to whoever hears about progress, else as a warning."""
    for way in lowered.foreign:
        if progress is SILENT:
            warnings.warn(str(way), stacklevel=3)
        else:
            progress.note(str(way))


def write(path: Path, content: bytes) -> None:
    """Writes a file that appears whole or not at all.

    Raises:
        ExportError: the file system refuses.
    """
    try:
        with appearing(path) as stream:
            stream.write(content)
    except OSError as error:
        raise ExportError(f"{path}: cannot be written: {error.strerror}. Choose another place.") from error
