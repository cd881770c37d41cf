"""Verifies that an ONNX file computes what its Keras model computes, by running both on the same inputs."""

import dataclasses
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import onnx

from zoo.core.errors import BundleError, ExportError, ParityError
from zoo.core.provenance import ParityFacts
from zoo.edge.onnxfile import read_header
from zoo.edge.sessions import Session, open_session
from zoo.exporter.cases import PATTERNS, RIGHT_PADDED, ParityCase, random_cases, real_cases
from zoo.exporter.lowering import Lowered
from zoo.exporter.model.subject import unchanged
from zoo.exporter.model.trace import Trace
from zoo.exporter.pieces import Pieces, verify_pieces, zero_states
from zoo.exporter.walk import Step

#: |ONNX - Keras| may be at most ABSOLUTE + RELATIVE·|Keras|: about a hundred float32 roundings near 1.
ABSOLUTE = 1e-5
RELATIVE = 1e-5
#: How often a model that keeps states is run on each input; each run continues where the previous one ended.
RUNS_WITH_STATES = 2
#: Reference values smaller than this are left out of the reported relative difference.
SMALLEST = 1e-3


@dataclass(frozen=True)
class Parity:
    """The result of the comparison.

    Attributes:
        cases: number of inputs that both models were run on.
        rows: number of real rows among them.
        largest_absolute: largest |ONNX - Keras|.
        largest_relative: largest |ONNX - Keras| / |Keras|, where |Keras| is at least 0.001.
        patterns: positions of the masked steps in the rows of the random inputs.
        pieces: the result of running in pieces, for a file for streams.
    """

    cases: int
    rows: int
    largest_absolute: float
    largest_relative: float
    patterns: tuple[str, ...] = PATTERNS
    pieces: Pieces | None = None

    def __str__(self) -> str:
        """The summary shown to users."""
        text = (
            f"The float32 file agrees with Keras on {self.cases} inputs: largest difference {self.largest_absolute:.2g}"
            f", relative {self.largest_relative:.2g}; allowed {ABSOLUTE:g} + {RELATIVE:g} times the value."
        )
        return text if self.pieces is None else f"{text} {self.pieces}"

    def facts(self) -> ParityFacts:
        """The manifest's entry, with the tolerance and the mask patterns. The metrics are added elsewhere."""
        return ParityFacts(
            self.cases,
            self.rows,
            self.largest_absolute,
            self.largest_relative,
            f"{ABSOLUTE:g} + {RELATIVE:g} * |reference|",
            self.patterns,
            None if self.pieces is None else self.pieces.facts(),
        )


