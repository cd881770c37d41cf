"""From a Keras model to a verified ONNX file."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import keras
import numpy as np
import onnx
from onnx import helper

from zoo.data.atomic import appearing
from zoo.errors import ExportError
from zoo.export.converters import lower
from zoo.export.parity import verify as verify_parity


def to_onnx(
    model: keras.Model,
    path: str | Path | None = None,
    *,
    opset: int | None = None,
    verify: bool = True,
    metadata: Mapping[str, str] | None = None,
    rows: Sequence[np.ndarray] = (),
) -> onnx.ModelProto:
    """Writes a Keras model as ONNX, with native recurrent nodes and the model's own input and output names.

    A mask that an embedding makes from its ids is understood as padding on the right of each row.

    Args:
        model: a Sequential or functional model of float32 layers.
        path: where to write the file; nowhere if not given.
        opset: version of ONNX's operator set; 17 if not given.
        verify: run the file in onnxruntime against Keras first.
        metadata: texts to store in the file, by key.
        rows: real inputs without the batch axis to verify on, beside random ones.

    Returns:
        The model as it was written.

    Raises:
        ExportError: a layer or an option of it cannot be exported, or the file cannot be written.
        ParityError: the ONNX model does not compute what Keras does. Nothing was written.
    """
    lowered = lower(model, opset=opset)
    if verify:
        verify_parity(lowered, rows)
    if metadata:
        helper.set_model_props(lowered.proto, dict(metadata))
    if path is not None:
        write(Path(path), lowered.proto.SerializeToString())
    return lowered.proto


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
