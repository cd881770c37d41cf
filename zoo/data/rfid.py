"""RFID: older people getting out of bed, read by a room's antennas from a batteryless tag (UCI data set 427).

Readings arrive irregularly, whenever an antenna reaches the tag: several per second, then none for minutes.
"""

import re
from collections import defaultdict
from pathlib import Path

import numpy as np

from zoo.core.errors import FetchError
from zoo.core.manifest import Feature
from zoo.core.progress import Progress
from zoo.data.records import About, Recording, RecordingSet

#: The publisher's file name for one trial, such as d1p01M: room, number, and the person's sex.
TRIAL = re.compile(r"d([12])p(\d\d)[MF]")

#: In the order of the publisher's numbers 1 to 4.
LABELS = ("sit-on-bed", "sit-on-chair", "lying", "ambulating")

PARTS = {"1": "room-1", "2": "room-2"}

#: Room 1 has four antennas, room 2 has three.
ANTENNAS = 4

FEATURES = (
    *(Feature(f"acc_{axis}", "g", -8.0, 8.0) for axis in ("frontal", "vertical", "lateral")),
    # Which antenna reads the tag, and how strongly, indicates where the person is.
    Feature("rssi", "dBm", -120.0, 0.0),
    *(Feature(f"antenna_{number}", "", 0.0, 1.0) for number in range(1, ANTENNAS + 1)),
)

#: Time, three accelerations, antenna, RSSI, phase, frequency, label.
COLUMNS = 9


def load(path: Path, about: About, progress: Progress) -> RecordingSet:
    """Reads the trials from lines that each begin with the name of their trial.

    The data do not identify the person of a trial, so each trial counts as a subject of its own.

    Raises:
        FetchError: the file does not have this layout.
    """
    trials: defaultdict[str, list[str]] = defaultdict(list)
    try:
        for line in path.read_text("ascii").splitlines():
            name, _, row = line.partition(",")
            trials[name].append(row)
        with progress.bar("Reading recordings", len(trials), "recordings") as advance:
            recordings: list[Recording] = []
            for name, rows in trials.items():
                recordings.append(_recording(name, rows))
                advance(1)
    except (OSError, ValueError) as error:
        raise FetchError(f"{path}: expected the RFID trials, got: {error!s}. Fetch it again.") from error
    if not recordings:
        raise FetchError(f"{path}: expected the RFID trials, got an empty file. Fetch it again.")
    parts = {recording.name: PARTS[recording.name[1]] for recording in recordings}
    return RecordingSet(about.name, FEATURES, LABELS, tuple(recordings), None, None, about, parts)


def _recording(name: str, rows: list[str]) -> Recording:
    if not TRIAL.fullmatch(name):
        raise ValueError(f"a trial named '{name}'")
    table = np.loadtxt(rows, np.float64, delimiter=",", ndmin=2)
    if table.shape[1] != COLUMNS:
        raise ValueError(f"{table.shape[1]} columns instead of {COLUMNS} in {name}")
    antenna, label = table[:, 4], table[:, 8]
    if not np.isin(antenna, range(1, ANTENNAS + 1)).all() or not np.isin(label, range(1, len(LABELS) + 1)).all():
        raise ValueError(f"an antenna or a label outside 1 to 4 in {name}")
    read = antenna[:, None] == np.arange(1, ANTENNAS + 1)
    values = np.concatenate([table[:, 1:4], table[:, 5:6], read], axis=1).astype(np.float32)
    return Recording(name, name, table[:, 0], values, (label - 1).astype(np.int16))
