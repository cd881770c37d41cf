"""The trainings in PyTorch: as a user writes them, and with settings that make PyTorch faster on a CPU."""

from typing import Any

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence
from typing_extensions import assert_never

from benchmarks.training_speed.turns import Train, Turns
from benchmarks.training_speed.workloads import (
    CLASSES,
    EPOCH,
    FEATURES,
    LANGUAGE_UNITS,
    UNITS,
    VOCABULARY,
    WORD_UNITS,
    WORDS,
    WORKLOADS,
    Row,
)

LAYERS: dict[str, Any] = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


class Windows(nn.Module):
    """Two recurrent layers over (batch, 128, 9), with (batch, 6) logits of the last state."""

    def __init__(self, cell: str) -> None:
        super().__init__()
        self.recurrent = LAYERS[cell](FEATURES, UNITS, num_layers=2, batch_first=True)
        self.dense = nn.Linear(UNITS, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits."""
        outputs, _ = self.recurrent(x)
        return self.dense(outputs[:, -1])


class Texts(nn.Module):
    """An embedding and a bidirectional layer over (batch, 200) ids, with (batch, 1) logits of the last states."""

    def __init__(self, cell: str, masked: bool) -> None:
        super().__init__()
        self.masked = masked
        self.embedding = nn.Embedding(WORDS, WORD_UNITS)
        self.recurrent = LAYERS[cell](WORD_UNITS, UNITS, batch_first=True, bidirectional=True)
        self.dense = nn.Linear(2 * UNITS, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits."""
        inputs: Any = self.embedding(x)
        if self.masked:
            inputs = pack_padded_sequence(inputs, (x != 0).sum(1), batch_first=True, enforce_sorted=False)
        states = self.recurrent(inputs)[1]
        h = states[0] if isinstance(states, tuple) else states  # (directions, batch, units)
        return self.dense(torch.cat([h[0], h[1]], 1))


class Language(nn.Module):
    """An embedding and two recurrent layers over (batch, 35) ids, with (batch * 35, words) logits of the next words."""

    def __init__(self, cell: str) -> None:
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, LANGUAGE_UNITS)
        self.recurrent = LAYERS[cell](LANGUAGE_UNITS, LANGUAGE_UNITS, num_layers=2, batch_first=True)
        self.dense = nn.Linear(LANGUAGE_UNITS, VOCABULARY)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits."""
        return self.dense(self.recurrent(self.embedding(x))[0]).flatten(0, 1)


def prepare(row: Row, way: str) -> Train:
    """Builds a row's model: `plain`, or `tuned` with a fused optimizer and denormal numbers flushed to zero."""
    tuned = way == "tuned"
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    torch.set_flush_denormal(tuned)
    torch.manual_seed(0)
    workload = WORKLOADS[row.workload]
    model, loss_of, optimizer = build(row, {"fused": True} if tuned else {})
    x, y = (torch.from_numpy(array) for array in workload.make_data())
    y = y if y.is_floating_point() else y.long()

    def step(number: int) -> float:
        part = slice(number * workload.batch, (number + 1) * workload.batch)
        optimizer.zero_grad()
        loss = loss_of(model(x[part]), y[part])
        loss.backward()
        if workload.kind == "language":
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        return loss.item()

    def train(turns: Turns) -> None:
        turns.begin()
        while True:
            total = 0.0
            for number in range(EPOCH):
                total += step(number)
                turns.stepped(total / (number + 1))

    return train


def build(row: Row, settings: dict[str, Any]) -> tuple[nn.Module, Any, torch.optim.Optimizer]:
    """A row's model, loss and optimizer; `settings` are additional settings of the optimizer."""
    workload = WORKLOADS[row.workload]
    match workload.kind:
        case "windows":
            model, loss = Windows(row.cell), nn.CrossEntropyLoss()
        case "texts":
            model, loss = Texts(row.cell, workload.masked), nn.BCEWithLogitsLoss()
        case "language":
            model, cross_entropy = Language(row.cell), nn.CrossEntropyLoss()
            return (
                model,
                lambda logits, y: cross_entropy(logits, y.flatten()),
                torch.optim.SGD(model.parameters(), 1.0, **settings),
            )
        case _:
            assert_never(workload.kind)
    return model, loss, torch.optim.Adam(model.parameters(), 1e-3, **settings)
