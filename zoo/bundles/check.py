"""Everything that can go wrong after a long training, tried beforehand in seconds with random weights."""

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
from zoo.preparing import RecipeData, check_trainable, load, outlined, prepare_loaded, split
from zoo.recipe import Recipe


@dataclass(frozen=True)
class CheckRow:
    """One step and what it found."""

    step: str
    found: str


@dataclass(frozen=True)
class CheckReport:
    """What was found, in order."""

    rows: tuple[CheckRow, ...]


def check(recipe: Recipe, progress: Progress = SILENT) -> CheckReport:
    """Loads and splits the data, builds the model, exports it and holds the file against Keras.

    Args:
        recipe: already valid in itself; here it is held against its data and against the exporter.
        progress: hears about downloads.

    Raises:
        DataError: the data does not fit the recipe: no such label, recordings shorter than a window.
        ExportError: the model cannot be exported.
    """
    data = load(recipe, progress)
    sides = {side: count(len(part), recipe.kind.words) for side, part in split(recipe, data).items()}
    # What is learnt from the data takes its time: such data are not encoded here.
    learns = recipe.kind.encoding.learn is not None
    prepared = outlined(recipe, data) if learns else prepare_loaded(recipe, data, progress)
    model = build(prepared)
    if not learns:
        check_trainable(prepared)
        _try(model, prepared)
    randomise(model)
    proto = to_onnx(model, opset=recipe.export.opset, streaming=recipe.causal)
    kinds = sorted({node.op_type for node in proto.graph.node if node.op_type in RECURRENT})
    return CheckReport(
        (
            CheckRow("recipe", f"{recipe.name}: every key is known and fits"),
            CheckRow(
                "data", f"{data.name}: " + ", ".join(f"{count} to {_VERBS[side]}" for side, count in sides.items())
            ),
            CheckRow("model", f"{model.count_params():,} parameters"),
            CheckRow(
                "export", f"opset {proto.opset_import[0].version}, native {', '.join(kinds) or 'operators'}, no loop"
            ),
            CheckRow("verified", "the ONNX file computes what Keras computes, with random weights"),
            CheckRow("streaming", "live, sample by sample, as well as whole" if recipe.causal else "whole inputs only"),
        )
    )


def _try(model: keras.Model, prepared: RecipeData) -> None:
    """Runs the shortest example: a convolution without padding may need more time steps than there are."""
    shortest = int(np.argmin(prepared.train.lengths))
    x, _, _ = prepared.train.take(np.asarray([shortest]))
    try:
        model(x, training=False)
    except (ValueError, tf.errors.InvalidArgumentError) as error:
        raise DataError(
            f"model.layers: expected layers that read examples of {x.shape[1]} time steps, got some that need more. "
            "Make examples longer, or use causal padding."
        ) from error


_VERBS = {"train": "train on", "validation": "validate on", "test": "test on"}


def randomise(model: keras.Model, seed: int = 0) -> None:
    """Fills every weight, biases too, with random values: fresh biases are 0 and would hide a wrong order of gates."""
    random = np.random.default_rng(seed)
    for weight in model.weights:
        if weight.dtype == "float32":
            value = random.normal(0.0, 0.1, weight.shape)
            weight.assign(np.abs(value) + 0.5 if "variance" in weight.path else value)
