"""Every row of the table of converters predicts correctly whether its layer streams."""

from collections.abc import Callable
from typing import Any

import keras
import pytest
from keras import layers as kl
from model_cases.making import FEATURES, UNITS, randomised, sensor, text

from zoo.core.errors import ExportError, ParityError
from zoo.exporter.converters import streams
from zoo.exporter.converters.table import CONVERTERS
from zoo.exporter.lowering import lower
from zoo.exporter.parity import verify
from zoo.fast.cells import LAYERS

#: Outcomes of exporting a layer for streams: the same outputs in pieces, refusal with a reason, or refusal because
#: verification in pieces found a difference.
SAME, REFUSED, DETECTED = "same", "refused", "detected"

#: For each function of the column, the possible outcomes of its layers, depending on their options.
OUTCOMES: dict[streams.Streams, set[str]] = {
    streams.step_by_step: {SAME},
    streams.unclear: {SAME, DETECTED},
    streams.one_way: {SAME, REFUSED},
    streams.window: {SAME, REFUSED},
    streams.whole: {REFUSED},
    streams.both_ways: {REFUSED},
}

AHEAD = r"looks ahead with padding='{}', but a stream has no future\. Use a causal Conv1D"
WHOLE = r"needs the complete sequence, but a stream has no end\. Remove it"


def of_two(layer: Callable[..., Any], *, apart: bool = False) -> keras.Model:
    """A layer that reads two sequences, as a list or one after the other."""
    x = keras.Input((None, FEATURES), name="input")
    both = [kl.Dense(FEATURES)(x), x]
    return keras.Model(x, layer(*both) if apart else layer(both))


def frames(layer: kl.Layer, *sizes: int) -> keras.Model:
    """A layer over (batch, time, *sizes, features)."""
    return keras.Sequential([keras.Input((None, *sizes, FEATURES), name="input"), layer])


def over_space(kind: Any, *sizes: int, **options: Any) -> list[tuple[keras.Model, str]]:
    """A convolution with time as its first axis: over the other axes only, and over time as well."""
    sizes_of_space = (2,) * len(sizes)
    return [
        (frames(kind(kernel_size=(1, *sizes_of_space), padding="same", **options), *sizes), SAME),
        (frames(kind(kernel_size=(3, *sizes_of_space), padding="same", **options), *sizes), DETECTED),
    ]


def recurrent(kind: Callable[..., Any]) -> list[tuple[keras.Model, str]]:
    kept = [keras.Input((None, FEATURES), batch_size=2), kind(return_sequences=True, stateful=True)]
    return [
        (sensor(kind(return_sequences=True)), SAME),
        (sensor(kind()), r"returns one output at the end, but a stream has no end\. Set return_sequences=True"),
        (
            sensor(kind(return_sequences=True, go_backwards=True)),
            r"reads backwards, but a stream has no future\. Set go_backwards=False",
        ),
        (keras.Sequential(kept), r"keeps its own states, but a file for streams keeps them\. Set stateful=False"),
    ]


def windowed(kind: Any, *options: Any, causal: bool = False) -> list[tuple[keras.Model, str]]:
    rows = [(sensor(kind(*options, 3, padding=way)), AHEAD.format(way)) for way in ("valid", "same")]
    return [
        (sensor(kind(*options, 1)), SAME),
        *rows,
        *([(sensor(kind(*options, 3, padding="causal")), SAME)] if causal else []),
    ]


