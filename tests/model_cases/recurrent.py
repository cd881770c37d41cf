"""Recurrent layers."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import keras
from keras import layers as kl

from model_cases.making import FEATURES, UNITS, Build, sensor, text
from zoo.exporter.converters.layers.activations import RECURRENT_ACTIVATIONS

#: Rows of a model whose layers keep states.
ROWS = 5
#: Steps of a model that is unrolled.
STEPS = 7

CELLS: dict[Any, Any] = {kl.SimpleRNN: kl.SimpleRNNCell, kl.LSTM: kl.LSTMCell, kl.GRU: kl.GRUCell}
MERGES: tuple[Any, ...] = ("concat", "sum", "ave", "mul", None)


def given(
    layer: kl.Layer, *, time: int | None = None, batch: int | None = None, states: Sequence[int] = ()
) -> keras.Model:
    """A layer whose mask is an input of the model, and with `states` also its initial states, of these sizes."""
    x = keras.Input((time, FEATURES), batch_size=batch, name="input")
    mask = keras.Input((time,), batch_size=batch, dtype="bool", name="mask")
    initial = [keras.Input((units,), batch_size=batch, name=f"state{number}") for number, units in enumerate(states)]
    return keras.Model([x, mask, *initial], layer(x, initial_state=initial or None, mask=mask))


def started(layer: kl.Layer, states: Sequence[int]) -> keras.Model:
    """A layer without a mask, with its initial states as the second argument."""
    x = keras.Input((None, FEATURES), name="input")
    initial = [keras.Input((units,), name=f"state{number}") for number, units in enumerate(states)]
    return keras.Model([x, *initial], layer(x, initial))


def masking(*layers: kl.Layer) -> keras.Model:
    """(batch, time, features); steps of zeros are masked."""
    return sensor(kl.Masking(), *layers)


def called(layer: kl.Layer) -> keras.Model:
    """A functional model of one layer, which may return several tensors."""
    x = keras.Input((None, FEATURES), name="input")
    return keras.Model(x, layer(x))


def kept(layer: kl.Layer) -> keras.Model:
    """A layer that keeps its states between runs."""
    return keras.Sequential([keras.Input((None, FEATURES), batch_size=ROWS, name="input"), layer])


def twice(cell: Any) -> keras.Model:
    """The second call of a stateful layer starts where the first one ended."""
    x = keras.Input((None, FEATURES), batch_size=ROWS, name="input")
    layer = cell(FEATURES, return_sequences=True, stateful=True)
    return keras.Model(x, layer(layer(x)))


def both_of_two_sizes() -> keras.Model:
    """Keras assumes equal widths of both directions, so no later layer may read the backward output's size."""
    x = keras.Input((None, FEATURES), name="input")
    unmerged: Any = None
    outputs = kl.Bidirectional(kl.LSTM(UNITS), unmerged, backward_layer=kl.LSTM(6, go_backwards=True))(x)
    return keras.Model(x, [keras.ops.mean(output, axis=-1) for output in outputs])


def shared() -> keras.Model:
    x = keras.Input((None, FEATURES), name="input")
    layer = kl.GRU(FEATURES, return_sequences=True)
    return keras.Model(x, [layer(x), layer(layer(x))])


def stacked(*layers: kl.Layer) -> keras.Model:
    """Layers under one mask that is an input of the model."""
    x = keras.Input((None, FEATURES), name="input")
    mask = keras.Input((None,), dtype="bool", name="mask")
    y = x
    for layer in layers:
        y = layer(y, mask=mask)
    return keras.Model([x, mask], y)


