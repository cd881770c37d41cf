"""What happens beside the steps of a training: learning rate, history, best model, checkpoint, progress."""

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
    """After each epoch: history, best model, checkpoint; before it: the learning rate; meanwhile: progress."""

    def __init__(
        self, whole: keras.Model, recipe: Recipe, run: Run, history: list[Epoch], steps: int, progress: Progress
    ) -> None:
        super().__init__()
        # What is saved: `fit` may see the model without its last layer, or a copy of it on other layers.
        self.whole = whole
        self.recipe, self.run, self.history, self.steps, self.progress = recipe, run, history, steps, progress
        self._bar: AbstractContextManager[Advance] | None = None
        self._advance: Advance | None = None
        self._began = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Sets the learning rate that the history asks for."""
        self._optimizer.learning_rate = learning_rate(self.recipe.training, self.history)
        self._began = time.monotonic()
        self._bar = self.progress.bar(f"epoch {epoch + 1}/{self.recipe.training.epochs}", self.steps, "steps")
        self._advance = self._bar.__enter__()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Moves the bar, and stops at once if the loss is lost."""
        if self._advance:
            self._advance(1)
        if logs and not np.isfinite(logs["loss"]):
            raise TrainError(
                f"{self.run.path}: the loss is {logs['loss']} in epoch {len(self.history) + 1}. "
                "Lower training.learning_rate or training.clip_norm."
            )

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Records the epoch; the checkpoint comes last, so that a kill before it repeats the epoch exactly."""
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
            self.whole.set_weights(self._trained.get_weights())
            save_model(self.whole, self.run.model_path)
        self.run.write("history.csv", history_csv(self.history))
        checkpoint.save(self.run.checkpoint_path, self._trained, self.history)
        now = self.history[-1]
        self.progress.note(
            f"epoch {epoch + 1}/{self.recipe.training.epochs}: loss {now['loss']:.4f}, validation {now['val_loss']:.4f}"
            f"{' (best)' if best else ''}, {now['seconds']:.0f} s"
        )
        self._trained.stop_training = should_stop(self.recipe.training, self.history)

    @property
    def _trained(self) -> keras.Model:
        """The model that `fit` was called on."""
        return cast("keras.Model", self.model)

    @property
    def _optimizer(self) -> keras.optimizers.Optimizer:
        return cast("keras.optimizers.Optimizer", self._trained.optimizer)

    def close(self) -> None:
        """Closes the bar, also when training ends in the middle of an epoch."""
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
            self._bar = None


def save_model(model: keras.Model, path: Path) -> None:
    """Writes a `.keras` file, whole or not at all; Keras itself wants a name with that ending."""
    beside = path.with_name(f"{UNFINISHED}{secrets.token_hex(8)}.keras")
    try:
        model.save(beside)
        content = beside.read_bytes()
    except OSError as error:
        error.filename = str(path)
        raise
    finally:
        beside.unlink(missing_ok=True)
    with appearing(path) as stream:
        stream.write(content)


def history_csv(history: list[Epoch]) -> str:
    """The history as CSV: one line an epoch, numbered from 1."""
    lines = [",".join(["epoch", *history[0]])]
    lines += [
        ",".join([str(number), *(f"{value:.6g}" for value in epoch.values())])
        for number, epoch in enumerate(history, 1)
    ]
    return "\n".join(lines) + "\n"
