"""HAPT: thirty people walking, sitting, lying and getting up, recorded at the waist (UCI data set 341).

Two files hold the same recordings: a gzipped pickle of one pandas table per recording, and the publisher's zip of
text files.
"""

import gzip
import re
import zipfile
import zlib
from collections import defaultdict
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from zoo.core.errors import FetchError
from zoo.core.manifest import Feature
from zoo.core.progress import Progress
from zoo.data.records import NO_LABEL, About, Recording, RecordingSet
from zoo.data.unpickle import BROKEN_PICKLE, columns, unpickled_tables

RATE_HZ = 50.0

#: In these data the phone's sensors clip at 2 g and about 10 rad/s. The limits allow for the wider ranges of other
#: phones (8 g, 2000 degrees per second), and still detect values in m/s² or degrees per second.
FEATURES = tuple(
    [Feature(f"acc_{axis}", "g", -8.0, 8.0) for axis in "xyz"]
    + [Feature(f"gyro_{axis}", "rad/s", -35.0, 35.0) for axis in "xyz"]
)

#: In the order of the publisher's numbers 1 to 12.
LABELS = (
    "walking",
    "upstairs",
    "downstairs",
    "sitting",
    "standing",
    "laying",
    "stand-to-sit",
    "sit-to-stand",
    "sit-to-lie",
    "lie-to-sit",
    "stand-to-lie",
    "lie-to-stand",
)

#: Subjects of the official test set.
TEST_SUBJECTS = frozenset({"02", "04", "09", "10", "12", "13", "18", "20", "24"})

PICKLE_COLUMNS = ("acc-x", "acc-y", "acc-z", "gyro-x", "gyro-y", "gyro-z")


def load(path: Path, about: About, progress: Progress) -> RecordingSet:
    """Reads either file.

    Raises:
        FetchError: the file has an unexpected layout.
    """
    recordings = _from_zip(path, progress) if path.suffix == ".zip" else _from_pickle(path)
    return RecordingSet(about.name, FEATURES, LABELS, tuple(recordings), TEST_SUBJECTS, None, about)


def _recording(subject: int, number: int, values: NDArray[Any], labels: NDArray[np.int16]) -> Recording:
    """One recording; `number` counts a subject's recordings from 1, `values` is (time, 6)."""
    time_s = np.arange(len(values), dtype=np.float64) / RATE_HZ
    return Recording(
        f"{subject:02}-{number}", f"{subject:02}", time_s, np.ascontiguousarray(values, dtype=np.float32), labels
    )


def _from_pickle(path: Path) -> list[Recording]:
    """Reads a pickled dict: subject -> list of tables, one per recording."""
    recordings: list[Recording] = []
    try:
        with gzip.open(path) as stream:
            subjects = unpickled_tables(stream)
        for subject, tables in subjects.items():
            for number, table in enumerate(tables, start=1):
                by_name = columns(table)
                values = np.stack([by_name[name] for name in PICKLE_COLUMNS], axis=1)
                labels = np.where(by_name["label"] > 0, by_name["label"] - 1, NO_LABEL).astype(np.int16)
                recordings.append(_recording(subject, number, values, labels))
    except (*BROKEN_PICKLE, zlib.error, OSError) as error:
        raise FetchError(f"{path}: expected pickled HAPT tables, got: {error!s}. Fetch it again.") from error
    return recordings


def _from_zip(path: Path, progress: Progress) -> list[Recording]:
    """The publisher's layout: acc_expNN_userNN.txt, gyro_expNN_userNN.txt and labels.txt in RawData/."""
    recordings: list[Recording] = []
    counts: defaultdict[int, int] = defaultdict(int)
    try:
        with zipfile.ZipFile(path) as archive, progress.bar("Reading recordings", None, "recordings") as advance:
            with archive.open("RawData/labels.txt") as stream:
                spans = _table(stream, 5).astype(np.int64)
            for name in sorted(archive.namelist()):
                match = re.fullmatch(r"RawData/acc_exp(\d+)_user(\d+)\.txt", name)
                if not match:
                    continue
                experiment, subject = int(match[1]), int(match[2])
                with archive.open(name) as acc, archive.open(name.replace("acc_", "gyro_")) as gyro:
                    values = np.concatenate([_table(acc, 3), _table(gyro, 3)], axis=1)
                counts[subject] += 1
                labels = _spread(spans[spans[:, 0] == experiment], len(values))
                recordings.append(_recording(subject, counts[subject], values, labels))
                advance(1)
    except (zipfile.BadZipFile, zlib.error, KeyError, OSError, ValueError) as error:
        raise FetchError(f"{path}: expected the publisher's HAPT archive, got: {error!s}. Fetch it again.") from error
    if not recordings:
        raise FetchError(f"{path}: expected recordings RawData/acc_exp*_user*.txt, got none. Fetch it again.")
    return sorted(recordings, key=lambda recording: recording.name)


def _table(stream: IO[bytes], columns: int) -> NDArray[np.float64]:
    table = np.loadtxt(stream, dtype=np.float64, ndmin=2)
    if table.shape[1] != columns:
        raise ValueError(f"{table.shape[1]} columns instead of {columns}")
    return table


def _spread(spans: NDArray[np.int64], length: int) -> NDArray[np.int16]:
    """(length,) label of each sample, from rows (experiment, subject, activity, first, last); samples count from 1."""
    labels = np.full(length, NO_LABEL, dtype=np.int16)
    for _, _, activity, first, last in spans:
        labels[first - 1 : last] = activity - 1
    return labels
