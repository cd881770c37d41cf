"""LSTM layers that compute in int8: faster from about 100 units on, in onnxruntime alone."""

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
    """Lets LSTM layers multiply in int8, and rounds all other weights as `weights_int8` does.

    Inputs and states are rounded to uint8 anew in every run. No other runtime than onnxruntime has this operator
    (https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md).

    Args:
        proto: a model as the exporter writes it; not changed.

    Returns:
        The model, or None if no LSTM could be turned, or not every call of one.
    """
    if all(node.op_type != "LSTM" for node in proto.graph.node):
        return None
    turned = _quantised(proto)
    kinds = {node.op_type for node in turned.graph.node}
    # Of a layer that is called twice it turns the first call only, and restores the second's weights in a wrong shape.
    if DYNAMIC_LSTM not in kinds or "DequantizeLinear" in kinds:
        return None
    # As the exporter wrote them: the quantiser signs and annotates what it makes.
    turned.producer_name, turned.producer_version = proto.producer_name, proto.producer_version
    del turned.metadata_props[:], turned.graph.value_info[:]
    turned.metadata_props.extend(proto.metadata_props)
    return weights_int8(turned) or turned


def _quantised(proto: ModelProto) -> ModelProto:
    """What onnxruntime's quantiser makes of the LSTM layers; it takes a model of its own and writes to a file."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    given = ModelProto()
    given.CopyFrom(proto)
    with tempfile.TemporaryDirectory() as folder, _quiet():
        path = Path(folder) / "model.onnx"
        quantize_dynamic(given, path, op_types_to_quantize=["LSTM"], weight_type=QuantType.QInt8, per_channel=True)
        return onnx.load(path)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps what the quantiser logs and prints from the user, and its logging from setting up a handler for good."""
    silent, before = logging.NullHandler(), logging.root.manager.disable
    logging.root.addHandler(silent)
    logging.disable(logging.CRITICAL)
    try:
        with redirect_stdout(StringIO()):
            yield
    finally:
        logging.disable(before)
        logging.root.removeHandler(silent)
