"""The exporters that write a file from a Keras model: one function each, and a table."""

import inspect
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
from onnx import GraphProto, NodeProto

from benchmarks.export_latency.results import FileFacts
from benchmarks.models import Case
from benchmarks.quiet import silenced
from benchmarks.reasons import Unmeasured, why
from zoo.exporter import to_onnx

OPSET = 17


@dataclass(frozen=True)
class Exporter:
    """A way to write a model to a file.

    Attributes:
        title: name in tables.
        write: called with the case, the path to write, and the batch size.
        suffix: suffix of the file's name.
        fixed_batch: whether the file supports one batch size only.
        masked_only: whether it is useful for masked models only.
    """

    title: str
    write: Callable[[Case, Path, int], None]
    suffix: str = ".onnx"
    fixed_batch: bool = False
    masked_only: bool = False


def ours(case: Case, path: Path, batch: int) -> None:
    """The zoo's exporter, without verification, because this benchmark compares the outputs itself."""
    to_onnx(case.model, path, opset=OPSET, verify=False)


def ours_right_padded(case: Case, path: Path, batch: int) -> None:
    """The zoo's exporter, with the promise that masks are padding on the right."""
    if "right_padded" not in inspect.signature(to_onnx).parameters:
        raise Unmeasured("to_onnx has no right_padded in this version")
    promise: dict[str, Any] = {"right_padded": True}
    to_onnx(case.model, path, opset=OPSET, verify=False, **promise)


def keras_own(case: Case, path: Path, batch: int) -> None:
    """Keras's `model.export`, which requires that the model was called before; `measure` has called it."""
    case.model.export(path, format="onnx", verbose=False)


def tf2onnx_function(case: Case, path: Path, batch: int) -> None:
    """The package tf2onnx on a `tf.function` of the model with a free batch; `from_keras` writes the same nodes."""
    import tensorflow as tf
    import tf2onnx

    signature = [tf.TensorSpec((None, *case.input_shape), case.input_dtype, name="input")]
    function = tf.function(lambda x: case.model(x, training=False), input_signature=signature)
    proto, _ = tf2onnx.convert.from_function(function, input_signature=signature, opset=OPSET)
    onnx.save(proto, path)


def litert(case: Case, path: Path, batch: int) -> None:
    """TensorFlow's converter to LiteRT on a `tf.function` with fixed batch and length, and frozen weights."""
    import tensorflow as tf

    signature = [tf.TensorSpec((batch, *case.input_shape), case.input_dtype)]
    function = tf.function(lambda x: case.model(x, training=False), input_signature=signature)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function.get_concrete_function()])
    path.write_bytes(converter.convert())


EXPORTERS = {
    "ours": Exporter("ours", ours),
    "ours-right-padded": Exporter("ours, right-padded", ours_right_padded, masked_only=True),
    "keras": Exporter("Keras export", keras_own),
    "tf2onnx": Exporter("tf2onnx", tf2onnx_function),
    "litert": Exporter("LiteRT", litert, suffix=".tflite", fixed_batch=True),
}


def export(case: Case, key: str, batch: int, folder: Path) -> tuple[Path | None, FileFacts]:
    """Writes one file with one exporter.

    Args:
        case: the model.
        key: key of the exporter in `EXPORTERS`.
        batch: batch size, for exporters with `fixed_batch`.
        folder: folder to write to.

    Returns:
        The file, or None if the exporter failed; and the facts about it.
    """
    exporter = EXPORTERS[key]
    fixed = batch if exporter.fixed_batch else None
    path = folder / f"{case.name}-{key}{'' if fixed is None else f'-{fixed}'}{exporter.suffix}"
    start = time.perf_counter()
    try:
        with silenced():
            exporter.write(case, path, batch)
    except Exception as error:  # any error of an exporter is shown in its row of the table
        return None, FileFacts(case.cell, case.variant, key, fixed, reason=why(error))
    seconds = time.perf_counter() - start
    nodes = loops = native = None
    if exporter.suffix == ".onnx":
        nodes, loops, native = count_nodes(path)
    size = path.stat().st_size
    return path, FileFacts(case.cell, case.variant, key, fixed, None, size, seconds, nodes, loops, native)


def count_nodes(path: Path) -> tuple[int, int, int]:
    """Numbers of nodes of an ONNX file, including inner ones; of loops; and of recurrent nodes."""
    kinds = [node.op_type for node in _nodes(onnx.load(path).graph)]
    loops = sum(kind in ("Loop", "Scan") for kind in kinds)
    return len(kinds), loops, sum(kind in ("RNN", "LSTM", "GRU") for kind in kinds)


def _nodes(graph: GraphProto) -> Iterator[NodeProto]:
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                yield from _nodes(inner)
