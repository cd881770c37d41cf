"""What an exported model says of each input, for a person and for a program."""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from zoo.cli import inputs
from zoo.core.errors import InputError
from zoo.core.events import Event, clock
from zoo.core.manifest import SensorInput
from zoo.core.words import duration
from zoo.edge import Runner

#: A text is shown up to this many characters.
WIDTH = 72


@dataclass(frozen=True)
class Asked:
    """What the user wants: the inputs as typed, and the options, None where not given."""

    inputs: tuple[str, ...]
    top: int | None = None
    complete: int | None = None
    rate_hz: float | None = None
    time_column: str | None = None


@dataclass(frozen=True)
class Answer:
    """What the model says of one input.

    Attributes:
        text: for a person, one line or more.
        record: the same as JSON values.
    """

    text: str
    record: dict[str, Any]


def answers(runner: Runner, asked: Asked) -> Iterator[Answer]:
    """Runs the model on one input after the other, so that answers come while a pipe still fills.

    Raises:
        InputError: an option that this model has no use for, or an input that it cannot take (names which).
        DataError: a file that cannot be read.
    """
    _refuse_foreign_options(runner, asked)
    match runner.manifest.task:
        case "event-detection":
            return (_events(runner, recording) for recording in _recordings(runner, asked))
        case "sentiment":
            return (_sentiment(runner, item) for item in inputs.texts(asked.inputs))
        case "next-word" if asked.complete is not None:
            return (_completion(runner, item, asked.complete) for item in inputs.texts(asked.inputs))
        case "next-word":
            return (_next_words(runner, item, asked.top) for item in inputs.texts(asked.inputs))


def _refuse_foreign_options(runner: Runner, asked: Asked) -> None:
    """An option without an effect would leave the user believing that it had one."""
    sensor = ("--rate", asked.rate_hz), ("--time", asked.time_column)
    words = ("--top", asked.top), ("--complete", asked.complete)
    allowed = {"event-detection": sensor, "next-word": words}.get(runner.manifest.task, ())
    for option, value in (*sensor, *words):
        if value is not None and (option, value) not in allowed:
            kind = "sensor recordings" if (option, value) in sensor else "next-word models"
            raise InputError(f"{option}: is for {kind}; {runner.manifest.name} does {runner.manifest.task}.")
    if asked.top is not None and asked.complete is not None:
        raise InputError("--top and --complete: expected one of them, got both.")


def _recordings(runner: Runner, asked: Asked) -> Iterator[inputs.Recording]:
    spec = runner.manifest.input
    assert isinstance(spec, SensorInput)
    return inputs.recordings(asked.inputs, spec, rate_hz=asked.rate_hz, time_column=asked.time_column)


def _sentiment(runner: Runner, item: inputs.Text) -> Answer:
    with item.named():
        said = runner.predict(item.text)
    shown = textwrap.shorten(_visible(item.text), WIDTH, placeholder="…")
    return Answer(
        f"{said.label}  {said.score:.3f}  {shown}",
        {"input": item.text, "label": said.label, "score": said.score, "scores": said.scores},
    )


def _next_words(runner: Runner, item: inputs.Text, top: int | None) -> Answer:
    with item.named():
        said = runner.predict(item.text, top=top)
    width = max(len(word) for word in said.scores)
    proposals = [f"  {word:<{width}}  {probability:.3f}" for word, probability in said.scores.items()]
    return Answer(
        "\n".join([f"{_end(item.text)} …", *proposals]),
        {"input": item.text, "label": said.label, "score": said.score, "scores": said.scores},
    )


def _completion(runner: Runner, item: inputs.Text, words: int) -> Answer:
    with item.named():
        text = runner.complete(item.text, words)
    return Answer(text, {"input": item.text, "completion": text})


def _end(text: str) -> str:
    """The last words of a text, as many as are shown: what comes next follows them."""
    line = " ".join(_visible(text).split())
    return line if len(line) <= WIDTH else f"…{line[-WIDTH:]}"


def _visible(text: str) -> str:
    """The text without control characters: those of a file must not steer the terminal."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", text)


def _events(runner: Runner, recording: inputs.Recording) -> Answer:
    spec = runner.manifest.input
    assert isinstance(spec, SensorInput)
    with recording.named():
        said = runner.predict(recording.values, rate_hz=recording.rate_hz, time_s=recording.time_s)
    assert said.steps is not None
    length_s = len(said.steps) / spec.sample_rate_hz
    name = runner.manifest.output.labels[0]
    if said.events:
        head = f"{recording.source}: {len(said.events)} {name} in {duration(length_s)}"
    else:
        head = f"{recording.source}: no {name} in {duration(length_s)} (highest score {said.score:.3f})"
    lines = [_line(event) for event in said.events]
    return Answer(
        "\n".join([head, *lines]),
        {
            "input": recording.source,
            "duration_s": round(length_s, 3),
            "label": said.label,
            "score": said.score,
            "events": [asdict(event) for event in said.events],
        },
    )


def _line(event: Event) -> str:
    until = "" if event.end_s is None else f" to {clock(event.end_s)}"
    return f"  {event.label}  {clock(event.start_s)}{until}  score {event.score:.3f}"
