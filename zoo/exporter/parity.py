"""Proof that an ONNX file computes what its Keras model computes: both are run on the same inputs."""

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
from zoo.exporter.cases import PATTERNS, RIGHT_PADDED, Case, random_cases, real_cases
from zoo.exporter.lowering import Lowered
from zoo.exporter.model.subject import kept
from zoo.exporter.model.trace import Trace
from zoo.exporter.pieces import Pieces, verify_pieces, zero_states
from zoo.exporter.walk import Step

#: |ONNX - Keras| may be at most ABSOLUTE + RELATIVE·|Keras|: some hundred roundings of a float32 near 1.
ABSOLUTE = 1e-5
RELATIVE = 1e-5
#: A model that keeps states is run this often on each input, one run going on where the last one ended.
RUNS_WITH_STATES = 2
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
        patterns: where the masked steps of the random inputs' rows were.
        pieces: what running in pieces showed, of a file for streams.
    """

    cases: int
    rows: int
    largest_absolute: float
    largest_relative: float
    patterns: tuple[str, ...] = PATTERNS
    pieces: Pieces | None = None

    def __str__(self) -> str:
        """What a user is told."""
        text = (
            f"In float32, compared with Keras on {self.cases} inputs: largest difference {self.largest_absolute:.2g}, "
            f"relative {self.largest_relative:.2g}; allowed {ABSOLUTE:g} + {RELATIVE:g} times the value."
        )
        return text if self.pieces is None else f"{text} {self.pieces}"

    def facts(self) -> ParityFacts:
        """For the manifest, together with what was allowed and assumed. Metrics are not known here."""
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

    One of the random inputs is also followed layer by layer: the output of a softmax over many words is small
    everywhere, and could hide a wrong layer before it.

    Args:
        lowered: what `lower` wrote.
        rows: real inputs without the batch axis, (time, features) or (time,) ids, for a model with one input.

    Raises:
        ParityError: some output differs by more than the tolerance. Names the first layer that does.
        ExportError: the runtime refuses the file, or the rows do not fit the model.
    """
    session = opened(lowered.proto)
    with kept(lowered.subject.model), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Keras has to say of the model, it said when that was built
        drawn, real = random_cases(lowered), real_cases(lowered, rows)
        found = {id(case): _compare(session, lowered, case) for case in (*drawn, *real)}
        # A model may want lengths that fit its own structure: what Keras does not take, the file need not.
        taken = [case for case in drawn if found[id(case)] is not None]
        for case in real:
            if found[id(case)] is None:
                raise ExportError(f"{case.title}: Keras does not take it. Give rows that the model can be called on.")
        if not taken and not real:
            raise ExportError(
                f"{_name(lowered)}: Keras takes none of the inputs that were tried. Give real ones: rows=."
            )
        # Not the longest: where a plain recurrence is chaotic, its steps multiply two runtimes' different roundings.
        if taken and (difference := _first_difference(lowered, taken[len(taken) // 2])):
            raise ParityError(_complaint(*difference, taken[len(taken) // 2]))
    compared = [numbers for numbers in found.values() if numbers is not None]
    absolute, relative, told = (max(numbers) for numbers in zip(*compared, strict=True))
    if not told:
        raise ParityError(
            f"{_name(lowered)}: expected numbers from Keras, got NaN on every input. Give rows= that give numbers."
        )
    pieces = None if lowered.piece is None else verify_pieces(session, lowered, rows)
    patterns = RIGHT_PADDED if lowered.right_padded else PATTERNS
    return Parity(len(compared), len(real), absolute, relative, patterns, pieces)


def again_in_pieces(parity: Parity, lowered: Lowered, proto: onnx.ModelProto, rows: Sequence[np.ndarray]) -> Parity:
    """What `verify` found of a file, with what running another form of it in pieces shows, if it is for streams.

    Raises:
        ParityError: that form gives something else in pieces.
    """
    if lowered.piece is None:
        return parity
    return dataclasses.replace(parity, pieces=verify_pieces(opened(proto), lowered, rows))


def agree(got: np.ndarray, expected: np.ndarray) -> bool:
    """Whether two arrays have one shape and differ nowhere by more than the tolerance.

    Where Keras gives NaN, nothing is promised: what a runtime makes of NaN further on is its own.
    """
    if got.shape != expected.shape:
        return False
    told = ~np.isnan(expected)
    return np.allclose(got[told], expected[told], rtol=RELATIVE, atol=ABSOLUTE)


def opened(proto: onnx.ModelProto) -> Session:
    """The session that a device will have: one thread.

    Raises:
        ExportError: the runtime refuses the file.
    """
    content, where = proto.SerializeToString(), f"model '{proto.graph.name}'"
    try:
        return open_session(content, read_header(content, where), where)
    except BundleError as error:
        raise ExportError(str(error)) from error


def _compare(session: Session, lowered: Lowered, case: Case) -> tuple[float, float, bool] | None:
    """The largest absolute and relative difference of the outputs, and of the states that the model keeps.

    And whether Keras gave anything but NaN. None if Keras itself does not take the inputs.

    Raises:
        ParityError: it is beyond the tolerance.
    """
    states = _reset(lowered, len(case.inputs[0]))
    kept_by_keras = [state.variable for state in lowered.states.values() if state.variable is not None]
    absolute = relative = 0.0
    numbers = False
    for _ in range(RUNS_WITH_STATES if kept_by_keras else 1):
        try:
            outputs = lowered.subject.run(case.inputs)
        except Exception:  # the model's own code may raise anything
            return None
        expected = [*outputs, *map(as_array, kept_by_keras)]
        got = _run(session, None, lowered, case, states)
        for one, other in zip(got, expected, strict=len(kept_by_keras) == len(states)):
            if not agree(one, other):
                where = (_name(lowered), _largest(one, other))
                raise ParityError(_complaint(*(_first_difference(lowered, case) or where), case))
            size = np.abs(np.asarray(other, np.float64))
            told = size >= SMALLEST
            absolute = max(absolute, _largest(one, other))
            numbers = numbers or other.size == 0 or not np.isnan(other).all()
            relative = max(relative, _largest(one[told] / size[told], other[told] / size[told]))
        states = dict(zip(states, got[len(got) - len(states) :], strict=True))
    return absolute, relative, numbers


def as_array(tensor: Any) -> np.ndarray:
    """What a Keras tensor or variable holds."""
    return np.asarray(keras.ops.convert_to_numpy(tensor))


def _largest(one: np.ndarray, other: np.ndarray) -> float:
    """Largest absolute difference, 0 of nothing; infinite for arrays of different shapes."""
    if one.shape != other.shape:
        return float("inf")
    difference = np.abs(one.astype(np.float64) - other.astype(np.float64))
    spoilt = np.isnan(one) & ~np.isnan(other)  # NaN where Keras has a number
    return float(np.nanmax(np.where(spoilt, np.inf, difference), initial=0))


def _complaint(where: str, difference: float, case: Case) -> str:
    return (
        f"{where}: expected what Keras computes within {ABSOLUTE:g}, got a difference of {difference:.3g} on "
        f"{case.title}. Nothing was written. Please report the layer with its configuration."
    )


def _run(
    session: Session, asked: list[str] | None, lowered: Lowered, case: Case, states: Mapping[str, np.ndarray]
) -> list[np.ndarray]:
    """What the file computes.

    Raises:
        ParityError: it fails where Keras does not.
    """
    names = [tensor.name for tensor in lowered.subject.inputs]
    try:
        return session.run(asked, {**dict(zip(names, case.inputs, strict=True)), **states})
    except Exception as error:  # onnxruntime's errors have no class in common
        reason = str(error).strip().splitlines()[0][:300]
        raise ParityError(
            f"{_name(lowered)}: the file fails on {case.title}, which Keras takes: {reason} Nothing was written."
        ) from error


def _name(lowered: Lowered) -> str:
    return f"model '{lowered.subject.model.name}'"


def _reset(lowered: Lowered, batch: int) -> dict[str, np.ndarray]:
    """Sets Keras's states to zero, and gives such states for the file."""
    for state in lowered.states.values():
        if state.variable is not None:
            state.variable.assign(keras.ops.zeros_like(state.variable))
    return zero_states(lowered, batch)


def _first_difference(lowered: Lowered, case: Case) -> tuple[str, float] | None:
    """The first layer whose outputs differ, and by how much at most."""
    proto, names = lowered.complete()
    states = _reset(lowered, len(case.inputs[0]))
    asked = list(dict.fromkeys(names.values()))
    arrays = dict(zip(asked, _run(opened(proto), asked, lowered, case, states), strict=True)) if asked else {}
    got = {value: arrays[name] for value, name in names.items()}
    tensors = [
        keras.ops.convert_to_tensor(array, tensor.dtype)
        for array, tensor in zip(case.inputs, lowered.subject.inputs, strict=True)
    ]
    return _search(lowered.subject.trace, lowered.steps, tensors, got)


def _search(
    trace: Trace, steps: Sequence[Step], tensors: Sequence[Any], got: Mapping[str, np.ndarray]
) -> tuple[str, float] | None:
    """Calls the layers one by one, as the model does, until one differs; masks travel with the tensors.

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
        differences = [_largest(one, other) for one, other in pairs if not agree(one, other)]
        if differences:
            given = [leaf for leaf in keras.tree.flatten((args, kwargs)) if keras.ops.is_tensor(leaf)]
            inside = step.inside
            known = inside is not None and len(given) == len(inside[0].inputs)
            inner = _search(*inside, given, got) if inside is not None and known else None
            return (f"{step.title}, {inner[0]}", inner[1]) if inner else (step.title, max(differences))
    return None
