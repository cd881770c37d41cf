"""The user's own tables of recordings: what is read from them, and the errors of wrong ones."""

from pathlib import Path

import numpy as np
import pytest

from zoo.core.errors import DataError
from zoo.core.progress import SILENT
from zoo.data.records import RecordingSet
from zoo.inputs.recording.files import read
from zoo.inputs.recording.specs import RecordingFiles

NIGHT = "t,acc,gyro,state\n0.0,1.0,-2.5,in\n0.1,1.5,0,\n0.2,2,1e-3,out\n"


def sensors(tmp_path: Path, rows: str = NIGHT, **changes: object) -> RecordingSet:
    """The recordings from one file with this text."""
    (tmp_path / "night.csv").write_text(rows, encoding="utf-8")
    fields = {"files": str(tmp_path / "night.csv"), "columns": ("acc", "gyro"), "time": "t", "label": "state"} | changes
    return read(RecordingFiles.model_validate({"sample_rate_hz": 10, "window_s": 1} | fields), SILENT)


def test_one_file_is_one_recording_of_one_subject(tmp_path):
    data = sensors(tmp_path, units={"acc": "g"})
    (recording,) = data.recordings
    assert (data.name, recording.name, recording.subject) == ("night", "night", "night")
    assert [(feature.name, feature.unit) for feature in data.features] == [("acc", "g"), ("gyro", "")]
    np.testing.assert_array_equal(recording.values, np.array([[1, -2.5], [1.5, 0], [2, 1e-3]], np.float32))
    assert (recording.values.dtype, recording.time_s.dtype) == (np.float32, np.float64)
    np.testing.assert_array_equal(recording.time_s, [0.0, 0.1, 0.2])
    assert data.label_names == ("in", "out")
    assert recording.labels.tolist() == [0, -1, 1]
    assert (data.splits, data.test_subjects) == (None, None)
    assert len(data.about.sha256) == 64


def test_rows_without_times_are_spaced_by_the_rate(tmp_path):
    data = sensors(tmp_path, time=None, rate_hz=4)
    np.testing.assert_array_equal(data.recordings[0].time_s, [0, 0.25, 0.5])


def test_recordings_may_have_no_labels(tmp_path):
    data = sensors(tmp_path, label=None)
    assert (data.label_names, data.recordings[0].labels.tolist()) == ((), [-1, -1, -1])


def test_each_group_is_a_subject_with_one_recording(tmp_path):
    rows = "t,acc,gyro,state,who\n" + "".join(f"{t},{t},0,x,{who}\n" for who in ("b", "a") for t in range(3))
    data = sensors(tmp_path, rows, group="who")
    assert [(part.name, part.subject) for part in data.recordings] == [("night/b", "b"), ("night/a", "a")]
    assert [part.values[:, 0].tolist() for part in data.recordings] == [[0, 1, 2], [0, 1, 2]]


def test_recordings_of_several_files_share_their_labels(tmp_path):
    for folder, label in (("a", "2"), ("b", "10")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "night.csv").write_text(f"t,acc,state\n0,{label},{label}\n1,1,{label}\n")
    data = sensors(tmp_path, files=f"{tmp_path}/*/night.csv", columns=("acc",))
    assert [recording.name for recording in data.recordings] == ["a/night", "b/night"]
    assert data.label_names == ("2", "10")
    assert [recording.labels.tolist() for recording in data.recordings] == [[0, 0], [1, 1]]


def test_an_existing_file_is_not_read_as_a_pattern(tmp_path):
    path = tmp_path / "night[1].csv"
    path.write_text(NIGHT)
    assert sensors(tmp_path, files=[str(path), str(path)]).name == "night[1]"


def test_the_split_column_defines_the_split(tmp_path):
    rows = "t,acc,gyro,state,who,side\n0,1,1,x,a,train\n1,1,1,x,a,train\n0,1,1,x,b,test\n1,1,1,x,b,test\n"
    data = sensors(tmp_path, rows, group="who", split_column="side")
    assert data.splits == {"night/a": "train", "night/b": "test"}


def test_the_digest_of_several_files_depends_on_each(tmp_path):
    (tmp_path / "other.csv").write_text(NIGHT)
    both = [str(tmp_path / "other.csv"), str(tmp_path / "night.csv")]
    before = sensors(tmp_path, files=both).about
    after = sensors(tmp_path, NIGHT.replace("1.5", "1.6"), files=both).about
    assert before.sha256 != after.sha256
    assert before.title == "2 CSV files, other.csv and others"


@pytest.mark.parametrize(
    ("rows", "changes", "message"),
    [
        (NIGHT, {"columns": ("akc", "gyro")}, r"night\.csv: no column 'akc'; did you mean 'acc'\?"),
        (NIGHT, {"label": "sate"}, r"no column 'sate'; did you mean 'state'\?"),
        (NIGHT, {"time": "tt"}, r"no column 'tt'; did you mean 't'\?"),
        (NIGHT, {"files": "none*.csv"}, r"data\.files: expected a file, found none at none\*\.csv"),
        ("", {}, "expected a header line and rows, got an empty file"),
        ("t,acc,gyro,state\n", {}, "expected rows below the header, got none"),
        (NIGHT.replace("1.5", "high"), {}, r"night\.csv:3: column 'acc': expected a finite number, got 'high'"),
        (NIGHT.replace("1.5", "nan"), {}, r"night\.csv:3: column 'acc': expected a finite number, got 'nan'"),
        (NIGHT.replace("0.1", "9"), {}, r"night\.csv:4: column 't': expected rising seconds, got 0\.2 after 9\."),
        ("t,acc,gyro,state\n1,1,1,x\n1,1,1,x\n", {}, "column 't': expected rising seconds, got 1 in every row"),
        ("t,acc,gyro,state\n1,1,1,x\n", {}, "expected at least 2 rows of recording 'night', got 1"),
        ("t,acc,gyro,state\n1,1,1,\n2,1,1, \n", {}, "expected labels in the column 'state', got only empty cells"),
        (NIGHT, {"group": "state"}, r"night\.csv:3: column 'state': expected a value, got an empty cell"),
        (
            "t,acc,gyro,state\n0,1,1,tran\n1,1,1,x\n",
            {"split_column": "state"},
            "expected one of train, validation, test, got 'tran'",
        ),
    ],
)
def test_wrong_recordings_are_refused(tmp_path, rows, changes, message):
    with pytest.raises(DataError, match=message):
        sensors(tmp_path, rows, **changes)


def test_a_recording_in_two_splits_is_refused(tmp_path):
    rows = "t,acc,gyro,state,side\n0,1,1,x,train\n1,1,1,x,test\n"
    with pytest.raises(
        DataError, match=r":3: column 'side': expected 'train' in all rows of recording 'night', got 'te"
    ):
        sensors(tmp_path, rows, split_column="side")


def test_a_column_of_measurements_is_refused_as_label(tmp_path):
    rows = "t,acc,gyro,state\n" + "".join(f"{t},1,1,{t / 7}\n" for t in range(1500))
    with pytest.raises(DataError, match="expected at most 1000 different labels, got 1,500 in the column 'state'"):
        sensors(tmp_path, rows)


def test_a_folder_instead_of_files_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"expected a file, got a folder: .*Write .*/\*\.csv for all CSV files in it"):
        sensors(tmp_path, files=str(tmp_path))
