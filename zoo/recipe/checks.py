"""Parts of a recipe that are right by themselves and do not fit each other."""

from collections.abc import Iterator

from zoo.recipe.architecture import check_layers
from zoo.recipe.data import CsvData, SourceData, Task
from zoo.recipe.draft import Draft
from zoo.recipe.problems import MISSING, Problem, listed, settled
from zoo.recipe.vocabulary import missing

SENSOR_KEYS = (
    "sample_rate_hz",
    "window_s",
    "stride_s",
    "fill",
    "gaps",
    "max_gap_s",
    "columns",
    "units",
    "time",
    "csv_rate_hz",
)
TEXT_KEYS = ("tokens", "max_tokens", "text")
#: Columns that are not for the model to see.
OTHER_COLUMNS = ("label", "group", "time", "split_column")


def check(draft: Draft) -> list[Problem]:
    """Everything in a draft that does not fit together, the first thing to mend at each place."""
    problems = list(_check_task(draft))
    if draft.data is not None and draft.task is not None:
        problems += _check_keys(draft.data, draft.task)
        problems += _check_split(draft.data, draft.task)
        problems += _check_window(draft.data)
        if isinstance(draft.data, CsvData):
            problems += _check_columns(draft.data, draft.task)
    return settled(problems + list(check_layers(draft)))


def _check_task(draft: Draft) -> Iterator[Problem]:
    if draft.task == "event-detection" and not draft.has_events:
        yield Problem(("events",), f"{MISSING}: event-detection needs labels (which labels make the event) and target.")
    if draft.events is not None and (both := set(draft.events.labels) & set(draft.events.after or ())):
        yield Problem(
            ("events", "after"), f"expected other labels than events.labels, got {sorted(both)[0]!r} in both."
        )
    if draft.task not in (None, "event-detection") and draft.has_events:
        yield Problem(("events",), f"expected only with task: event-detection, got task: {draft.task}. Remove it.")
    if draft.task == "next-word" and draft.training is not None and draft.training.class_weights != "none":
        yield Problem(("training", "class_weights"), "next-word has no labels to weigh. Remove it.")


def _check_keys(data: SourceData | CsvData, task: Task) -> Iterator[Problem]:
    """Each task has keys of its own: those must be there, and those of the other kind must not."""
    sensor = task == "event-detection"
    needed = ["sample_rate_hz", "window_s"] if sensor else ["tokens", "max_tokens"]
    if isinstance(data, CsvData):
        needed += ["columns"] if sensor else ["text"]
        needed += [] if task == "next-word" else ["label"]
    for key in needed:
        if getattr(data, key) is None:
            yield Problem(("data", key), missing(type(data), key))
    strange = [key for key in (TEXT_KEYS if sensor else SENSOR_KEYS) if getattr(data, key, None)]
    strange += ["keep"] if sensor and data.keep != "end" else []
    for key in strange:
        yield Problem(("data", key), f"is for {'text' if sensor else 'sensors'}, and the task is {task}. Remove it.")
    if task == "next-word" and isinstance(data, CsvData) and data.label is not None:
        yield Problem(("data", "label"), "next-word learns from the text alone. Remove it.")


def _check_split(data: SourceData | CsvData, task: Task) -> Iterator[Problem]:
    split = data.split
    if split.validation + split.test >= 1:
        total = split.validation + split.test
        yield Problem(
            ("data", "split", "validation"),
            f"expected validation + test < 1, so that something is left to train on, got {total:g}.",
        )
    if split.by == "time" and task != "event-detection":
        yield Problem(("data", "split", "by"), "expected subject or given: texts have no time. Change it.")
    if (split.fold is None) != (split.folds is None):
        absent, there = ("folds", "fold") if split.folds is None else ("fold", "folds")
        yield Problem(("data", "split", absent), f"{MISSING}: it is needed with {there}.")
    elif split.fold is not None and split.folds is not None and split.fold > split.folds:
        yield Problem(("data", "split", "fold"), f"expected 1 to {split.folds} (data.split.folds), got {split.fold}.")
    chosen = [key for key in ("fold", "test_parts") if getattr(split, key) is not None]
    if chosen and (split.by not in (None, "subject") or task != "event-detection"):
        yield Problem(("data", "split", chosen[0]), "is for sensors and split: {by: subject}. Remove it.")
    elif len(chosen) > 1:
        yield Problem(("data", "split", "test_parts"), "expected fold or test_parts, got both. Remove one.")
    elif split.test_parts is not None and isinstance(data, CsvData):
        yield Problem(("data", "split", "test_parts"), "is for data sets with parts, such as rfid. Remove it.")
    if isinstance(data, CsvData):
        if split.by == "given" and data.split_column is None:
            yield Problem(
                ("data", "split", "by"),
                "given needs data.split_column: the column that says train, validation or test.",
            )
        if split.by in ("subject", "time") and data.split_column is not None:
            yield Problem(
                ("data", "split_column"), f"is read with split: {{by: given}} only, got by: {split.by}. Remove one."
            )


def _check_window(data: SourceData | CsvData) -> Iterator[Problem]:
    if data.window_s is None:
        return
    if data.stride_s is not None and data.stride_s > data.window_s:
        yield Problem(
            ("data", "stride_s"),
            f"expected <= window_s ({data.window_s:g}), so that no reading is left out, got {data.stride_s:g}.",
        )
    if data.sample_rate_hz is not None and (steps := data.window_s * data.sample_rate_hz) < 2:
        yield Problem(
            ("data", "window_s"),
            f"expected at least 2 readings, got {steps:g} ({data.window_s:g} s at {data.sample_rate_hz:g} Hz).",
        )


def _check_columns(data: CsvData, task: Task) -> Iterator[Problem]:
    if task == "event-detection" and (data.time is None) == (data.csv_rate_hz is None):
        if data.time is None:
            text = (
                f"{MISSING} (the column with the seconds), or csv_rate_hz (rows a second) if there is no such column."
            )
        else:
            text = "expected time (the column with the seconds) or csv_rate_hz (rows a second), got both. Remove one."
        yield Problem(("data", "time"), text)
    columns = data.columns or ()
    for index, column in enumerate(columns):
        roles = [key for key in OTHER_COLUMNS if getattr(data, key) == column]
        if roles:
            yield Problem(
                ("data", "columns", index), f"'{column}' is data.{roles[0]} too: the model must not see it. Remove one."
            )
        if column in columns[:index]:
            yield Problem(("data", "columns", index), f"'{column}' is given twice. Remove one.")
    if data.columns is not None:
        for column in data.units:
            if column not in columns:
                yield Problem(("data", "units", column), f"expected one of data.columns ({listed(columns)}).")
    if data.text is not None and data.text == data.label:
        yield Problem(("data", "text"), f"'{data.text}' is data.label too: the model must not see it. Change one.")
