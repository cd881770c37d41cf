"""The training half of the tasks: one table, and a package for each task."""

from zoo.edge.tasks import named
from zoo.tasks.classification.row import CLASSIFICATION
from zoo.tasks.event_detection.row import EVENT_DETECTION
from zoo.tasks.metric import Metric
from zoo.tasks.next_word.row import NEXT_WORD
from zoo.tasks.tagging.row import TAGGING
from zoo.tasks.task import Task

TASKS: dict[str, Task] = {row.name: row for row in (EVENT_DETECTION, TAGGING, CLASSIFICATION, NEXT_WORD)}

#: Every metric of every task; tasks that share a metric share its row.
METRICS: dict[str, Metric] = {metric.name: metric for task in TASKS.values() for metric in task.scoring.metrics}

__all__ = ["METRICS", "TASKS", "Metric", "Task", "named"]
