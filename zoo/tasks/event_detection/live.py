"""Scores a bundle as a device runs it: every recording sample by sample, with the times at which it was sampled."""

from typing import TYPE_CHECKING

from zoo.core.events import Event
from zoo.core.progress import Progress
from zoo.data.prepared import Prepared
from zoo.data.records import RecordingSet
from zoo.inputs.recording.listening import Differences
from zoo.inputs.recording.running import heard_recordings
from zoo.inputs.recording.tracks import read_by
from zoo.tasks.event_detection.alarms import METRICS, Alarmed, Matches, match
from zoo.tasks.event_detection.marks import mark, section_of
from zoo.tasks.metric import measured

if TYPE_CHECKING:
    from zoo.edge import Runner


def live(runner: "Runner", prepared: Prepared, data: RecordingSet, progress: Progress) -> dict[str, float]:
    """The event metrics of a split, from a stream, and how the stream differs from whole recordings."""
    spec, events = read_by(prepared), section_of(prepared.recipe)
    found, differences, steps = Matches(), Differences(), 0
    for track, heard in heard_recordings(runner, prepared, data, differences, progress):
        marks = mark(track, events, prepared.label_names, spec.sample_rate_hz)
        alarms = [answer.start_s for answer in heard.answers if _begins(answer)]
        found += match(alarms, marks.truths, events.tolerance_s)
        steps += len(track.values)
    hours = steps / spec.sample_rate_hz / 3600
    return {**measured(METRICS, Alarmed(found, hours, events.detect_within_s)), **differences.found}


def _begins(event: Event) -> bool:
    return event.end_s is None
