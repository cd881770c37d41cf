"""The tasks: one visible table, one file a task."""

from zoo.edge.tasks.event_detection import EVENT_DETECTION
from zoo.edge.tasks.next_word import NEXT_WORD
from zoo.edge.tasks.sentiment import SENTIMENT
from zoo.edge.tasks.task import DeviceTask

TASKS: dict[str, DeviceTask] = {row.name: row for row in (EVENT_DETECTION, SENTIMENT, NEXT_WORD)}

__all__ = ["TASKS", "DeviceTask"]
