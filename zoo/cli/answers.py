"""What an exported model says of each input, for a person and for a program."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from zoo.core.errors import InputError
from zoo.edge import Runner
from zoo.edge.inputs import INPUTS
from zoo.edge.tasks import TASKS


@dataclass(frozen=True)
class Asked:
    """What the user wants.

    Attributes:
        inputs: as they were typed.
        complete: how many words to go on for, or None.
        flags: the others as they were typed, such as `--top`, and their values; None where not given.
    """

    inputs: tuple[str, ...]
    complete: int | None = None
    flags: Mapping[str, Any] = field(default_factory=dict[str, Any])


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
    kind, task = runner.kind, runner.task
    given = {flag: value for flag, value in asked.flags.items() if value is not None}
    _refuse_foreign(runner, [*given, *(["--complete"] if asked.complete is not None else [])])
    if given.keys() & task.flags and asked.complete is not None:
        raise InputError(f"{next(iter(task.flags))} and --complete: expected one of them, got both.")
    reading = {kind.flags[flag]: value for flag, value in given.items() if flag in kind.flags}
    asking = {task.flags[flag]: value for flag, value in given.items() if flag in task.flags}
    return _answers(runner, asked, reading, asking)


def _answers(runner: Runner, asked: Asked, reading: Mapping[str, Any], asking: Mapping[str, Any]) -> Iterator[Answer]:
    for item in runner.kind.given(asked.inputs, runner.opened, **reading):
        with item.named():
            if asked.complete is not None:
                text = runner.complete(item.raw, asked.complete)
                answer = Answer(text, {"input": item.name, "completion": text})
            else:
                said = runner.predict(item.raw, **item.options, **asking)
                answer = Answer("\n".join(said.lines(item.name)), {"input": item.name, **said.to_dict()})
        yield answer


def _refuse_foreign(runner: Runner, flags: list[str]) -> None:
    """An option without an effect would leave the user believing that it had one."""
    for flag in flags:
        if flag in runner.kind.flags or flag in runner.task.flags:
            continue
        if flag == "--complete" and runner.task.complete is not None:
            continue
        of = [kind.flags_for for kind in INPUTS.values() if flag in kind.flags]
        of += [
            task.flags_for for task in TASKS.values() if flag in task.flags or (flag == "--complete" and task.complete)
        ]
        raise InputError(f"{flag}: is for {' and '.join(of)}; {runner.manifest.name} does {runner.task.name}.")
