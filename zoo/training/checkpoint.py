"""Checkpoints, from which a run resumes after its last complete epoch: all model and optimizer variables, history."""

import json
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

from zoo.core.atomic import appearing
from zoo.core.errors import RunError
from zoo.training.schedule import Epoch


def save(path: Path, model: keras.Model, history: list[Epoch]) -> None:
    """Writes a checkpoint atomically. The model's variables include the random states of dropout layers."""
    arrays: dict[str, Any] = {f"{number}": np.asarray(value) for number, value in enumerate(_variables(model))}
    with appearing(path) as stream:
        np.savez(stream, history=np.asarray(json.dumps(history)), **arrays)


def restore(path: Path, model: keras.Model) -> list[Epoch]:
    """Loads a checkpoint into a freshly built and compiled model; returns the history.

    Raises:
        RunError: the checkpoint is damaged, or does not fit the model.
    """
    try:
        return _restore(path, model)
    except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise RunError(f"{path}: the checkpoint is damaged: {error}. Start a new run.") from error


def _restore(path: Path, model: keras.Model) -> list[Epoch]:
    variables = _variables(model)
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        if len(stored.files) != len(variables) + 1:
            raise RunError(
                f"{path}: expected {len(variables)} variables, got {len(stored.files) - 1}. Start a new run."
            )
        for number, variable in enumerate(variables):
            value = stored[f"{number}"]
            if value.shape != tuple(variable.shape):
                raise RunError(f"{path}: {variable.path}: expected shape {tuple(variable.shape)}, got {value.shape}.")
            variable.assign(value)
        return json.loads(str(stored["history"]))


def _variables(model: keras.Model) -> list[keras.Variable]:
    model.optimizer.build(model.trainable_variables)
    return [*model.variables, *model.optimizer.variables]
