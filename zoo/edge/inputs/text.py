"""Texts, split into the tokens that the model knows."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from zoo.core.errors import InputError
from zoo.core.manifest import Manifest, TextInput
from zoo.edge import text
from zoo.edge.inputs.kind import Array, Contradiction, DeviceInput, Item, Package, TrialInput, TrialMethods, array_of
from zoo.edge.opened import Contents, Opened
from zoo.edge.selftest import TOLERANCE

#: Number of texts that the model runs together; more would only cost memory.
BATCH = 32
#: Tokens of a made-up text.
STEPS = 100


def parts_of(opened: Opened) -> tuple[TextInput, text.Tokenizer]:
    """The model's input, which is a text, and its tokeniser."""
    spec = opened.manifest.input
    assert isinstance(spec, TextInput)
    assert opened.tokenizer is not None
    return spec, opened.tokenizer


def port(opened: Opened) -> tuple[str, tuple[int | None, ...]]:
    """(batch, time) int32."""
    return "tensor(int32)", (None, None)


def contradictions(manifest: Manifest) -> Iterator[Contradiction]:
    """Yields impossible lengths and ids."""
    spec = manifest.input
    assert isinstance(spec, TextInput)
    if spec.max_tokens < 1:
        yield "input.max_tokens", f"at least 1, got {spec.max_tokens}"
    reserved = {"pad_id": spec.pad_id, "unknown_id": spec.unknown_id, "begin_id": spec.begin_id}
    for name, id_ in reserved.items():
        if id_ is not None and not 0 <= id_ < spec.vocabulary:
            yield f"input.{name}", f"an id from 0 to {spec.vocabulary - 1}, got {id_}"
    never = manifest.output.never
    if any(not 0 <= id_ < spec.vocabulary for id_ in never):
        yield "output.never", f"ids from 0 to {spec.vocabulary - 1}, got {list(never)}"


def open_texts(contents: Contents) -> Opened:
    """Opens the tokeniser."""
    spec, where = contents.manifest.input, str(contents.path)
    assert isinstance(spec, TextInput)
    return Opened(contents.manifest, where, text.open_tokenizer(contents.tokenizer, spec, where))


def rows(opened: Opened, raw: Sequence[object], places: Sequence[str]) -> list[Array]:
    """Token ids, (time,) int32 each."""
    spec, tokenizer = parts_of(opened)
    checked = [text.checked_text(x, at) for x, at in zip(raw, places, strict=True)]
    token_rows = text.rows(tokenizer, checked, spec) if checked else []
    for row, at in zip(token_rows, places, strict=True):
        text.check_row(row, spec, at)
    return [np.asarray(row, np.int32) for row in token_rows]


def pad(opened: Opened, part: Sequence[Array]) -> Array:
    """Pads on the right to the longest row: (batch, time) int32."""
    return text.pad(part, parts_of(opened)[0].pad_id)


def feed(opened: Opened, array: npt.ArrayLike) -> Array:
    """(batch, time) int32; refuses anything but ids of the vocabulary."""
    spec, _ = parts_of(opened)
    ids = array_of(array, spec.name, "iu", "whole numbers")
    if not (ids.min() >= 0 and ids.max() < spec.vocabulary):
        got = f"{ids.min()} to {ids.max()}"
        raise InputError(f"{spec.name}: expected ids from 0 to {spec.vocabulary - 1}, got {got}.")
    # After the checks: the cast would turn a large id into another one.
    return np.ascontiguousarray(ids, spec.dtype)


def items(arguments: Sequence[str], opened: Opened) -> Iterator[Item]:
    """Texts that were typed, or that come from files or a pipe."""
    from zoo.edge.inputs import text_files

    return text_files.texts(arguments)


def trial(opened: Opened, golden: Any, steps: int | None) -> TrialInput:
    """The golden text, or unknown words."""
    spec, _ = parts_of(opened)
    if golden is None:
        ids = np.full(min(spec.max_tokens, STEPS), spec.unknown_id, np.int32)
    else:
        (ids,) = rows(opened, [str(golden)], ["golden input"])
    if steps is not None:
        ids = np.resize(ids, steps)
    return TrialInput(ids, ids, golden if steps is None else None, golden)


def pushes(stream: Any, trial_input: TrialInput) -> Callable[[], object] | None:
    """Pushes one word per call, repeating the input endlessly; None without words."""
    readable = words(stream, str(trial_input.golden)) if trial_input.golden is not None else []
    cycle = itertools.cycle(readable)
    return (lambda: stream.push(next(cycle))) if readable else None


def words(stream: Any, sentence: str) -> list[str]:
    """The words of a text that can be pushed one by one; resets the stream."""
    readable: list[str] = []
    for word in sentence.split():
        try:
            stream.push(word)
        except InputError:  # a punctuation mark that the model cannot read alone
            continue
        readable.append(word)
    stream.reset()
    return readable


def differs(predict: Callable[[Any], Any], stream: Any, golden: Any) -> str:
    """Compares the answer word by word with that for the whole text. Avoids `predict`, which truncates long texts."""
    typed = words(stream, str(golden))
    if not typed:
        return ""
    whole = stream.push(" ".join(typed))
    stream.reset()
    for word in typed[:-1]:
        stream.push(word)
    last = stream.push(typed[-1])
    if last.label == whole.label and abs(last.score - whole.score) <= TOLERANCE:
        return ""
    return f"expected {whole.label} {whole.score:.6f}, got {last.label} {last.score:.6f}."


TEXT = DeviceInput(
    kind="text",
    place="text",
    options=(),
    flags={},
    flags_for="texts",
    needs=(Package("tokenizers", "text", "The package that splits text into words"),),
    batch=BATCH,
    port=port,
    rate_hz=lambda manifest: None,
    contradictions=contradictions,
    open=open_texts,
    rows=rows,
    pad=pad,
    feed=feed,
    items=items,
    trial_methods=TrialMethods("word", trial, pushes, differs),
)
