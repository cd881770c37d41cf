"""Attention: properties that the table of models cannot express."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers as kl
from model_cases.attention import HEADS, SIZE, self_attention, several_axes

from zoo.core.errors import ExportError
from zoo.exporter.lowering import lower
from zoo.exporter.parity import verify

Make = Callable[..., keras.Model]

#: Row 0 is full, row 1 ends early, row 2 is empty, so that its queries have no visible steps.
PADDED = np.array([[3, 1, 4, 1], [5, 9, 0, 0], [0, 0, 0, 0]], np.int32)


def scores_of(name: str, make: Make) -> np.ndarray:
    """The weights that Keras gives the steps of PADDED, after the export is verified on its rows."""
    lowered = lower(make(name))
    assert verify(lowered, rows=list(PADDED)).rows == len(PADDED)
    return np.asarray(lowered.subject.model(PADDED)[1])


@pytest.mark.parametrize("name", ["attention", "attention-concat", "additive", "heads", "grouped"])
def test_a_query_without_visible_steps_gets_the_result_of_keras(make: Make, name: str) -> None:
    scores = scores_of(f"{name}-scores-masked-causal", make)
    nothing = scores[2] if name in ("attention", "attention-concat", "additive") else scores[2, 0]
    if name in ("heads", "grouped"):
        assert (nothing == 0).all()
    else:
        assert nothing.sum(-1) == pytest.approx(1)


@pytest.mark.parametrize("name", ["heads", "heads-dropped", "grouped", "grouped-dropped"])
def test_dropout_decides_how_keras_treats_a_query_without_visible_steps(name: str) -> None:
    layer: Any = {
        "heads": lambda: kl.MultiHeadAttention(HEADS, SIZE, use_bias=False),
        "heads-dropped": lambda: kl.MultiHeadAttention(HEADS, SIZE, use_bias=False, dropout=0.5),
        "grouped": lambda: kl.GroupQueryAttention(SIZE, 4, 2, use_bias=False),
        "grouped-dropped": lambda: kl.GroupQueryAttention(SIZE, 4, 2, use_bias=False, dropout=0.5),
    }[name]()
    lowered = lower(self_attention(layer, masked=True))
    assert verify(lowered, rows=list(PADDED)).largest_absolute <= 1e-5
    nothing = np.asarray(lowered.subject.model(PADDED))[2]
    assert (nothing == 0).all() == name.endswith("dropped")


def test_heads_are_matrix_products_and_one_softmax(make: Make) -> None:
    written = Counter(node.op_type for node in lower(make("heads")).proto.graph.node)
    assert written == {"Gather": 2, "MatMul": 6, "Add": 4, "Reshape": 4, "Transpose": 4, "Mul": 1, "Softmax": 1}


def test_known_lengths_make_the_causal_mask_a_constant(make: Make) -> None:
    assert "Range" not in {node.op_type for node in lower(make("heads-fixed")).proto.graph.node}
    assert "Range" in {node.op_type for node in lower(make("heads-causal")).proto.graph.node}


def test_a_query_mask_argument_is_ignored_as_in_keras(make: Make) -> None:
    names = {value for node in lower(make("heads-masks-given")).proto.graph.node for value in node.input}
    assert ("value_mask" in names, "query_mask" in names) == (True, False)


def test_returned_weights_over_several_axes_are_refused() -> None:
    model = several_axes(1, 2, return_attention_scores=True)
    with pytest.raises(
        ExportError, match=r"^layer 'multi_head_attention' .*: expected \(batch, steps, features\) when"
    ):
        lower(model)


def test_unmerged_low_rank_weights_are_refused() -> None:
    layer = kl.MultiHeadAttention(HEADS, SIZE, name="m")
    model = self_attention(layer)
    layer.query_dense.enable_lora(2)
    with pytest.raises(
        ExportError, match=r"^layer 'm' \(MultiHeadAttention\): expected merged weights, got query/lora"
    ):
        lower(model)


@pytest.mark.parametrize("opset", [13, 21])
@pytest.mark.parametrize("name", ["attention-concat", "additive-causal", "heads-all-masks", "heads-over-both-masked"])
def test_the_oldest_and_a_recent_opset_agree(make: Make, name: str, opset: int) -> None:
    assert verify(lower(make(name), opset=opset)).largest_absolute <= 1e-5
