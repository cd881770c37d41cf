"""Recurrent layers."""

import keras
from keras import layers as kl

from model_cases.making import FEATURES, UNITS, Build, sensor, text
from zoo.export.activations import RECURRENT_ACTIVATIONS


def states() -> keras.Model:
    x = keras.Input((None, FEATURES), name="input")
    return keras.Model(x, kl.LSTM(UNITS, return_sequences=True, return_state=True)(x))


def shared() -> keras.Model:
    x = keras.Input((None, FEATURES), name="input")
    layer = kl.GRU(FEATURES, return_sequences=True)
    return keras.Model(x, [layer(x), layer(layer(x))])


def recurrent_cases() -> dict[str, Build]:
    """Each cell with and without sequences, masks and both directions."""
    cases: dict[str, Build] = {}
    for cell in (kl.SimpleRNN, kl.LSTM, kl.GRU):
        for sequences in (False, True):
            name = f"{cell.__name__}-{'sequence' if sequences else 'last'}"
            one = {"units": UNITS, "return_sequences": sequences}
            cases |= {
                name: lambda cell=cell, one=one: sensor(cell(**one)),
                f"{name}-masked": lambda cell=cell, one=one: text(cell(**one)),
                f"{name}-backwards": lambda cell=cell, one=one: text(cell(**one, go_backwards=True)),
                f"{name}-both": lambda cell=cell, one=one: sensor(kl.Bidirectional(cell(**one))),
                f"{name}-both-masked": lambda cell=cell, one=one: text(kl.Bidirectional(cell(**one))),
            }
        cases[f"{cell.__name__}-no-bias"] = lambda cell=cell: sensor(cell(UNITS, use_bias=False))
        cases[f"{cell.__name__}-zeroed"] = lambda cell=cell: text(
            cell(UNITS, return_sequences=True, zero_output_for_mask=True)
        )
    for activation in RECURRENT_ACTIVATIONS:
        cases[f"SimpleRNN-{activation.__name__}"] = lambda a=activation: sensor(kl.SimpleRNN(UNITS, activation=a))
    for merge in ("sum", "ave", "mul"):
        for sequences in (False, True):
            cases[f"merge-{merge}-{sequences}"] = lambda merge=merge, s=sequences: text(
                kl.Bidirectional(kl.GRU(UNITS, return_sequences=s), merge_mode=merge)
            )
    return cases | {
        "GRU-reset-before": lambda: sensor(kl.GRU(UNITS, reset_after=False)),
        "GRU-reset-before-both": lambda: text(kl.Bidirectional(kl.GRU(UNITS, reset_after=False))),
        "GRU-hard-gates": lambda: sensor(kl.GRU(UNITS, recurrent_activation="hard_sigmoid", activation="elu")),
        "LSTM-hard-gates-both": lambda: sensor(
            kl.Bidirectional(kl.LSTM(UNITS, recurrent_activation="hard_sigmoid", activation="elu"))
        ),
        "LSTM-unrolled": lambda: sensor(kl.LSTM(UNITS, unroll=True), time=7),
        "LSTM-states": states,
        "stacked-masked": lambda: text(
            kl.Bidirectional(kl.LSTM(UNITS, return_sequences=True)), kl.GRU(5, return_sequences=True), kl.SimpleRNN(6)
        ),
        "shared": shared,
    }
