"""LSTM layers that compute in int8: faster from about 100 units, in onnxruntime only."""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path

import onnx
from onnx import ModelProto

from zoo.core.operators import DYNAMIC_LSTM
from zoo.exporter.int8.weights import weights_int8


def dynamic_int8(proto: ModelProto) -> ModelProto | None:
    """Converts LSTM layers to multiply in int8, and rounds all other weights as `weights_int8` does.

    Every run rounds inputs and states to uint8. Only onnxruntime has this operator
    (https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md).

    Args:
        proto: a model as the exporter writes it; not changed.

    Returns:
        The model, or None unless every call of every LSTM could be converted.
    """
    if all(node.op_type != "LSTM" for node in proto.graph.node):
        return None
    quantised = _quantised(proto)
    kinds = {node.op_type for node in quantised.graph.node}
    # For a layer that is called twice, it converts the first call only and restores the second's weights wrongly.
    if DYNAMIC_LSTM not in kinds or "DequantizeLinear" in kinds:
        return None
    # The quantiser sets its own producer name and annotations; restore the exporter's.
    quantised.producer_name, quantised.producer_version = proto.producer_name, proto.producer_version
    del quantised.metadata_props[:], quantised.graph.value_info[:]
    quantised.metadata_props.extend(proto.metadata_props)
    return weights_int8(quantised) or quantised


def _quantised(proto: ModelProto) -> ModelProto:
    """Applies onnxruntime's quantiser to the LSTM layers; it changes the model it gets, and writes to a file."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    copy = ModelProto()
    copy.CopyFrom(proto)
    with tempfile.TemporaryDirectory() as folder, _quiet():
        path = Path(folder) / "model.onnx"
        quantize_dynamic(copy, path, op_types_to_quantize=["LSTM"], weight_type=QuantType.QInt8, per_channel=True)
        return onnx.load(path)


@contextmanager
def _quiet() -> Iterator[None]:
    """Suppresses what the quantiser logs and prints, and keeps its logging from installing a permanent handler."""
    silent, before = logging.NullHandler(), logging.root.manager.disable
    logging.root.addHandler(silent)
    logging.disable(logging.CRITICAL)
    try:
        with redirect_stdout(StringIO()):
            yield
    finally:
        logging.disable(before)
        logging.root.removeHandler(silent)