def verify(lowered: Lowered, rows: Sequence[np.ndarray] = ()) -> Parity:
    """Runs the ONNX model against Keras on random inputs of several sizes and masks, and on real rows.

    One of the random inputs is also compared layer by layer: the output of a softmax over many words is small
    everywhere, and could hide an error in an earlier layer.

    Args:
        lowered: the result of `lower`.
        rows: real inputs without the batch axis, (time, features) or (time,) ids, for a model with one input.

    Raises:
        ParityError: an output differs by more than the tolerance. The message names the first layer that does.
        ExportError: the runtime refuses the file, or the rows do not fit the model.
    """
    session = opened(lowered.proto)
    with unchanged(lowered.subject.model), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras already gave its warnings when the model was built
        random, real = random_cases(lowered), real_cases(lowered, rows)
        differences = {id(case): _compare(session, lowered, case) for case in (*random, *real)}
        # A model may require lengths that fit its structure: inputs that Keras refuses need not work in the file.
        accepted = [case for case in random if differences[id(case)] is not None]
        for case in real:
            if differences[id(case)] is None:
                raise ExportError(
                    f"{case.title}: expected an input that Keras accepts, got an error from Keras. Give other rows."
                )
        if not accepted and not real:
            raise ExportError(
                f"{_name(lowered)}: expected inputs that Keras accepts, got errors on all random ones. "
                "Give real inputs with rows=."
            )
        # Not the longest: in a chaotic recurrence, every step multiplies the rounding differences of two runtimes.
        if accepted and (first := _first_difference(lowered, accepted[len(accepted) // 2])):
            raise ParityError(_complaint(*first, accepted[len(accepted) // 2]))
    compared = [numbers for numbers in differences.values() if numbers is not None]
    absolute, relative, any_numbers = (max(numbers) for numbers in zip(*compared, strict=True))
    if not any_numbers:
        raise ParityError(
            f"{_name(lowered)}: expected numbers from Keras, got NaN on every input. Give other inputs with rows=."
        )
    pieces = None if lowered.piece is None else verify_pieces(session, lowered, rows)
    patterns = RIGHT_PADDED if lowered.right_padded else PATTERNS
    return Parity(len(compared), len(real), absolute, relative, patterns, pieces)


def again_in_pieces(parity: Parity, lowered: Lowered, proto: onnx.ModelProto, rows: Sequence[np.ndarray]) -> Parity:
    """The result of `verify`, updated by running another form of the file in pieces if it is for streams.

    Raises:
        ParityError: that form gives other outputs in pieces than on complete inputs.
    """
    if lowered.piece is None:
        return parity
    return dataclasses.replace(parity, pieces=verify_pieces(opened(proto), lowered, rows))


def agree(got: np.ndarray, expected: np.ndarray) -> bool:
    """Whether two arrays have the same shape and agree within the tolerance everywhere.

    Where Keras gives NaN, any value is accepted: runtimes differ in how they propagate NaN.
    """
    if got.shape != expected.shape:
        return False
    comparable = ~np.isnan(expected)
    return np.allclose(got[comparable], expected[comparable], rtol=RELATIVE, atol=ABSOLUTE)


def opened(proto: onnx.ModelProto) -> Session:
    """Opens the file in a session with one thread, as a device does.

    Raises:
        ExportError: the runtime refuses the file.
    """
    content, where = proto.SerializeToString(), f"model '{proto.graph.name}'"
    try:
        return open_session(content, read_header(content, where), where)
    except BundleError as error:
        raise ExportError(str(error)) from error


def _compare(session: Session, lowered: Lowered, case: ParityCase) -> tuple[float, float, bool] | None:
    """Compares the outputs, and the states that the model keeps.

    Returns:
        The largest absolute and the largest relative difference, and whether Keras gave any value other than NaN; None
        if Keras does not accept the inputs.

    Raises:
        ParityError: a difference exceeds the tolerance.
    """
    states = _reset(lowered, len(case.inputs[0]))
    kept_by_keras = [state.variable for state in lowered.states.values() if state.variable is not None]
    absolute = relative = 0.0
    any_numbers = False
    for _ in range(RUNS_WITH_STATES if kept_by_keras else 1):
        try:
            outputs = lowered.subject.run(case.inputs)
        except Exception:  # the model's own code may raise anything
            return None
        expected = [*outputs, *map(as_array, kept_by_keras)]
        got = _run(session, None, lowered, case, states)
        for ours, keras_own in zip(got, expected, strict=len(kept_by_keras) == len(states)):
            if not agree(ours, keras_own):
                where = (_name(lowered), _largest(ours, keras_own))
                raise ParityError(_complaint(*(_first_difference(lowered, case) or where), case))
            size = np.abs(np.asarray(keras_own, np.float64))
            sizeable = size >= SMALLEST
            absolute = max(absolute, _largest(ours, keras_own))
            any_numbers = any_numbers or keras_own.size == 0 or not np.isnan(keras_own).all()
            relative = max(relative, _largest(ours[sizeable] / size[sizeable], keras_own[sizeable] / size[sizeable]))
        states = dict(zip(states, got[len(got) - len(states) :], strict=True))
    return absolute, relative, any_numbers


def as_array(tensor: Any) -> np.ndarray:
    """The value of a Keras tensor or variable as an array."""
    return np.asarray(keras.ops.convert_to_numpy(tensor))


def _largest(got: np.ndarray, expected: np.ndarray) -> float:
    """Largest absolute difference; 0 for empty arrays, infinite for arrays of different shapes."""
    if got.shape != expected.shape:
        return float("inf")
    difference = np.abs(got.astype(np.float64) - expected.astype(np.float64))
    became_nan = np.isnan(got) & ~np.isnan(expected)  # NaN where Keras has a number
    return float(np.nanmax(np.where(became_nan, np.inf, difference), initial=0))


def _complaint(where: str, difference: float, case: ParityCase) -> str:
    return (
        f"{where}: expected the values of Keras within {ABSOLUTE:g}, got a difference of {difference:.3g} on "
        f"{case.title}. Nothing was written. Please report the layer with its configuration."
    )


def _run(
    session: Session, outputs: list[str] | None, lowered: Lowered, case: ParityCase, states: Mapping[str, np.ndarray]
) -> list[np.ndarray]:
    """Runs the file on one case; None for `outputs` returns all outputs.

    Raises:
        ParityError: the file fails where Keras does not.
    """
    names = [tensor.name for tensor in lowered.subject.inputs]
    try:
        return session.run(outputs, {**dict(zip(names, case.inputs, strict=True)), **states})
    except Exception as error:  # onnxruntime's errors have no common class
        reason = str(error).strip().splitlines()[0][:300]
        raise ParityError(
            f"{_name(lowered)}: the file fails on {case.title}, which Keras accepts: {reason} Nothing was written."
        ) from error


def _name(lowered: Lowered) -> str:
    return f"model '{lowered.subject.model.name}'"


def _reset(lowered: Lowered, batch: int) -> dict[str, np.ndarray]:
    """Sets Keras's states to zero, and returns zero states for the file."""
    for state in lowered.states.values():
        if state.variable is not None:
            state.variable.assign(keras.ops.zeros_like(state.variable))
    return zero_states(lowered, batch)


def _first_difference(lowered: Lowered, case: ParityCase) -> tuple[str, float] | None:
    """The first layer whose outputs differ, and the largest difference."""
    proto, names = lowered.complete()
    states = _reset(lowered, len(case.inputs[0]))
    wanted = list(dict.fromkeys(names.values()))
    arrays = dict(zip(wanted, _run(opened(proto), wanted, lowered, case, states), strict=True)) if wanted else {}
    got = {value: arrays[name] for value, name in names.items()}
    tensors = [
        keras.ops.convert_to_tensor(array, tensor.dtype)
        for array, tensor in zip(case.inputs, lowered.subject.inputs, strict=True)
    ]
    return _search(lowered.subject.trace, lowered.steps, tensors, got)


def _search(
    trace: Trace, steps: Sequence[Step], tensors: Sequence[Any], got: Mapping[str, np.ndarray]
) -> tuple[str, float] | None:
    """Calls the layers one by one, as the model does, until one differs; the tensors carry their masks.

    Args:
        trace: the calls.
        steps: what was written for each.
        tensors: Keras tensors, one for each input of the trace.
        got: arrays that the file computes, by the names of their values.
    """
    values = {id(symbol): tensor for symbol, tensor in zip(trace.inputs, tensors, strict=True)}
    for call, step in zip(trace.calls, steps, strict=True):
        args, kwargs = call.arguments(values)
        results = keras.tree.flatten(call.operation(*args, **kwargs))
        values.update(zip([id(tensor) for tensor in keras.tree.flatten(call.outputs)], results, strict=True))
        expected = [as_array(result) for result in results]
        pairs = [(got[v.name], array) for v, array in zip(step.values, expected, strict=True) if v.name in got]
        differences = [_largest(ours, theirs) for ours, theirs in pairs if not agree(ours, theirs)]
        if differences:
            arguments = [leaf for leaf in keras.tree.flatten((args, kwargs)) if keras.ops.is_tensor(leaf)]
            inside = step.inside
            fits = inside is not None and len(arguments) == len(inside[0].inputs)
            inner = _search(*inside, arguments, got) if inside is not None and fits else None
            return (f"{step.title}, {inner[0]}", inner[1]) if inner else (step.title, max(differences))
    return None
