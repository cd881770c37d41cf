"""Texts, cut into the tokens that the model knows."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from zoo.core.errors import InputError
from zoo.core.manifest import Manifest, TextInput
from zoo.edge import text
from zoo.edge.inputs.kind import Array, Contradiction, DeviceInput, Item, Package, TrialInput, Trying, array_of
from zoo.edge.opened import Contents, Opened
from zoo.edge.selftest import TOLERANCE

#: Texts that go through the model together; more would gain nothing and cost memory.
BATCH = 32
#: Tokens of a made-up text.
STEPS = 100


def parts_of(opened: Opened) -> tuple[TextInput, text.Tokenizer]:
    """What the model reads, and what cuts it."""
    spec = opened.manifest.input
    assert isinstance(spec, TextInput)
    assert opened.tokenizer is not None
    return spec, opened.tokenizer


def port(opened: Opened) -> tuple[str, tuple[int | None, ...]]:
    """(batch, time) int32."""
    return "tensor(int32)", (None, None)


def contradictions(manifest: Manifest) -> Iterator[Contradiction]:
    """Lengths and ids that no text has."""
    spec = manifest.input
    assert isinstance(spec, TextInput)
    if spec.max_tokens < 1:
        yield "input.max_tokens", f"at least 1, got {spec.max_tokens}"
    named = {"pad_id": spec.pad_id, "unknown_id": spec.unknown_id, "begin_id": spec.begin_id}
    for name, id_ in named.items():
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
    checked = [text.check(x, at) for x, at in zip(raw, places, strict=True)]
    found = text.rows(tokenizer, checked, spec) if checked else []
    for row, at in zip(found, places, strict=True):
        text.check_row(row, spec, at)
    return [np.asarray(row, np.int32) for row in found]


def pad(opened: Opened, part: Sequence[Array]) -> Array:
    """Filled up on the right to the longest: (batch, time) int32."""
    return text.pad(part, parts_of(opened)[0].pad_id)


def feed(opened: Opened, array: npt.ArrayLike) -> Array:
    """(batch, time) int32; refuses what are no ids of the vocabulary."""
    spec, _ = parts_of(opened)
    ids = array_of(array, spec.name, "iu", "whole numbers")
    if not (ids.min() >= 0 and ids.max() < spec.vocabulary):
        got = f"{ids.min()} to {ids.max()}"
        raise InputError(f"{spec.name}: expected ids from 0 to {spec.vocabulary - 1}, got {got}.")
    # After the checks: a large id would come out of the cast as another one.
    return np.ascontiguousarray(ids, spec.dtype)


def given(arguments: Sequence[str], opened: Opened) -> Iterator[Item]:
    """Texts that were typed, or stand in files or a pipe."""
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


def pushes(stream: Any, tried: TrialInput) -> Callable[[], object] | None:
    """Pushes one word after the other, over and over; None without words."""
    readable = words(stream, str(tried.golden)) if tried.golden is not None else []
    cycle = itertools.cycle(readable)
    return (lambda: stream.push(next(cycle))) if readable else None


def words(stream: Any, said: str) -> list[str]:
    """The words of a text that can be typed one by one; the stream is reset."""
    found: list[str] = []
    for word in said.split():
        try:
            stream.push(word)
        except InputError:  # a mark that the model does not read alone
            continue
        found.append(word)
    stream.reset()
    return found


def differs(predict: Callable[[Any], Any], stream: Any, golden: Any) -> str:
    """Word by word, the answer is that of the whole. Not that of `predict`, which cuts long texts."""
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
    needs=(Package("tokenizers", "text", "The package that cuts text into words"),),
    batch=BATCH,
    port=port,
    rate_hz=lambda manifest: None,
    contradictions=contradictions,
    open=open_texts,
    rows=rows,
    pad=pad,
    feed=feed,
    given=given,
    trying=Trying("word", trial, pushes, differs),
)
