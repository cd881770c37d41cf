"""What accompanies the steps of training: learning rate, history, best model, checkpoint, progress."""

import secrets
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import cast

import keras
import numpy as np

from zoo.core.atomic import UNFINISHED, appearing
from zoo.core.errors import TrainError
from zoo.core.progress import Advance, Progress
from zoo.recipe import Recipe
from zoo.rundir import Run
from zoo.training import checkpoint
from zoo.training.schedule import Epoch, best_epoch, learning_rate, should_stop


class Recorder(keras.callbacks.Callback):
    """Sets the learning rate before each epoch, reports progress during it, and writes history and models after it."""

    def __init__(
        self, model_to_save: keras.Model, recipe: Recipe, run: Run, history: list[Epoch], steps: int, progress: Progress
    ) -> None:
        super().__init__()
        # Not `self.model`: `fit` may train it without its last layer, or a copy of it made of other layers.
        self.model_to_save = model_to_save
        self.recipe, self.run, self.history, self.steps, self.progress = recipe, run, history, steps, progress
        self._bar: AbstractContextManager[Advance] | None = None
        self._advance: Advance | None = None
        self._began = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Sets the learning rate that follows from the history."""
        self._optimizer.learning_rate = learning_rate(self.recipe.training, self.history)
        self._began = time.monotonic()
        self._bar = self.progress.bar(f"epoch {epoch + 1}/{self.recipe.training.epochs}", self.steps, "steps")
        self._advance = self._bar.__enter__()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Advances the bar, and stops training if the loss is not finite."""
        if self._advance:
            self._advance(1)
        if logs and not np.isfinite(logs["loss"]):
            raise TrainError(
                f"{self.run.path}: the loss is {logs['loss']} in epoch {len(self.history) + 1}. "
                "Lower training.learning_rate or training.clip_norm."
            )

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Records the epoch; writes the checkpoint last, so that a run killed before it repeats the epoch exactly."""
        self.close()
        assert logs is not None
        self.history.append(
            {
                "loss": float(logs["loss"]),
                "val_loss": float(logs["val_loss"]),
                "learning_rate": float(np.asarray(self._optimizer.learning_rate)),
                "seconds": round(time.monotonic() - self._began, 2),
            }
        )
        best = best_epoch(self.recipe.training, self.history) == len(self.history) - 1
        if best:
            self.model_to_save.set_weights(self._trained.get_weights())
            save_model(self.model_to_save, self.run.model_path)
        self.run.write("history.csv", history_csv(self.history))
        checkpoint.save(self.run.checkpoint_path, self._trained, self.history)
        last = self.history[-1]
        losses = f"loss {last['loss']:.4f}, validation {last['val_loss']:.4f}{' (best)' if best else ''}"
        self.progress.note(f"epoch {epoch + 1}/{self.recipe.training.epochs}: {losses}, {last['seconds']:.0f} s")
        self._trained.stop_training = should_stop(self.recipe.training, self.history)

    @property
    def _trained(self) -> keras.Model:
        """The model that `fit` was called on."""
        return cast("keras.Model", self.model)

    @property
    def _optimizer(self) -> keras.optimizers.Optimizer:
        return cast("keras.optimizers.Optimizer", self._trained.optimizer)

    def close(self) -> None:
        """Closes the bar, including when training ends within an epoch."""
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
            self._bar = None


def save_model(model: keras.Model, path: Path) -> None:
    """Writes a `.keras` file atomically; the temporary file needs that suffix because Keras requires it."""
    temporary = path.with_name(f"{UNFINISHED}{secrets.token_hex(8)}.keras")
    try:
        model.save(temporary)
        content = temporary.read_bytes()
    except OSError as error:
        error.filename = str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)
    with appearing(path) as stream:
        stream.write(content)


def history_csv(history: list[Epoch]) -> str:
    """The history as CSV: one line per epoch, numbered from 1."""
    lines = [",".join(["epoch", *history[0]])]
    lines += [
        ",".join([str(number), *(f"{value:.6g}" for value in epoch.values())])
        for number, epoch in enumerate(history, 1)
    ]
    return "\n".join(lines) + "\n"
