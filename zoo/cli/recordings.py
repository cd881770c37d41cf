"""One recording of a sensor data set, for a user who wants a real input to try."""

import csv
import io
from pathlib import Path

from zoo.core.atomic import appearing
from zoo.core.errors import DataError
from zoo.core.names import nearest
from zoo.data.records import Recording, RecordingSet, TextSet


def find(data: RecordingSet | TextSet, name: str | None) -> Recording:
    """The recording of that name.

    Raises:
        DataError: a text data set, no name, or an unknown one; offers the nearest.
    """
    if isinstance(data, TextSet):
        raise DataError(f"{data.name}: expected a sensor data set, got texts: they have no recordings.")
    by_name = {recording.name: recording for recording in data.recordings}
    if name is None:
        raise DataError(f"--csv: expected --recording NAME with it. {data.name} has: {', '.join(by_name)}.")
    if name not in by_name:
        near = nearest(name, by_name)
        hint = f"did you mean '{near}'?" if near else f"it has: {', '.join(by_name)}."
        raise DataError(f"{data.name}: no recording '{name}'; {hint}")
    return by_name[name]


def write_csv(data: RecordingSet | TextSet, name: str | None, path: Path) -> str:
    """Writes one recording as CSV: `time_s`, then the features, in their units.

    Returns:
        What was written, for the user.
    """
    recording = find(data, name)
    assert isinstance(data, RecordingSet)
    with appearing(path) as stream:
        text = io.TextIOWrapper(stream, "utf-8", newline="")
        writer = csv.writer(text)
        writer.writerow(["time_s", *(feature.name for feature in data.features)])
        for time_s, values in zip(recording.time_s, recording.values, strict=True):
            writer.writerow([f"{time_s:.4f}", *(f"{value:.7g}" for value in values)])
        text.detach()  # flushes; the stream is closed by the one who opened it
    return f"{path}: {len(recording.values):,} rows of {recording.name}"
