"""The predictions of an exported model, as text for a person and as records for a program."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from zoo.core.errors import InputError
from zoo.edge import Runner
from zoo.edge.inputs import INPUTS
from zoo.edge.tasks import TASKS


@dataclass(frozen=True)
class Request:
    """The inputs and options of `zoo predict`.

    Attributes:
        inputs: the inputs as typed.
        complete: number of words to continue each text by, or None.
        flags: the other options as typed, such as `--top` -> their values; None for those that are not set.
    """

    inputs: tuple[str, ...]
    complete: int | None = None
    flags: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Answer:
    """The prediction for one input.

    Attributes:
        text: one or more lines for a person.
        record: the same as JSON values.
    """

    text: str
    record: dict[str, Any]


def answers(runner: Runner, request: Request) -> Iterator[Answer]:
    """Runs the model on the inputs one by one, so that a pipe gets each answer as soon as its input has arrived.

    Raises:
        InputError: an option does not apply to this model, or an input does not fit it (the message names which).
        DataError: a file cannot be read.
    """
    kind, task = runner.kind, runner.task
    flags = {flag: value for flag, value in request.flags.items() if value is not None}
    _refuse_ineffective(runner, [*flags, *(["--complete"] if request.complete is not None else [])])
    if flags.keys() & task.flags and request.complete is not None:
        raise InputError(f"{next(iter(task.flags))} and --complete: expected one of them, got both.")
    input_options = {kind.flags[flag]: value for flag, value in flags.items() if flag in kind.flags}
    task_options = {task.flags[flag]: value for flag, value in flags.items() if flag in task.flags}
    return _answers(runner, request, input_options, task_options)


def _answers(
    runner: Runner, request: Request, input_options: Mapping[str, Any], task_options: Mapping[str, Any]
) -> Iterator[Answer]:
    for item in runner.kind.items(request.inputs, runner.opened, **input_options):
        with item.named():
            if request.complete is not None:
                text = runner.complete(item.raw, request.complete)
                answer = Answer(text, {"input": item.name, "completion": text})
            else:
                prediction = runner.predict(item.raw, **item.options, **task_options)
                answer = Answer("\n".join(prediction.lines(item.name)), {"input": item.name, **prediction.to_dict()})
        yield answer


def _refuse_ineffective(runner: Runner, flags: list[str]) -> None:
    """Refuses options without an effect, so that the user does not believe that they have one."""
    for flag in flags:
        if flag in runner.kind.flags or flag in runner.task.flags:
            continue
        if flag == "--complete" and runner.task.complete is not None:
            continue
        users = [kind.flags_for for kind in INPUTS.values() if flag in kind.flags]
        users += [
            task.flags_for for task in TASKS.values() if flag in task.flags or (flag == "--complete" and task.complete)
        ]
        raise InputError(
            f"{flag}: applies only to {' and '.join(users)}; the task of {runner.manifest.name} is "
            f"{runner.task.name}. Leave it out."
        )