def of_one_cell(cell: Any, sequences: bool) -> dict[str, Build]:
    """The cases of one cell, by the suffix of their names."""
    states = [UNITS] * (2 if cell is kl.LSTM else 1)

    def layer(**options: Any) -> kl.Layer:
        return cell(UNITS, return_sequences=sequences, **options)

    def both(**options: Any) -> kl.Layer:
        return kl.Bidirectional(layer(**options))

    def of_cell(**options: Any) -> kl.Layer:
        return kl.RNN(CELLS[cell](UNITS), return_sequences=sequences, **options)

    return {
        "": lambda: sensor(layer()),
        "-masked": lambda: text(layer()),
        "-masking": lambda: masking(layer()),
        "-given-mask": lambda: given(layer()),
        "-backwards": lambda: sensor(layer(go_backwards=True)),
        "-backwards-masked": lambda: given(layer(go_backwards=True)),
        "-both": lambda: sensor(both()),
        "-both-masked": lambda: text(both()),
        "-both-given-mask": lambda: given(both()),
        "-both-states": lambda: called(both(return_state=True)),
        "-both-states-masked": lambda: given(both(return_state=True)),
        "-both-initial-state-masked": lambda: given(both(return_state=True), states=states * 2),
        "-states": lambda: called(layer(return_state=True)),
        "-states-masked": lambda: given(layer(return_state=True)),
        "-initial-state": lambda: started(layer(), states),
        "-initial-state-masked": lambda: given(layer(return_state=True), states=states),
        "-stateful": lambda: kept(layer(stateful=True)),
        "-stateful-masked": lambda: given(layer(stateful=True, return_state=True), batch=ROWS),
        "-stateful-both": lambda: kept(both(stateful=True)),
        "-zeroed": lambda: text(layer(zero_output_for_mask=True)),
        "-zeroed-backwards": lambda: given(layer(zero_output_for_mask=True, go_backwards=True)),
        "-unrolled": lambda: sensor(layer(unroll=True), time=STEPS),
        "-unrolled-masked": lambda: given(layer(unroll=True), time=STEPS),
        "-unrolled-zeroed-backwards": lambda: given(
            layer(unroll=True, zero_output_for_mask=True, go_backwards=True), time=STEPS
        ),
        "-unrolled-both-masked": lambda: given(both(unroll=True), time=STEPS),
        "-of-cell": lambda: sensor(of_cell()),
        "-of-cell-masked": lambda: given(of_cell(return_state=True)),
        "-of-cell-both-masked": lambda: given(kl.Bidirectional(of_cell())),
    }


def merged() -> dict[str, Build]:
    """Both directions, merged in every way: of one kind in one node, and of different kinds in two."""
    cases: dict[str, Build] = {}
    for merge, sequences in product(MERGES, (False, True)):

        def both(merge: Any = merge, sequences: bool = sequences) -> kl.Layer:
            return kl.Bidirectional(kl.GRU(UNITS, return_sequences=sequences), merge_mode=merge)

        def apart(merge: Any = merge, sequences: bool = sequences) -> kl.Layer:
            backward = kl.LSTM(UNITS, return_sequences=sequences, go_backwards=True)
            return kl.Bidirectional(kl.GRU(UNITS, return_sequences=sequences), merge, backward_layer=backward)

        def reversed_first(merge: Any = merge, sequences: bool = sequences) -> kl.Layer:
            backward = kl.GRU(UNITS, return_sequences=sequences)
            forward = kl.GRU(UNITS, return_sequences=sequences, go_backwards=True)
            return kl.Bidirectional(forward, merge, backward_layer=backward)

        cases |= {
            f"merge-{merge}-{sequences}": lambda both=both: given(both()),
            f"merge-{merge}-{sequences}-unmasked": lambda both=both: called(both()),
            f"merge-{merge}-{sequences}-of-two-kinds": lambda apart=apart: given(apart()),
            f"merge-{merge}-{sequences}-backwards-first": lambda first=reversed_first: given(first()),
        }
    return cases


def cells_in_a_row() -> dict[str, Build]:
    """One layer over several cells."""
    cases: dict[str, Build] = {}
    for sequences in (False, True):

        def three(sequences: bool = sequences, **options: Any) -> kl.Layer:
            cells = [kl.LSTMCell(UNITS), kl.GRUCell(6, reset_after=False), kl.SimpleRNNCell(8)]
            return kl.RNN(cells, return_sequences=sequences, **options)

        name = f"cells-{'sequence' if sequences else 'last'}"
        cases |= {
            name: lambda three=three: sensor(three()),
            f"{name}-masked": lambda three=three: given(three(return_state=True)),
            f"{name}-backwards-masked": lambda three=three: given(three(go_backwards=True)),
            f"{name}-both-masked": lambda three=three: given(kl.Bidirectional(three(return_state=True))),
            f"{name}-initial-state": lambda three=three: cells_started(three(return_state=True)),
            f"{name}-stateful": lambda three=three: kept(three(stateful=True)),
        }
    return cases | {"one-cell-in-a-row": lambda: called(kl.RNN([kl.LSTMCell(UNITS)], return_state=True))}


