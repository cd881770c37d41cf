"""Scores a bundle as a device runs it: sample by sample, with the recorded times."""

from typing import TYPE_CHECKING

from zoo.core.events import Event
from zoo.core.progress import Progress
from zoo.data.prepared import Prepared
from zoo.data.records import RecordingSet
from zoo.inputs.recording.running import streamed_recordings
from zoo.inputs.recording.streaming import Differences
from zoo.inputs.recording.tracks import read_by
from zoo.tasks.event_detection.alarms import METRICS, EventOutcome, Matches, match
from zoo.tasks.event_detection.marks import mark, section_of
from zoo.tasks.metric import measured

if TYPE_CHECKING:
    from zoo.edge import Runner


def live(runner: "Runner", prepared: Prepared, data: RecordingSet, progress: Progress) -> dict[str, float]:
    """The event metrics of a split from streams, and how the streams differ from complete recordings."""
    spec, events = read_by(prepared), section_of(prepared.recipe)
    matches, differences, steps = Matches(), Differences(), 0
    for track, streamed in streamed_recordings(runner, prepared, data, differences, progress):
        truth = mark(track, events, prepared.label_names, spec.sample_rate_hz)
        alarms = [answer.start_s for answer in streamed.answers if _begins(answer)]
        matches += match(alarms, truth.truths, events.tolerance_s)
        steps += len(track.values)
    hours = steps / spec.sample_rate_hz / 3600
    return {**measured(METRICS, EventOutcome(matches, hours, events.detect_within_s)), **differences.metrics}


def _begins(event: Event) -> bool:
    return event.end_s is None
