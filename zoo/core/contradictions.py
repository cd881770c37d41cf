"""What the fields of a manifest say wrongly of each other, whatever its input kind and its task."""

import dataclasses
import re
from collections.abc import Iterator, Set
from typing import cast

from zoo.core.manifest import Manifest, Output, Streaming

#: An output that says nothing of its scores, and the fields that say nothing of them.
_EMPTY, _ALL_USE = Output(()), ("name", "dtype")


def contradictions(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Each field that is well-typed and still wrong, and what was expected of it."""
    if manifest.streaming is not None:
        yield from _streaming(manifest.streaming)
    yield from _output(manifest.output)
    if not re.fullmatch("[0-9a-f]{64}", manifest.model_sha256):
        yield "model_sha256", f"64 hexadecimal digits, got '{manifest.model_sha256}'"


def unused(output: Output, uses: Set[str], task: str) -> Iterator[tuple[str, str]]:
    """Each field of the output that says something and means nothing for the task, and what was expected of it.

    Args:
        output: of the manifest.
        uses: fields that the task uses, besides name and type, which all do.
        task: its name.
    """
    for field in dataclasses.fields(Output):
        value, empty = getattr(output, field.name), getattr(_EMPTY, field.name)
        if field.name not in {*_ALL_USE, *uses} and value != empty:
            wanted = "null" if empty is None else "none"
            got = list(cast("tuple[object, ...]", value)) if isinstance(value, tuple) else value
            yield f"output.{field.name}", f"{wanted}, for it means nothing for {task}, got {got}"


def _output(output: Output) -> Iterator[tuple[str, str]]:
    labels, thresholds = output.labels, output.thresholds
    if len(set(labels)) < len(labels):
        yield "output.labels", f"different labels, got {list(labels)}"
    if thresholds and len(thresholds) != len(labels):
        yield "output.thresholds", f"one for each label ({len(labels)}) or none, got {len(thresholds)}"
    if not all(0 < threshold < 1 for threshold in thresholds):
        yield "output.thresholds", f"scores in (0, 1), got {list(thresholds)}"


def _streaming(streaming: Streaming) -> Iterator[tuple[str, str]]:
    names = [name for state in streaming.states for name in (state.input, state.output)]
    if len(set(names)) < len(names):
        yield "streaming.states", f"different names of inputs and outputs, got {names}"
    if any(size < 1 for state in streaming.states for size in state.sizes):
        yield "streaming.states", "sizes of at least 1"
    if streaming.piece < 1:
        yield "streaming.piece", f"at least 1 time step, got {streaming.piece}"
    if not streaming.reset_after_s > 0:
        yield "streaming.reset_after_s", f"more than 0 seconds, got {streaming.reset_after_s:g}"
