"""Measures what one more sample costs where the state is kept, against running the whole window again.

python -m benchmarks.streaming_step
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.files import write_files
from benchmarks.program import finished, parsed
from benchmarks.quiet import note, silenced

CELLS = ("SimpleRNN", "LSTM", "GRU")
FEATURES, UNITS, WINDOW, CHUNK = 9, 64, 128, 32
SUMMARY = "Measures what one more sample costs where the state is kept, against running the whole window again."

PAGE = """\
# One more sample

{about}

Two recurrent layers of {units} and a dense sigmoid over samples of {features} features, one thread of onnxruntime,
medians in microseconds; p95 in brackets. The state is the file's own inputs and outputs (`to_onnx(model, path,
streaming=True)`). *Step*: one sample through `zoo.edge`, memory bound once. *`run()`*: one sample through
onnxruntime's plain call. *Of a chunk*: a sample's share of {chunk} that are pushed together. *Window*: the last
{window} samples again, which is what a file without states needs for each new one.

{table}
How many times as long the window takes as the step: the median over {rounds} rounds, in each of which all four had
their turn, and where 8 of 10 rounds lie. Steps and window give the same scores: largest difference {difference:.1g}.
"""


@dataclass(frozen=True)
class Measured:
    """Seconds of one cell's calls: (p50, p95) of each, and the window's ratio to the step.

    Attributes:
        chunk: of one sample's share.
        ratio: median, 10th and 90th percentile over rounds.
        difference: largest between the scores of steps and those of the whole.
    """

    cell: str
    step: tuple[float, float]
    plain: tuple[float, float]
    chunk: tuple[float, float]
    window: tuple[float, float]
    ratio: tuple[float, float, float]
    difference: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and writes the page."""
    options = parsed("streaming_step", SUMMARY, "two short rounds", arguments)
    rounds, seconds = (2, 0.1) if options.quick else (20, 8.0)
    return finished(lambda: write([measure(cell, rounds, seconds) for cell in CELLS], rounds, options.out))


def measure(cell: str, rounds: int, seconds: float) -> Measured:
    """Times one cell's four ways in turns."""
    from zoo.edge.device.timing import ratio, summarised, time_in_turns

    ways, difference = contenders(cell)
    rounds_of = time_in_turns(ways, seconds, rounds, time.perf_counter)
    times = {name: summarised(found) for name, found in rounds_of.items()}
    middle = ratio(rounds_of["window"], rounds_of["step"])
    pair = {name: (one.p50, one.p95) for name, one in times.items()}
    share = (pair["chunk"][0] / CHUNK, pair["chunk"][1] / CHUNK)
    note(f"{cell}: a step {1e6 * pair['step'][0]:.0f} µs, a window {middle.median:.1f} times that")
    return Measured(
        cell,
        pair["step"],
        pair["plain"],
        share,
        pair["window"],
        (middle.median, middle.p10, middle.p90),
        difference,
    )


def contenders(cell: str) -> tuple[dict[str, Callable[[], object]], float]:
    """The four calls, and how far steps are from the whole."""
    with silenced():
        import keras
        from keras import layers as kl

        from zoo.core.manifest import Feature, Manifest, Output, SensorInput, State, Streaming
        from zoo.edge.pieces import Pieces, beginning
        from zoo.exporter.lowering import lower
        from zoo.exporter.parity import opened

        keras.utils.set_random_seed(0)
        x = keras.Input((None, FEATURES), name="input")
        layer = getattr(kl, cell)
        inner = layer(UNITS, return_sequences=True)(layer(UNITS, return_sequences=True)(x))
        model = keras.Model(x, kl.Dense(1, "sigmoid", name="output")(inner))
        lowered = lower(model, streaming=True, outputs=["output"])
        session = opened(lowered.proto)
        states = (State(name, f"{name}.next", tuple(one.first.shape[1:])) for name, one in lowered.states.items())
        streaming = Streaming(tuple(states))
        source = SensorInput(tuple(Feature(str(number)) for number in range(FEATURES)), 50.0)
        manifest = Manifest("step", "event-detection", "", "0" * 64, source, Output(("event",)), streaming=streaming)
    values = np.random.default_rng(0).standard_normal((4 * WINDOW, FEATURES)).astype(np.float32)
    pieces, checked = (Pieces(session, manifest, streaming) for _ in range(2))
    stepped = np.concatenate([np.array(checked.run(values[n : n + 1])) for n in range(len(values))])
    checked.reset()
    difference = float(np.abs(stepped - checked.run(values)).max())
    one, chunk, zeros = values[:1], values[:CHUNK], beginning(streaming, 1)
    again = {"input": values[None, :WINDOW], **zeros}
    ways: dict[str, Callable[[], object]] = {
        "step": lambda: pieces.run(one),
        "plain": lambda: session.run(None, {"input": one[None], **zeros}),
        "chunk": lambda: pieces.run(chunk),
        "window": lambda: session.run(["output"], again),
    }
    return ways, difference


def page(about: str, found: Sequence[Measured], rounds: int) -> str:
    """The whole page as Markdown."""
    from benchmarks.report import markdown_table

    heads = ["", "step", "`run()`", "of a chunk", f"window of {WINDOW}", "window / step"]
    return PAGE.format(
        about=about,
        units=UNITS,
        features=FEATURES,
        chunk=CHUNK,
        window=WINDOW,
        rounds=rounds,
        table=markdown_table(heads, [_cells(one) for one in found]),
        difference=max(one.difference for one in found),
    )


def _cells(one: Measured) -> list[str]:
    middle, low, high = one.ratio
    times = (one.step, one.plain, one.chunk, one.window)
    shown = [f"{1e6 * p50:.1f} ({1e6 * p95:.1f})" for p50, p95 in times]
    return [one.cell, *shown, f"**{middle:.1f}** ({low:.1f} to {high:.1f})"]


def write(found: Sequence[Measured], rounds: int, folder: Path) -> None:
    """Writes the page and its numbers, whole or not at all."""
    from benchmarks.machine import about, describe

    facts: dict[str, Any] = about()
    numbers = json.dumps({"about": facts, "rounds": rounds, "cells": [asdict(one) for one in found]}, indent=1)
    contents = {"md": page(describe(facts), found, rounds).encode(), "json": numbers.encode()}
    write_files(contents, folder, "streaming_step")


if __name__ == "__main__":
    sys.exit(main())
