"""What an exported model says of input that nobody trained on, beside the truth."""

from dataclasses import dataclass

import numpy as np

from zoo.core.errors import DataError
from zoo.core.events import clock
from zoo.core.manifest import RecordingInput
from zoo.core.progress import SILENT, Progress
from zoo.data.loading import load
from zoo.data.prepare import track_of
from zoo.data.records import RecordingSet, TextSet
from zoo.data.split import split_recordings, split_texts
from zoo.edge import Event, Runner
from zoo.evaluation.events import pairs
from zoo.recipe import Recipe

#: Texts that are shown, and characters of each.
TEXTS, CHARACTERS = 6, 60

#: Words that stand before the word to be proposed.
CONTEXT = 12


@dataclass(frozen=True)
class Demo:
    """A title and a table; each row has the same columns."""

    kind: str
    rows: tuple[dict[str, str], ...]


def held_out_example(recipe: Recipe, runner: Runner, progress: Progress = SILENT) -> Demo:
    """Lets the exported model predict for a recording, or for some texts, of the recipe's test split.

    Raises:
        DataError: the test split holds nothing to show.
    """
    data = load(recipe.data, progress)
    if isinstance(data, RecordingSet):
        return _recording(recipe, runner, data)
    if recipe.task == "next-word":
        return _next_words(recipe, runner, data)
    return _sentiments(recipe, runner, data)


def _recording(recipe: Recipe, runner: Runner, data: RecordingSet) -> Demo:
    assert recipe.events is not None
    rows = split_recordings(data, recipe.data.split)["test"]
    spec = runner.manifest.input
    assert isinstance(spec, RecordingInput)
    tracks = ((r, track_of(r, recipe.events, data.label_names, spec).truths) for r in rows)
    shown, truths = next((pair for pair in tracks if len(pair[1])), (None, np.zeros((0, 2))))
    if shown is None:
        raise DataError(f"{data.name}: expected a test recording with an event to show, got none.")
    found = runner.predict(shown.values, time_s=shown.time_s)
    table = tuple(
        {
            "truth": "-" if truth is None else f"{clock(truth[0])} to {clock(truth[1])}",
            "alarm": "-" if alarm is None else clock(alarm.start_s),
            "score": "-" if alarm is None else f"{alarm.score:.2f}",
            "": _verdict(truth, alarm),
        }
        for truth, alarm in pairs(found.events, truths, recipe.events.tolerance_s)
    )
    length = clock(float(shown.time_s[-1] - shown.time_s[0]))
    title = f"Recording {shown.name} of held-out person {shown.subject}, {length} long, through onnxruntime:"
    return Demo(title, table)


def _verdict(truth: np.ndarray | None, alarm: Event | None) -> str:
    if truth is None:
        return "false alarm"
    if alarm is None:
        return "missed"
    return f"found, {alarm.start_s - truth[0]:+.1f} s from its start"


def _test_texts(recipe: Recipe, data: TextSet) -> list[int]:
    numbers = split_texts(data, recipe.data.split)["test"]
    if not len(numbers):
        raise DataError(f"{data.name}: expected test texts to show, got none.")
    return [int(numbers[i]) for i in np.linspace(0, len(numbers) - 1, min(TEXTS, len(numbers))).astype(int)]


def _sentiments(recipe: Recipe, runner: Runner, data: TextSet) -> Demo:
    assert data.labels is not None
    numbers = _test_texts(recipe, data)
    found = runner.predict_batch([data.texts[n] for n in numbers])
    rows = tuple(
        {
            "text": f"{data.texts[n][:CHARACTERS].strip()}…",
            "truth": data.label_names[data.labels[n]],
            "said": prediction.label,
            "probability": f"{prediction.score:.2f}",
        }
        for n, prediction in zip(numbers, found, strict=True)
    )
    return Demo("Held-out texts, through onnxruntime:", rows)


def _next_words(recipe: Recipe, runner: Runner, data: TextSet) -> Demo:
    rows: list[dict[str, str]] = []
    for number in _test_texts(recipe, data):
        words = data.texts[number].split()
        place = min(CONTEXT, len(words) - 1)
        if place < 1:
            continue
        prediction = runner.predict(" ".join(words[:place]))
        proposals = ", ".join(f"{word} {p:.2f}" for word, p in prediction.scores.items())
        rows.append({"text": " ".join(words[:place])[-CHARACTERS:], "truth": words[place], "proposed": proposals})
    return Demo("Next words in held-out texts, through onnxruntime:", tuple(rows))
