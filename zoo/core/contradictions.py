"""Contradictions between the fields of a manifest that depend on neither its input kind nor its task."""

import dataclasses
import re
from collections.abc import Iterator, Set
from typing import cast

from zoo.core.manifest import Manifest, Output, Streaming

#: An output whose optional fields are all empty, and the fields that every task uses.
_EMPTY, _ALL_USE = Output(()), ("name", "dtype")


def contradictions(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Yields each field that has the right type but an invalid value, and what was expected."""
    if manifest.streaming is not None:
        yield from _streaming(manifest.streaming)
    yield from _output(manifest.output)
    if not re.fullmatch("[0-9a-f]{64}", manifest.model_sha256):
        yield "model_sha256", f"64 hexadecimal digits, got '{manifest.model_sha256}'"


def unused(output: Output, uses: Set[str], task: str) -> Iterator[tuple[str, str]]:
    """Yields each output field that is set although it has no meaning for the task, and what was expected.

    Args:
        output: the manifest's output.
        uses: fields that the task uses, besides `name` and `dtype`, which every task uses.
        task: the task's name.
    """
    for field in dataclasses.fields(Output):
        value, empty = getattr(output, field.name), getattr(_EMPTY, field.name)
        if field.name not in {*_ALL_USE, *uses} and value != empty:
            expected = "null" if empty is None else "none"
            got = list(cast("tuple[object, ...]", value)) if isinstance(value, tuple) else value
            yield f"output.{field.name}", f"{expected}, because it has no meaning for {task}, got {got}"


def _output(output: Output) -> Iterator[tuple[str, str]]:
    labels, thresholds = output.labels, output.thresholds
    if len(set(labels)) < len(labels):
        yield "output.labels", f"unique labels, got {list(labels)}"
    if thresholds and len(thresholds) != len(labels):
        yield "output.thresholds", f"one per label ({len(labels)}) or none, got {len(thresholds)}"
    if not all(0 < threshold < 1 for threshold in thresholds):
        yield "output.thresholds", f"scores in (0, 1), got {list(thresholds)}"


def _streaming(streaming: Streaming) -> Iterator[tuple[str, str]]:
    names = [name for state in streaming.states for name in (state.input, state.output)]
    if len(set(names)) < len(names):
        yield "streaming.states", f"unique names of inputs and outputs, got {names}"
    if any(size < 1 for state in streaming.states for size in state.sizes):
        yield "streaming.states", "sizes of at least 1"
    if streaming.piece < 1:
        yield "streaming.piece", f"at least 1 time step, got {streaming.piece}"
    if not streaming.reset_after_s > 0:
        yield "streaming.reset_after_s", f"more than 0 seconds, got {streaming.reset_after_s:g}"
