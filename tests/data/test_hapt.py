"""HAPT in the publisher's layout, and pickles that try to call what they must not."""

import gzip
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from zoo.core.errors import FetchError
from zoo.core.progress import SILENT
from zoo.data import hapt
from zoo.data.records import NO_LABEL, About

ABOUT = About("hapt", "", "", "", "", "")


def text(values: np.ndarray) -> str:
    return "\n".join(" ".join(f"{value:.6f}" for value in row) for row in values) + "\n"


@pytest.fixture
def signals() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(3, 40, 6))


@pytest.fixture
def archive(tmp_path: Path, signals: np.ndarray) -> Path:
    """Two recordings of subject 2, one of subject 1, as the publisher packs them."""
    path = tmp_path / "hapt.zip"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("README.txt", "how it was made")
        for values, name in zip(signals, ["exp01_user02", "exp02_user02", "exp03_user01"], strict=True):
            opened.writestr(f"RawData/acc_{name}.txt", text(values[:, :3]))
            opened.writestr(f"RawData/gyro_{name}.txt", text(values[:, 3:]))
        opened.writestr("RawData/labels.txt", "1 2 5 1 10\n1 2 10 11 12\n3 1 12 40 40\n")
    return path


def test_the_publishers_archive_is_read(archive, signals):
    data = hapt.load(archive, ABOUT, SILENT)
    assert [recording.name for recording in data.recordings] == ["01-1", "02-1", "02-2"]
    assert [recording.subject for recording in data.recordings] == ["01", "02", "02"]
    for recording, values in zip(data.recordings, signals[[2, 0, 1]], strict=True):
        np.testing.assert_allclose(recording.values, values, atol=1e-6)
        assert recording.values.dtype == np.float32
        np.testing.assert_allclose(recording.time_s, np.arange(40) / 50)


def test_label_spans_count_from_one_and_include_the_last_sample(archive):
    last, first, second = (recording.labels for recording in hapt.load(archive, ABOUT, SILENT).recordings)
    standing, lie_to_sit, lie_to_stand = (
        hapt.LABELS.index(name) for name in ("standing", "lie-to-sit", "lie-to-stand")
    )
    assert first.tolist() == [standing] * 10 + [lie_to_sit] * 2 + [NO_LABEL] * 28
    assert second.tolist() == [NO_LABEL] * 40
    assert last.tolist() == [NO_LABEL] * 39 + [lie_to_stand]
    assert first.dtype == np.int16


@pytest.mark.parametrize(
    ("member", "content", "message"),
    [
        ("RawData/labels.txt", "1 2 5\n", "3 columns instead of 5"),
        ("RawData/gyro_exp01_user01.txt", "0 0 0\n", "got: .*concatenation axis"),
        ("RawData/gyro_exp01_user01.txt", "0 0 x\n", "could not convert"),
        ("elsewhere.txt", "", "gyro_exp01_user01.txt"),
    ],
)
def test_an_archive_with_another_layout_is_refused(tmp_path, member, content, message):
    files = {"RawData/labels.txt": "1 1 1 1 2\n", "RawData/acc_exp01_user01.txt": "0 0 0\n1 1 1\n", member: content}
    path = tmp_path / "hapt.zip"
    with zipfile.ZipFile(path, "w") as opened:
        for name, lines in files.items():
            opened.writestr(name, lines)
    with pytest.raises(FetchError, match=rf"hapt\.zip: expected the publisher's HAPT archive, .*{message}"):
        hapt.load(path, ABOUT, SILENT)


def test_an_archive_without_recordings_is_refused(tmp_path):
    path = tmp_path / "hapt.zip"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("RawData/labels.txt", "1 1 1 1 2\n")
    with pytest.raises(FetchError, match="expected recordings RawData/acc_exp"):
        hapt.load(path, ABOUT, SILENT)


def test_a_truncated_archive_is_refused(archive):
    archive.write_bytes(archive.read_bytes()[:-200])
    with pytest.raises(FetchError, match=r"expected the publisher's HAPT archive, got: .*Fetch it again"):
        hapt.load(archive, ABOUT, SILENT)


class PickledCall:
    """Pickles as a call of a function."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


def test_a_pickle_that_calls_a_function_is_refused(tmp_path):
    path, trace = tmp_path / "HAPT.pkl.gz", tmp_path / "trace"
    path.write_bytes(gzip.compress(pickle.dumps({1: [PickledCall(Path.touch, trace)]})))
    with pytest.raises(FetchError, match=r"expected pickled HAPT tables, got: .* is not allowed in a data file"):
        hapt.load(path, ABOUT, SILENT)
    assert not trace.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (pickle.dumps(PickledCall(eval, "1 + 1"), protocol=2), r"__builtin__\.eval is not allowed"),
        (b"c_codecs\nencode\n(Vx\nVrot13\ntR.", "codec rot13"),
        (pickle.dumps({1: [[1, 2]]}), "'list' object has no attribute 'state'"),
        (pickle.dumps([1, 2]), "no attribute 'items'"),
        (b"", "Ran out of input"),
    ],
)
def test_a_pickle_with_another_layout_is_refused(tmp_path, content, message):
    path = tmp_path / "HAPT.pkl.gz"
    path.write_bytes(gzip.compress(content))
    with pytest.raises(FetchError, match=rf"HAPT\.pkl\.gz: expected pickled HAPT tables, got: .*{message}"):
        hapt.load(path, ABOUT, SILENT)


def test_a_truncated_pickle_is_refused(tmp_path):
    path = tmp_path / "HAPT.pkl.gz"
    path.write_bytes(gzip.compress(pickle.dumps(list(range(1000))))[:300])
    with pytest.raises(FetchError, match="Compressed file ended"):
        hapt.load(path, ABOUT, SILENT)
