"""Proof that an ONNX file computes what its Keras model computes: both are run on the same inputs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import keras
import numpy as np
import onnx
from onnx import helper

from zoo.edge.onnxfile import read_header
from zoo.edge.sessions import Session, open_session
from zoo.errors import BundleError, ExportError, ParityError
from zoo.export.cases import Arrays, Case, random_cases, real_cases
from zoo.export.converters import Lowered
from zoo.export.trace import Call

#: |ONNX - Keras| may be at most ABSOLUTE + RELATIVE·|Keras|: some hundred roundings of a float32 near 1.
ABSOLUTE = 1e-5
RELATIVE = 1e-5
#: Below this size of a reference value, the relative difference says nothing and is not reported.
SMALLEST = 1e-3


@dataclass(frozen=True)
class Parity:
    """What was compared.

    Attributes:
        cases: number of inputs that both models were run on.
        rows: number of real rows among them.
        largest_absolute: largest |ONNX - Keras|.
        largest_relative: largest |ONNX - Keras| / |Keras|, where |Keras| is at least 0.001.
    """

    cases: int
    rows: int
    largest_absolute: float
    largest_relative: float

    def as_dict(self) -> dict[str, object]:
        """For the manifest, together with what was allowed and assumed."""
        return {
            "cases": self.cases,
            "rows": self.rows,
            "largest_absolute": self.largest_absolute,
            "largest_relative": self.largest_relative,
            "allowed": f"{ABSOLUTE:g} + {RELATIVE:g} * |reference|",
            "padding": "right",
        }


def verify(lowered: Lowered, rows: Sequence[np.ndarray] = ()) -> Parity:
    """Runs the ONNX model against Keras on random inputs of several sizes, and on real rows.

    One of the random inputs is also followed layer by layer: the output of a softmax over many words is small
    everywhere, and could hide a wrong layer before it.

    Args:
        lowered: what `lower` wrote.
        rows: real inputs without the batch axis, (time, features) or (time,) ids, for a model with one input.

    Raises:
        ParityError: some output differs by more than the tolerance. Names the first layer that does.
        ExportError: the runtime refuses the file, or the rows do not fit the model.
    """
    session = _session(lowered.proto)
    drawn, real = random_cases(lowered), real_cases(lowered, rows)
    # Not the longest: where a plain recurrence is chaotic, its steps multiply two runtimes' different roundings.
    followed = drawn[len(drawn) // 2]
    for call, difference in _differences(lowered, followed):
        raise ParityError(_complaint(call.title, difference, followed))
    found = [_compare(session, lowered, case) for case in (*drawn, *real)]
    absolute, relative = (max(numbers) for numbers in zip(*found, strict=True))
    return Parity(len(found), len(real), absolute, relative)


def reference(lowered: Lowered, inputs: Arrays) -> Arrays:
    """What Keras computes, outside training; one array an output."""
    outputs = lowered.trace.model([keras.ops.convert_to_tensor(array) for array in inputs], training=False)
    return [np.asarray(keras.ops.convert_to_numpy(output)) for output in keras.tree.flatten(outputs)]


def agree(got: np.ndarray, expected: np.ndarray) -> bool:
    """Whether two arrays have one shape and differ nowhere by more than the tolerance; NaN agrees with NaN."""
    return got.shape == expected.shape and np.allclose(got, expected, rtol=RELATIVE, atol=ABSOLUTE, equal_nan=True)


def _session(proto: onnx.ModelProto) -> Session:
    """The session that a device will have."""
    content, where = proto.SerializeToString(), f"model '{proto.graph.name}'"
    try:
        return open_session(content, read_header(content, where), where)
    except BundleError as error:
        raise ExportError(str(error)) from error


def _compare(session: Session, lowered: Lowered, case: Case) -> tuple[float, float]:
    """The largest absolute and relative difference of the outputs.

    Raises:
        ParityError: it is beyond the tolerance.
    """
    got = session.run(None, _feed(lowered, case))
    absolute = relative = 0.0
    for one, other in zip(got, reference(lowered, case.inputs), strict=True):
        if not agree(one, other):
            title, difference = f"model '{lowered.trace.name}'", _largest(one, other)
            for call, first in _differences(lowered, case):
                title, difference = call.title, first
                break
            raise ParityError(_complaint(title, difference, case))
        size = np.abs(other)
        absolute = max(absolute, _largest(one, other))
        relative = max(
            relative, _largest(one[size >= SMALLEST] / size[size >= SMALLEST], np.sign(other[size >= SMALLEST]))
        )
    return absolute, relative


def _largest(one: np.ndarray, other: np.ndarray) -> float:
    """Largest absolute difference, 0 of nothing; infinite for arrays of different shapes."""
    return float(np.nanmax(np.abs(one - other), initial=0)) if one.shape == other.shape else float("inf")


def _complaint(where: str, difference: float, case: Case) -> str:
    return (
        f"{where}: expected what Keras computes within {ABSOLUTE:g}, got a difference of {difference:.3g} on "
        f"{case.title}. Nothing was written. Please report the layer with its configuration."
    )


def _feed(lowered: Lowered, case: Case) -> dict[str, np.ndarray]:
    return dict(zip([tensor.name for tensor in lowered.trace.inputs], case.inputs, strict=True))


def _differences(lowered: Lowered, case: Case) -> Iterator[tuple[Call, float]]:
    """The calls whose outputs differ, with the largest difference, in order."""
    proto = onnx.ModelProto()
    proto.CopyFrom(lowered.proto)
    outputs = {info.name for info in proto.graph.output}
    made = {name for node in proto.graph.node for name in node.output}
    asked = [name for name in dict.fromkeys(chain(*lowered.names)) if name in made]
    proto.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in asked if name not in outputs)
    got = dict(zip(asked, _session(proto).run(asked, _feed(lowered, case)), strict=True))
    for call, names, computed in zip(lowered.trace.calls, lowered.names, replay(lowered, case.inputs), strict=True):
        for name, expected in zip(names, computed, strict=True):
            if name in got and not agree(got[name], expected):
                yield call, _largest(got[name], expected)


def replay(lowered: Lowered, inputs: Arrays) -> Iterator[Arrays]:
    """Calls the model's layers one by one, as the model does; masks travel with the tensors."""
    values = {
        id(tensor): keras.ops.convert_to_tensor(array)
        for tensor, array in zip(lowered.trace.inputs, inputs, strict=True)
    }
    for call in lowered.trace.calls:
        args, kwargs = call.arguments(values)
        results = keras.tree.flatten(call.operation(*args, **kwargs))
        values.update(zip([id(tensor) for tensor in keras.tree.flatten(call.outputs)], results, strict=True))
        yield [np.asarray(keras.ops.convert_to_numpy(result)) for result in results]