def cells_started(layer: kl.Layer) -> keras.Model:
    """States nested as the cells are."""
    x = keras.Input((None, FEATURES), name="input")
    h, c, second, third = (
        keras.Input((units,), name=f"state{number}") for number, units in enumerate((UNITS, UNITS, 6, 8))
    )
    return keras.Model([x, h, c, second, third], layer(x, initial_state=[[h, c], [second], [third]]))


def with_activations() -> dict[str, Build]:
    """Every activation alone and for each gate; and different ones in the two directions."""
    cases: dict[str, Build] = {}
    for activation in RECURRENT_ACTIVATIONS:
        name = activation.__name__
        cases |= {
            f"SimpleRNN-{name}": lambda a=activation: sensor(kl.SimpleRNN(UNITS, activation=a)),
            f"LSTM-{name}-gates": lambda a=activation: sensor(kl.LSTM(UNITS, recurrent_activation=a)),
        }
    return cases | {
        "GRU-hard-gates": lambda: sensor(kl.GRU(UNITS, recurrent_activation="hard_sigmoid", activation="elu")),
        "LSTM-hard-gates-both": lambda: sensor(
            kl.Bidirectional(kl.LSTM(UNITS, recurrent_activation="hard_sigmoid", activation="elu"))
        ),
        "LSTM-other-gates-backwards": lambda: sensor(
            kl.Bidirectional(
                kl.LSTM(UNITS, recurrent_activation="sparse_sigmoid", activation="leaky_relu"),
                backward_layer=kl.LSTM(UNITS, go_backwards=True, recurrent_activation="linear", activation="softsign"),
            )
        ),
    }


def recurrent_cases() -> dict[str, Build]:
    """Each cell with and without sequences, masks, states and both directions."""
    cases: dict[str, Build] = {}
    for cell in CELLS:
        for sequences in (False, True):
            name = f"{cell.__name__}-{'sequence' if sequences else 'last'}"
            cases |= {name + more: build for more, build in of_one_cell(cell, sequences).items()}
        cases[f"{cell.__name__}-no-bias"] = lambda cell=cell: sensor(cell(UNITS, use_bias=False))
        cases[f"{cell.__name__}-dropout"] = lambda cell=cell: sensor(cell(UNITS, dropout=0.5, recurrent_dropout=0.5))
        cases[f"{cell.__name__}-stateful-twice"] = lambda cell=cell: twice(cell)
    return (
        cases
        | merged()
        | cells_in_a_row()
        | with_activations()
        | {
            "GRU-reset-before": lambda: sensor(kl.GRU(UNITS, reset_after=False)),
            "GRU-reset-before-both": lambda: text(kl.Bidirectional(kl.GRU(UNITS, reset_after=False))),
            "GRU-reset-before-and-after": lambda: given(
                kl.Bidirectional(kl.GRU(UNITS), backward_layer=kl.GRU(UNITS, go_backwards=True, reset_after=False))
            ),
            "both-of-two-sizes": both_of_two_sizes,
            "LSTM-unrolled": lambda: sensor(kl.LSTM(UNITS, unroll=True), time=STEPS),
            "LSTM-states": lambda: called(kl.LSTM(UNITS, return_sequences=True, return_state=True)),
            "stacked-masked": lambda: text(
                kl.Bidirectional(kl.LSTM(UNITS, return_sequences=True)),
                kl.GRU(5, return_sequences=True),
                kl.SimpleRNN(6),
            ),
            "stacked-given-mask": lambda: stacked(
                kl.Bidirectional(kl.LSTM(UNITS, return_sequences=True), merge_mode="mul"),
                kl.GRU(5, return_sequences=True),
                kl.GRU(6, return_sequences=True, go_backwards=True),
                kl.SimpleRNN(8, return_sequences=True),
            ),
            "shared": shared,
        }
    )
