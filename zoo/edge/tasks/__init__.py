"""The tasks: one visible table, one file per task."""

from zoo.edge.tasks.classification import CLASSIFICATION
from zoo.edge.tasks.event_detection import EVENT_DETECTION
from zoo.edge.tasks.next_word import NEXT_WORD
from zoo.edge.tasks.tagging import TAGGING
from zoo.edge.tasks.task import DeviceTask

TASKS: dict[str, DeviceTask] = {row.name: row for row in (EVENT_DETECTION, TAGGING, CLASSIFICATION, NEXT_WORD)}


def named(task: str) -> str:
    """The current name of a task, which may be given by a former name; any other word is returned unchanged."""
    return next((row.name for row in TASKS.values() if task in row.formerly), task)


__all__ = ["TASKS", "DeviceTask", "named"]
