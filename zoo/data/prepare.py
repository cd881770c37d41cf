"""From a recipe to splits that a model can be trained and scored on.

The order is fixed: load, split (by person, time or the data's own division), then learn the tokeniser on the training
split, then encode or resample, then cut windows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from zoo.core.errors import DataError
from zoo.core.manifest import RecordingInput, TextInput
from zoo.core.progress import SILENT, Progress
from zoo.core.transform import ON_EDGE, nearest
from zoo.data.examples import Examples, LabelledTexts, StepWindows, next_token_windows
from zoo.data.loading import load
from zoo.data.outline import outline_of
from zoo.data.records import About, Recording, RecordingSet, TextSet
from zoo.data.split import split_recordings, split_texts, starts
from zoo.data.text import BEGIN_ID, Corpus, encode, learn_tokenizer
from zoo.edge.sensor import on_grid
from zoo.edge.text import Tokenizer
from zoo.recipe import Recipe
from zoo.recipe.events import Events


@dataclass(frozen=True)
class Track:
    """One recording as the model sees it, with the truth.

    Attributes:
        name: of the recording.
        subject: whose it is.
        values: (time, width) float32 at the recipe's sample rate.
        target: (time,) int8, 1 while an event goes on.
        truths: (events, 2) start and end of each true event, in seconds from the first step.
    """

    name: str
    subject: str
    values: np.ndarray
    target: np.ndarray
    truths: np.ndarray


@dataclass(frozen=True)
class Tracks:
    """The recordings of one split."""

    tracks: tuple[Track, ...]
    rate_hz: float

    @property
    def hours(self) -> float:
        """Recorded time."""
        return sum(len(track.values) for track in self.tracks) / self.rate_hz / 3600


@dataclass(frozen=True)
class Texts:
    """The texts of one split: token ids, and the class of each (-1: no label)."""

    corpus: Corpus
    labels: np.ndarray


@dataclass(frozen=True)
class Prepared:
    """All that training, scoring and exporting need to know of the data."""

    recipe: Recipe
    about: About
    input: RecordingInput | TextInput
    labels: tuple[str, ...]
    splits: Mapping[str, Tracks | Texts]
    tokenizer: Tokenizer | None = None

    @cached_property
    def train(self) -> Examples:
        """Examples to train on, weighted as the recipe says."""
        return _examples(self, "train")

    @cached_property
    def validation(self) -> Examples:
        """Examples to watch while training."""
        return _examples(self, "validation")

    def split(self, name: str) -> Tracks | Texts:
        """One split; a `DataError` that names the others if there is no such split."""
        found = self.splits.get(name)
        if found is None:
            raise DataError(f"split: expected one of {', '.join(self.splits)}, got {name!r}.")
        return found


def prepare(recipe: Recipe, progress: Progress = SILENT, tokenizer: Tokenizer | None = None) -> Prepared:
    """Loads and splits the recipe's data.

    Args:
        recipe: what to load and how to divide it.
        progress: hears about downloads and slow steps.
        tokenizer: use this one instead of learning it from the training texts again.

    Raises:
        DataError: the data does not fit the recipe: no such label, recordings shorter than a window.
        FetchError: the data cannot be had.
    """
    data = load(recipe.data, progress)
    match data:
        case RecordingSet():
            return prepare_sensor(recipe, data)
        case TextSet():
            return _prepare_text(recipe, data, tokenizer, progress)


def prepare_other(prepared: Prepared, data: TextSet) -> Texts:
    """Encodes all texts of another data set as `prepared` encodes its own: for scoring on it."""
    assert prepared.tokenizer is not None
    unknown = sorted(set(data.label_names) - set(prepared.labels)) if prepared.labels else []
    if unknown:
        raise DataError(f"{data.name}: unknown label {unknown[0]!r}; the model knows {', '.join(prepared.labels)}.")
    return _encode_texts(prepared.recipe, data, np.arange(len(data.texts)), prepared.tokenizer, prepared.labels)


def prepare_sensor(recipe: Recipe, data: RecordingSet) -> Prepared:
    """Splits and resamples recordings that are loaded already; refuses them as `prepare` does."""
    events = recipe.events
    assert events is not None
    wanted = {"labels": events.labels, "after": events.after or ()}
    missing = [(key, label) for key, labels in wanted.items() for label in labels if label not in data.label_names]
    if missing:
        raise DataError(
            f"events.{missing[0][0]}: {missing[0][1]!r} is not a label "
            f"of {data.name}; it has {', '.join(data.label_names)}."
        )
    source, labels = outline_of(recipe, data.features, data.label_names)
    assert isinstance(source, RecordingInput)
    parts = split_recordings(data, recipe.data.split)
    splits = {
        side: Tracks(
            tuple(track_of(recording, events, data.label_names, source) for recording in rows), source.sample_rate_hz
        )
        for side, rows in parts.items()
    }
    _check_windows(recipe, splits["train"])
    return Prepared(recipe, data.about, source, labels, splits)


def track_of(recording: Recording, events: Events, names: Sequence[str], spec: RecordingInput) -> Track:
    """A recording as the model reads it, with the steps at which an event goes on.

    Args:
        recording: as it was loaded.
        events: the labels that make the event.
        names: of the recording's labels.
        spec: what the model reads.
    """
    # However long a gap is here, its end is labelled: training takes recordings as they are.
    times, values = on_grid(recording.time_s, recording.values, spec, max_gap_s=np.inf)
    if events.after is not None:
        moments = changes(recording, [names.index(n) for n in events.after], [names.index(n) for n in events.labels])
        target = np.zeros(len(times), np.int8)
        steps = np.floor((moments - times[0]) * spec.sample_rate_hz + ON_EDGE).astype(int)
        target[np.minimum(steps, len(times) - 1)] = 1
        truths = np.stack([moments, moments], 1) - times[0]
        return Track(recording.name, recording.subject, values, target, truths)
    chosen = [names.index(name) for name in events.labels]
    target = np.isin(nearest(recording.time_s, recording.labels, times), chosen).astype(np.int8)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], target, [0]])))
    return Track(recording.name, recording.subject, values, target, edges.reshape(-1, 2) / spec.sample_rate_hz)


def changes(recording: Recording, before: Sequence[int], after: Sequence[int]) -> np.ndarray:
    """(events,) seconds of the samples with a label of `after` that come next to one with a label of `before`."""
    left, entered = np.isin(recording.labels[:-1], before), np.isin(recording.labels[1:], after)
    return recording.time_s[1:][left & entered]


def _check_windows(recipe: Recipe, train: Tracks) -> None:
    window = recipe.sensor.window_s
    longest = max(len(track.values) for track in train.tracks) / train.rate_hz
    if window > longest:
        raise DataError(f"data.window_s: expected at most {longest:.1f} (the longest recording), got {window:g}.")
    if not any(len(track.truths) for track in train.tracks):
        raise DataError("events.labels: expected events to train on, got none in the training recordings.")


def _prepare_text(recipe: Recipe, data: TextSet, tokenizer: Tokenizer | None, progress: Progress) -> Prepared:
    tokens = recipe.text.tokens
    parts = split_texts(data, recipe.data.split)
    if tokenizer is None:
        progress.note(
            f"learning a {tokens.kind} vocabulary of {tokens.vocabulary:,} from {len(parts['train']):,} texts"
        )
        tokenizer = learn_tokenizer((data.texts[i] for i in parts["train"]), tokens)
    source, labels = outline_of(recipe, (), data.label_names)
    assert isinstance(source, TextInput)
    # A small corpus has fewer different words than the recipe asks for.
    source = replace(source, vocabulary=tokenizer.vocabulary)
    splits = {side: _encode_texts(recipe, data, rows, tokenizer, labels) for side, rows in parts.items()}
    return Prepared(recipe, data.about, source, labels, splits, tokenizer)


def _encode_texts(
    recipe: Recipe, data: TextSet, rows: np.ndarray, tokenizer: Tokenizer, labels: tuple[str, ...]
) -> Texts:
    texts = [data.texts[i] for i in rows]
    if recipe.task == "next-word":
        return Texts(encode(texts, tokenizer, BEGIN_ID), np.full(len(texts), -1, np.int16))
    if data.labels is None:
        raise DataError(f"{data.name}: expected a label for every text, got none. Name a 'label' column.")
    number = np.asarray([labels.index(name) for name in data.label_names], np.int16)
    return Texts(_cut(encode(texts, tokenizer), recipe), number[data.labels[rows]])


def _cut(corpus: Corpus, recipe: Recipe) -> Corpus:
    """Keeps `max_tokens` of each text, from the end that the recipe keeps."""
    longest = recipe.text.max_tokens
    lengths = np.minimum(corpus.lengths, longest)
    first = corpus.offsets[1:] - lengths if recipe.text.keep == "end" else corpus.offsets[:-1]
    kept = [corpus.ids[start : start + length] for start, length in zip(first, lengths, strict=True)]
    ids = np.concatenate(kept) if kept else corpus.ids
    return Corpus(ids, np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))


def _examples(prepared: Prepared, side: str) -> Examples:
    recipe, part = prepared.recipe, prepared.split(side)
    match part:
        case Tracks():
            return _step_windows(prepared, part, training=side == "train")
        case Texts() if recipe.task == "next-word":
            window = recipe.text.max_tokens
            return next_token_windows(part.corpus, window, window)
        case Texts():
            known = part.corpus.lengths > 0
            texts = part if known.all() else _without_empty(part, known)
            weights = _class_weights(recipe, texts.labels, prepared.labels)
            return LabelledTexts(texts.corpus, texts.labels, weights)


def _without_empty(part: Texts, known: np.ndarray) -> Texts:
    offsets = np.concatenate([[0], np.cumsum(part.corpus.lengths[known])]).astype(np.int64)
    return Texts(replace(part.corpus, offsets=offsets), part.labels[known])


def _step_windows(prepared: Prepared, part: Tracks, training: bool) -> StepWindows:
    recipe, events = prepared.recipe, prepared.recipe.events
    assert events is not None
    window = round(recipe.sensor.window_s * part.rate_hz)
    stride = round(recipe.sensor.stride_s * part.rate_hz) if training else window
    places = [
        (number, start)
        for number, track in enumerate(part.tracks)
        for start in starts(len(track.values), window, max(1, stride))
    ]
    lead, extend = (round(seconds * part.rate_hz) for seconds in (events.lead_s, events.extend_s))
    targets = tuple(_extended(track.target, lead, extend) for track in part.tracks)
    flat = np.concatenate(targets)
    weights = _class_weights(recipe, flat, ("none", *prepared.labels))
    values = tuple(track.values for track in part.tracks)
    return StepWindows(values, targets, np.asarray(places).reshape(-1, 2), window, (weights[0], weights[1]))


def _extended(target: np.ndarray, lead: int, extend: int) -> np.ndarray:
    """The target, at 1 for `lead` more steps before each event and for `extend` more after it."""
    if not lead and not extend:
        return target
    held = np.convolve(target, np.ones(lead + extend + 1, np.int64))[lead : lead + len(target)]
    return (held > 0).astype(np.int8)


def _class_weights(recipe: Recipe, labels: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """(classes,) weights; `balanced` gives each class the same sum: n / (classes * n_class)."""
    wanted = recipe.training.class_weights
    if wanted == "none":
        return np.ones(len(names))
    if wanted == "balanced":
        counts = np.bincount(labels, minlength=len(names))
        return len(labels) / (len(names) * np.maximum(counts, 1))
    unknown = [name for name in wanted if name not in names]
    if unknown:
        raise DataError(f"training.class_weights: unknown label {unknown[0]!r}; expected {', '.join(names)}.")
    return np.asarray([wanted.get(name, 1.0) for name in names])
