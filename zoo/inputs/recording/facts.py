"""The contents of a data set of recordings, and of one recording, for a person."""

import csv
import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoo.core.atomic import appearing
from zoo.core.errors import DataError
from zoo.core.names import nearest
from zoo.data.records import NO_LABEL, Recording, RecordingSet


@dataclass(frozen=True)
class SingleRecording:
    """One recording of a data set, for display.

    Attributes:
        data: the data set.
        recording: the recording.
    """

    data: RecordingSet
    recording: Recording

    @property
    def facts(self) -> dict[str, Any]:
        """Its contents, with the total seconds of each label."""
        names = {**dict(enumerate(self.data.label_names)), NO_LABEL: "no label"}
        counts = Counter(self.recording.labels.tolist())
        seconds = _seconds(self.recording)
        step_s = seconds / max(1, len(self.recording.time_s))
        return {
            "recording": self.recording.name,
            "subject": self.recording.subject,
            "seconds": round(seconds, 2),
            "rows": len(self.recording.values),
            "seconds by label": {names[label]: round(count * step_s, 1) for label, count in sorted(counts.items())},
        }

    def write(self, path: Path) -> str:
        """Writes it as CSV: `time_s`, then the features, in their units; returns a summary for the user."""
        with appearing(path) as stream:
            text = io.TextIOWrapper(stream, "utf-8", newline="")
            writer = csv.writer(text)
            writer.writerow(["time_s", *(feature.name for feature in self.data.features)])
            for time_s, values in zip(self.recording.time_s, self.recording.values, strict=True):
                writer.writerow([f"{time_s:.4f}", *(f"{value:.7g}" for value in values)])
            text.detach()  # flushes without closing the stream, which `appearing` closes
        return f"{path}: {len(self.recording.values):,} rows of {self.recording.name}"


def one(data: RecordingSet, name: str | None) -> SingleRecording:
    """The recording of that name.

    Raises:
        DataError: no name, or an unknown one; suggests the nearest.
    """
    by_name = {recording.name: recording for recording in data.recordings}
    if name is None:
        raise DataError(f"--csv: expected --recording NAME as well. {data.name} has: {', '.join(by_name)}.")
    if name not in by_name:
        near = nearest(name, by_name)
        hint = f"did you mean '{near}'?" if near else f"it has: {', '.join(by_name)}."
        raise DataError(f"{data.name}: no recording '{name}'; {hint}")
    return SingleRecording(data, by_name[name])


def facts(data: RecordingSet) -> dict[str, Any]:
    """The contents of a data set, with counts."""
    return {
        "features": [f"{feature.name} ({feature.unit})" if feature.unit else feature.name for feature in data.features],
        "subjects": len({recording.subject for recording in data.recordings}),
        "hours": round(sum(_seconds(recording) for recording in data.recordings) / 3600, 2),
        "rows": sum(len(recording.values) for recording in data.recordings),
        "labels": list(data.label_names),
        "test subjects": sorted(data.test_subjects or ()),
        "recordings": [recording.name for recording in data.recordings],
    }


def _seconds(recording: Recording) -> float:
    """Its duration in seconds; each row, including the last one, stands for one interval."""
    rows = len(recording.time_s)
    return float(recording.time_s[-1] - recording.time_s[0]) * rows / (rows - 1) if rows > 1 else 0.0
