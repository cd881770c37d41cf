"""Checks beforehand, in seconds and with random weights, everything that can go wrong after a long training."""

from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from zoo.build import build
from zoo.core.errors import DataError
from zoo.core.operators import RECURRENT
from zoo.core.progress import SILENT, Progress
from zoo.core.words import count
from zoo.exporter.onnx_file import to_onnx
from zoo.preparing import RecipeData, check_trainable, load_data, outlined, prepare_loaded, split
from zoo.recipe import Recipe


@dataclass(frozen=True)
class CheckRow:
    """One step and its result."""

    step: str
    result: str


@dataclass(frozen=True)
class CheckReport:
    """The steps, in order."""

    rows: tuple[CheckRow, ...]


def check(recipe: Recipe, progress: Progress = SILENT) -> CheckReport:
    """Loads and splits the data, builds and exports the model, and compares the file with Keras.

    Args:
        recipe: a valid recipe; it is checked against its data and the exporter.
        progress: reports downloads.

    Raises:
        DataError: the data do not fit the recipe: an unknown label, or recordings shorter than a window.
        ExportError: the model cannot be exported.
    """
    data = load_data(recipe, progress)
    sides = {side: count(len(part), recipe.kind.words) for side, part in split(recipe, data).items()}
    # An encoding that is learnt from the data is slow to learn: such data are not encoded here.
    is_learnt = recipe.kind.encoding.learn is not None
    prepared = outlined(recipe, data) if is_learnt else prepare_loaded(recipe, data, progress)
    model = build(prepared)
    if not is_learnt:
        check_trainable(prepared)
        _run_shortest(model, prepared)
    randomise(model)
    proto = to_onnx(model, opset=recipe.export.opset, streaming=recipe.causal)
    kinds = sorted({node.op_type for node in proto.graph.node if node.op_type in RECURRENT})
    return CheckReport(
        (
            CheckRow("recipe", f"{recipe.name}: every key is known and valid"),
            CheckRow(
                "data", f"{data.name}: " + ", ".join(f"{count} to {_VERBS[side]}" for side, count in sides.items())
            ),
            CheckRow("model", f"{model.count_params():,} parameters"),
            CheckRow(
                "export", f"opset {proto.opset_import[0].version}, native {', '.join(kinds) or 'operators'}, no loop"
            ),
            CheckRow("verified", "with random weights, the ONNX file computes the same as Keras"),
            CheckRow("streaming", "complete and live inputs" if recipe.causal else "complete inputs only"),
        )
    )


def _run_shortest(model: keras.Model, prepared: RecipeData) -> None:
    """Runs the shortest example: a convolution without padding may need more time steps than it has."""
    shortest = int(np.argmin(prepared.train.lengths))
    x, _, _ = prepared.train.take(np.asarray([shortest]))
    try:
        model(x, training=False)
    except (ValueError, tf.errors.InvalidArgumentError) as error:
        raise DataError(
            f"model.layers: expected layers that read examples of {x.shape[1]} time steps, got layers that need more. "
            "Make the examples longer, or use causal padding."
        ) from error


_VERBS = {"train": "train on", "validation": "validate on", "test": "test on"}


def randomise(model: keras.Model, seed: int = 0) -> None:
    """Fills every weight and bias with random values: initial biases are 0 and would hide a wrong gate order."""
    random = np.random.default_rng(seed)
    for weight in model.weights:
        if weight.dtype == "float32":
            value = random.normal(0.0, 0.1, weight.shape)
            weight.assign(np.abs(value) + 0.5 if "variance" in weight.path else value)
