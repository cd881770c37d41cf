"""Decisions that follow from the history: the learning rate of an epoch, the best epoch, and when to stop.

Everything here depends only on the recipe and the history, so a resumed run needs no other state.
"""

import math

from zoo.schema.training import Plateau, Training

#: One epoch: `loss`, `val_loss`, `learning_rate`, `seconds`.
Epoch = dict[str, float]


def learning_rate(training: Training, history: list[Epoch]) -> float:
    """Learning rate of the epoch that follows `history`.

    cosine: half a cosine from the full rate to 0 over all epochs (Loshchilov & Hutter, ICLR 2017). plateau: multiplied
    by `factor` after every `patience` epochs without a new best.
    """
    match training.schedule:
        case "constant":
            return training.learning_rate
        case "cosine":
            return training.learning_rate * 0.5 * (1 + math.cos(math.pi * len(history) / training.epochs))
        case Plateau(factor=factor, patience=patience):
            return training.learning_rate * factor ** _plateaus(training, history, patience)


def best_epoch(training: Training, history: list[Epoch]) -> int | None:
    """Number of the epoch with the lowest monitored value (the first if several), None before the first epoch."""
    values = [epoch[training.monitor] for epoch in history]
    return values.index(min(values)) if values else None


def should_stop(training: Training, history: list[Epoch]) -> bool:
    """Whether training ends: after all epochs, or without a new best for `early_stopping.patience` epochs."""
    if len(history) >= training.epochs:
        return True
    best = best_epoch(training, history)
    stopping = training.early_stopping
    return stopping is not None and best is not None and len(history) - 1 - best >= stopping.patience


def _plateaus(training: Training, history: list[Epoch], patience: int) -> int:
    """How often there was no new best for `patience` epochs; the count restarts each time."""
    best, waited, plateaus = math.inf, 0, 0
    for epoch in history:
        value = epoch[training.monitor]
        best, waited = (value, 0) if value < best else (best, waited + 1)
        if waited == patience:
            waited, plateaus = 0, plateaus + 1
    return plateaus