#: For each row of the table, models with the layer, and the outcome of each: SAME, DETECTED, or the reason.
MODELS: dict[type[kl.Layer], Callable[[], list[tuple[keras.Model, str]]]] = {
    **{kind: lambda kind=kind: recurrent(lambda **options: kind(UNITS, **options)) for kind in LAYERS},
    kl.Activation: lambda: [(sensor(kl.Activation(one)), SAME) for one in ("tanh", "softmax")],
    kl.Add: lambda: [(of_two(kl.Add()), SAME)],
    kl.AdditiveAttention: lambda: [(of_two(kl.AdditiveAttention()), WHOLE)],
    kl.Attention: lambda: [(of_two(kl.Attention()), WHOLE)],
    kl.Average: lambda: [(of_two(kl.Average()), SAME)],
    kl.AveragePooling1D: lambda: [(sensor(kl.AveragePooling1D(2)), WHOLE)],
    kl.BatchNormalization: lambda: [(sensor(kl.BatchNormalization()), SAME)],
    kl.Bidirectional: lambda: [
        (
            sensor(kl.Bidirectional(kl.GRU(UNITS, return_sequences=True))),
            r"also reads backwards, but a stream has no future\. Use one direction",
        )
    ],
    kl.Conv1D: lambda: windowed(kl.Conv1D, UNITS, causal=True),
    kl.Conv1DTranspose: lambda: over_space(kl.Conv1DTranspose, filters=UNITS),
    kl.Conv2D: lambda: over_space(kl.Conv2D, 5, filters=UNITS),
    kl.Conv2DTranspose: lambda: over_space(kl.Conv2DTranspose, 5, filters=UNITS),
    kl.Conv3D: lambda: over_space(kl.Conv3D, 5, 2, filters=UNITS),
    kl.Conv3DTranspose: lambda: over_space(kl.Conv3DTranspose, 5, 2, filters=UNITS),
    kl.Dense: lambda: [(sensor(kl.Dense(UNITS)), SAME)],
    kl.DepthwiseConv1D: lambda: windowed(kl.DepthwiseConv1D),
    kl.DepthwiseConv2D: lambda: over_space(kl.DepthwiseConv2D, 5),
    kl.Embedding: lambda: [(text(kl.Dense(UNITS)), SAME)],
    kl.Flatten: lambda: [(sensor(kl.Flatten()), WHOLE)],
    kl.GlobalAveragePooling1D: lambda: [(sensor(kl.GlobalAveragePooling1D()), WHOLE)],
    kl.GlobalMaxPooling1D: lambda: [(sensor(kl.GlobalMaxPooling1D()), WHOLE)],
    kl.GroupQueryAttention: lambda: [(of_two(kl.GroupQueryAttention(UNITS, 2, 1), apart=True), WHOLE)],
    kl.MaxPooling1D: lambda: [(sensor(kl.MaxPooling1D(2)), WHOLE)],
    kl.Maximum: lambda: [(of_two(kl.Maximum()), SAME)],
    kl.Minimum: lambda: [(of_two(kl.Minimum()), SAME)],
    kl.MultiHeadAttention: lambda: [(of_two(kl.MultiHeadAttention(2, UNITS), apart=True), WHOLE)],
    kl.Multiply: lambda: [(of_two(kl.Multiply()), SAME)],
    kl.Normalization: lambda: [(sensor(kl.Normalization(mean=[1.0, 2.0, 3.0], variance=[4.0, 5.0, 6.0])), SAME)],
    kl.RNN: lambda: recurrent(lambda **options: kl.RNN([kl.LSTMCell(2), kl.GRUCell(UNITS)], **options)),
    kl.ReLU: lambda: [(sensor(kl.ReLU()), SAME)],
    kl.Rescaling: lambda: [(sensor(kl.Rescaling(2.0, 1.0)), SAME)],
    kl.ReversibleEmbedding: lambda: [
        (keras.Sequential([keras.Input((None,), dtype="int32"), kl.ReversibleEmbedding(11, FEATURES)]), SAME)
    ],
    kl.SeparableConv1D: lambda: windowed(kl.SeparableConv1D, UNITS),
    kl.SeparableConv2D: lambda: over_space(kl.SeparableConv2D, 5, filters=UNITS),
    kl.Softmax: lambda: [(sensor(kl.Softmax()), SAME), (sensor(kl.Softmax(axis=1)), DETECTED)],
    kl.Subtract: lambda: [(of_two(kl.Subtract()), SAME)],
    kl.TimeDistributed: lambda: [
        (frames(kl.TimeDistributed(kl.Flatten()), 5), SAME),
        (
            frames(kl.TimeDistributed(kl.GRU(UNITS)), 5),
            DETECTED,
        ),  # its states would belong to a frame, not to the stream
    ],
}


def test_every_row_has_models() -> None:
    assert MODELS.keys() == CONVERTERS.keys()
    assert {row.streams for row in CONVERTERS.values()} == OUTCOMES.keys()


@pytest.mark.parametrize("kind", CONVERTERS, ids=lambda kind: kind.__name__)
def test_a_row_predicts_the_outcome_of_its_layer(kind: type[kl.Layer]) -> None:
    outcomes: set[str] = set()
    for model, outcome in MODELS[kind]():
        randomised(model)
        if outcome == SAME:
            assert verify(lower(model, streaming=True)).pieces is not None
        elif outcome == DETECTED:
            lowered = lower(model, streaming=True)
            with pytest.raises(ParityError, match=r" Nothing was written"):
                verify(lowered)
        else:
            message = rf"^layer '\w+' \({kind.__name__}\): {outcome}, or export without streaming\.$"
            with pytest.raises(ExportError, match=message):
                lower(model, streaming=True)
        outcomes.add(outcome if outcome in (SAME, DETECTED) else REFUSED)
    assert outcomes == OUTCOMES[CONVERTERS[kind].streams]


def test_a_subclass_with_its_own_call_uses_its_parents_row() -> None:
    class Pooling(kl.GlobalMaxPooling1D):
        def call(self, inputs: Any) -> Any:
            return super().call(inputs) + 1.0

    with pytest.raises(ExportError, match=rf"^layer 'p' \(Pooling\): {WHOLE}"):
        lower(sensor(Pooling(name="p")), streaming=True)
