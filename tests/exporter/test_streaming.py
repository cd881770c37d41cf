"""A file for streams carries its state from step to step, and gives the same outputs however its input is cut."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers as kl
from keras import ops
from model_cases.making import FEATURES, UNITS, randomised, sensor, text

from zoo.core.errors import ExportError, ParityError
from zoo.exporter import to_onnx
from zoo.exporter.lowering import Lowered, lower
from zoo.exporter.parity import opened, verify
from zoo.exporter.pieces import zero_states

CELLS = {"SimpleRNN": kl.SimpleRNN, "LSTM": kl.LSTM, "GRU": kl.GRU}
KINDS = {"SimpleRNN": "h", "LSTM": "hc", "GRU": "h"}


def shapes(lowered: Lowered) -> dict[str, tuple[int | None, ...]]:
    return {name: tuple(state.first.shape or ()) for name, state in lowered.states.items()}


def causal(filters: int = 5, size: int = 3, **options: Any) -> kl.Conv1D:
    return kl.Conv1D(filters, size, padding="causal", **options)


def branched() -> keras.Model:
    x = keras.Input((None, FEATURES), name="input")
    one, other = causal(UNITS, name="near")(x), causal(UNITS, 4, dilation_rate=3, name="far")(x)
    y = kl.Add()([one, other])
    return keras.Model(x, [kl.GRU(2, return_sequences=True, name="g")(y), kl.Dense(2)(y)])


def shared() -> keras.Model:
    x = keras.Input((None, FEATURES), name="input")
    layer = kl.GRU(FEATURES, return_sequences=True, name="twice")
    return keras.Model(x, layer(layer(x)))


#: Model, number of steps in a piece, and states.
CASES: dict[str, tuple[Callable[[], keras.Model], int, dict[str, tuple[int | None, ...]]]] = {
    **{
        name: (
            lambda cell=cell: sensor(cell(UNITS, return_sequences=True, name="r"), kl.Dense(2)),
            1,
            {f"state.r.{kind}": (None, UNITS) for kind in KINDS[name]},
        )
        for name, cell in CELLS.items()
    },
    "masked": (
        lambda: text(kl.LSTM(UNITS, return_sequences=True, name="r")),
        1,
        {"state.r.h": (None, UNITS), "state.r.c": (None, UNITS)},
    ),
    "cells": (
        lambda: sensor(kl.RNN([kl.LSTMCell(2), kl.GRUCell(5)], return_sequences=True, name="r")),
        1,
        {"state.r.0.h": (None, 2), "state.r.0.c": (None, 2), "state.r.1.h": (None, 5)},
    ),
    "convolution": (lambda: sensor(causal(name="c")), 1, {"state.c.context": (None, 2, FEATURES)}),
    "of one step": (lambda: sensor(causal(size=1)), 1, {}),
    "strided": (
        lambda: sensor(causal(4, 5, strides=2, name="c"), causal(6, 2, strides=3, name="d")),
        6,
        {"state.c.context": (None, 4, FEATURES), "state.d.context": (None, 1, 4)},
    ),
    "in groups": (
        lambda: sensor(causal(4, name="c"), causal(4, groups=2, name="d")),
        1,
        {"state.c.context": (None, 2, FEATURES), "state.d.context": (None, 2, 4)},
    ),
    "channels first": (
        lambda: sensor(kl.Permute((2, 1)), causal(data_format="channels_first", name="c"), kl.Permute((2, 1))),
        1,
        {"state.c.context": (None, FEATURES, 2)},
    ),
    "branched": (
        branched,
        1,
        {"state.near.context": (None, 2, FEATURES), "state.far.context": (None, 9, FEATURES), "state.g.h": (None, 2)},
    ),
    "shared": (shared, 1, {"state.twice.h": (None, FEATURES), "state.twice_2.h": (None, FEATURES)}),
    "nested": (
        lambda: sensor(
            sensor(kl.GRU(FEATURES, return_sequences=True, name="r")),
            sensor(kl.GRU(2, return_sequences=True, name="r")),
        ),
        1,
        {"state.r.h": (None, FEATURES), "state.r_2.h": (None, 2)},
    ),
    "own operations": (
        lambda: sensor(kl.LayerNormalization(), kl.GRU(UNITS, return_sequences=True, name="r"), kl.Lambda(ops.tanh)),
        1,
        {"state.r.h": (None, UNITS)},
    ),
}


@pytest.mark.table("zoo/exporter", "tests/model_cases")
@pytest.mark.parametrize("name", CASES)
def test_the_file_has_its_states_and_agrees_in_pieces(name: str) -> None:
    build, piece, states = CASES[name]
    lowered = lower(randomised(build()), streaming=True)
    assert (lowered.piece, shapes(lowered)) == (piece, states)
    outputs = [info.name for info in lowered.proto.graph.output]
    assert outputs[len(outputs) - len(states) :] == [f"{state}.next" for state in states]
    pieces = verify(lowered).pieces
    assert pieces is not None
    assert (pieces.inputs, pieces.ways) == (4, 12)
    assert pieces.largest <= 1e-6


@pytest.mark.parametrize("name", ["convolution", "LSTM"])
def test_without_streaming_there_are_no_states(name: str) -> None:
    lowered = lower(CASES[name][0]())
    assert (lowered.piece, lowered.states) == (None, {})
    assert verify(lowered).pieces is None


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_cuts_give_the_same_outputs(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["GRU", "LSTM", "cells", "strided", "branched"]))
    session, lowered, x, expected = _whole(name)
    pieces = x.shape[1] // (lowered.piece or 1)
    cuts = sorted(data.draw(st.sets(st.integers(1, pieces - 1))))
    states, outputs = zero_states(lowered, len(x)), []
    for part in np.split(x, [cut * (lowered.piece or 1) for cut in cuts], axis=1):
        output, *after = session.run(None, {"input": part, **states})[-1 - len(states) :]
        outputs.append(output)
        states = dict(zip(states, after, strict=True))
    np.testing.assert_allclose(np.concatenate(outputs, 1), expected, atol=1e-6, rtol=1e-6)


_OPENED: dict[str, tuple[Any, Lowered, np.ndarray, np.ndarray]] = {}


def _whole(name: str) -> tuple[Any, Lowered, np.ndarray, np.ndarray]:
    if name not in _OPENED:
        lowered = lower(randomised(CASES[name][0]()), streaming=True)
        session = opened(lowered.proto)
        x = np.random.default_rng(1).standard_normal((2, 12 * (lowered.piece or 1), FEATURES)).astype(np.float32)
        states = zero_states(lowered, 2)
        expected = session.run(None, {"input": x, **states})[-1 - len(states)]
        _OPENED[name] = session, lowered, x, expected
    return _OPENED[name]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: sensor(kl.Bidirectional(kl.GRU(2, return_sequences=True), name="b")),
            r"^layer 'b' \(Bidirectional\): also reads backwards, but a stream has no future\. Use one direction, or "
            r"export without streaming\.$",
        ),
        (
            lambda: sensor(kl.GRU(2, return_sequences=True, go_backwards=True, name="g")),
            r"^layer 'g' \(GRU\): reads backwards, but a stream has no future\. Set go_backwards=False",
        ),
        (
            lambda: sensor(kl.GRU(2, name="g")),
            r"^layer 'g' \(GRU\): returns one output at the end, but a stream has no end\. Set return_sequences=True",
        ),
        (
            lambda: keras.Sequential(
                [keras.Input((None, 3), batch_size=2), kl.GRU(2, return_sequences=True, stateful=True, name="g")]
            ),
            r"^layer 'g' \(GRU\): keeps its own states, but a file for streams keeps them\. Set stateful=False",
        ),
        (
            lambda: sensor(kl.Conv1D(2, 3, padding="same", name="c")),
            r"^layer 'c' \(Conv1D\): looks ahead with padding='same', but a stream has no future\. Use a causal Conv1D",
        ),
        (
            lambda: sensor(kl.DepthwiseConv1D(3, name="c")),
            r"^layer 'c' \(DepthwiseConv1D\): looks ahead with padding='valid'",
        ),
        (
            lambda: sensor(kl.GlobalMaxPooling1D(name="p")),
            r"^layer 'p' \(GlobalMaxPooling1D\): needs the complete sequence, but a stream has no end\. Remove it",
        ),
        (lambda: sensor(kl.GRU(2, return_sequences=True), time=7), r"expected one input with a free time axis, .* got"),
        (
            lambda: sensor(kl.Lambda(lambda x: ops.sum(x, 1), output_shape=(FEATURES,))),
            r"expected one output for every fixed number of steps, got shapes \[\(1, 3\)\] for 2520 steps",
        ),
    ],
)
def test_a_layer_that_cannot_run_in_pieces_is_refused_with_a_remedy(
    build: Callable[[], keras.Model], message: str
) -> None:
    with pytest.raises(ExportError, match=message):
        lower(build(), streaming=True)


def test_initial_states_computed_by_the_model_are_refused() -> None:
    x = keras.Input((None, FEATURES))
    first = kl.Dense(2)(x[:, 0])
    model = keras.Model(x, kl.GRU(2, return_sequences=True, name="g")(x, initial_state=first))
    with pytest.raises(
        ExportError,
        match=r"^layer 'g' \(GRU\): expected zeros as initial states of a stream, got states that the model",
    ):
        lower(model, streaming=True)


@pytest.mark.parametrize("look", [lambda x: x - ops.mean(x, 1, keepdims=True), lambda x: ops.cumsum(x, 1)])
def test_an_operation_that_reaches_beyond_its_step_is_detected_by_running_it(look: Callable, tmp_path) -> None:
    model = sensor(kl.GRU(2, return_sequences=True), kl.Lambda(look))
    path = tmp_path / "model.onnx"
    with pytest.raises(
        ParityError, match=r"expected the same outputs in pieces as uncut within 1e-06, got a difference of"
    ):
        to_onnx(model, path, streaming=True)
    assert not path.exists()


def test_int8_of_a_stream_does_not_depend_on_its_pieces() -> None:
    model = randomised(sensor(kl.LSTM(64, return_sequences=True), kl.Dense(2)))
    proto = to_onnx(model, streaming=True, int8="on")
    assert "LSTM" in {node.op_type for node in proto.graph.node}
    assert not any("Dynamic" in node.op_type for node in proto.graph.node)
