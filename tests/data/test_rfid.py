"""A publisher's many small files as one data set: reading, labels, gathering and refusals."""

import hashlib
import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from zoo.core.errors import DataError, FetchError
from zoo.core.manifest import RecordingInput
from zoo.core.progress import SILENT
from zoo.data import rfid
from zoo.data.fetch import fetch, located
from zoo.data.records import About, RecordingSet
from zoo.data.sources import SOURCES, Gathered, Source
from zoo.inputs.recording.tracks import track_of
from zoo.tasks.event_detection.marks import changes, mark
from zoo.tasks.event_detection.section import Events

ABOUT = About("rfid", "made up", "CC BY 4.0", "", "0" * 64, "")

#: Two trials as the publisher writes them: time, accelerations, antenna, RSSI, phase, frequency, label.
FILES = {
    "d1p01M": b"0,0.27,1.01,-0.08,1,-63.5,2.4,924.25,3\n0.5,0.3,1,-0.1,4,-60,4.7,921.75,1\n"
    b"1.5,0.5,0.9,0,1,-63,3,923,4\n",
    "d2p07F": b"0,0.9,0.1,0.2,2,-55.5,1,920.25,2\r\n0.25,0.9,0.1,0.2,3,-56,1,920.25,3\r\n",
}
GATHERED = b"".join(
    name.encode() + b"," + line + b"\n" for name, content in FILES.items() for line in content.splitlines()
)


def loaded(tmp_path: Path, content: bytes = GATHERED) -> RecordingSet:
    path = tmp_path / "trials.csv"
    path.write_bytes(content)
    return rfid.load(path, ABOUT, SILENT)


def test_a_trial_is_a_recording_and_a_subject(tmp_path):
    data = loaded(tmp_path)
    assert [(r.name, r.subject) for r in data.recordings] == [("d1p01M", "d1p01M"), ("d2p07F", "d2p07F")]
    assert data.parts == {"d1p01M": "room-1", "d2p07F": "room-2"}
    first = data.recordings[0]
    np.testing.assert_allclose(first.time_s, [0, 0.5, 1.5])
    np.testing.assert_allclose(first.values[1], [0.3, 1, -0.1, -60, 0, 0, 0, 1], rtol=1e-6)
    assert [data.label_names[label] for label in first.labels] == ["lying", "sit-on-bed", "ambulating"]
    assert first.values.dtype == np.float32
    assert len(data.features) == first.values.shape[1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"expected the RFID trials, got an empty file"),
        (b"d3p01M,0,1,1,1,1,-60,1,1,1\n", r"got: a trial named 'd3p01M'\. Fetch it again\."),
        (b"d1p01M,0,1,1,1,1,-60,1,1\n", r"got: 8 columns instead of 9 in d1p01M"),
        (b"d1p01M,0,1,1,1,5,-60,1,1,1\n", r"an antenna or a label outside 1 to 4 in d1p01M\. Fetch it again\."),
        (b"d1p01M,0,1,1,1,1,-60,1,1,0\n", r"an antenna or a label outside 1 to 4 in d1p01M"),
        (b"d1p01M,0,x,1,1,1,-60,1,1,1\n", r"could not convert string 'x'"),
        (b"\xff\xfe", r"'ascii' codec"),
    ],
)
def test_a_file_with_another_layout_is_refused(tmp_path, content, message):
    with pytest.raises(FetchError, match=message):
        loaded(tmp_path, content)


def test_an_exit_is_the_time_of_the_first_label_out_of_bed(tmp_path):
    data = loaded(tmp_path)
    events = Events(
        labels=("sit-on-chair", "ambulating"), after=("sit-on-bed", "lying"), target="<= 1 false alarm per h"
    )
    np.testing.assert_array_equal(changes(data.recordings[0], [0, 2], [1, 3]), [1.5])
    np.testing.assert_array_equal(changes(data.recordings[1], [0, 2], [1, 3]), [])  # getting into bed is not an exit
    spec = RecordingInput(data.features, 2.0, fill="hold", gaps=True)
    first, second = (mark(track_of(recording, spec), events, data.label_names, 2.0) for recording in data.recordings)
    np.testing.assert_array_equal(first.target, [0, 0, 0, 1])
    np.testing.assert_array_equal(first.truths, [[1.5, 1.5]])
    assert first.track.values.shape == (4, 9)
    assert len(second.truths) == 0


@pytest.fixture
def trials(monkeypatch: pytest.MonkeyPatch, site, plain_user) -> Source:
    """The data set with two trials, from a publisher on 127.0.0.1."""
    source = replace(
        SOURCES["rfid"],
        file=replace(SOURCES["rfid"].file, sha256=hashlib.sha256(GATHERED).hexdigest(), size=len(GATHERED)),
        gathered=Gathered(rfid.TRIAL.pattern, "d1p01M", 2, "uci427", f"{site.url}/rfid.zip", "rfid.zip", 5000),
    )
    monkeypatch.setitem(SOURCES, "rfid", source)
    return source


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def write_in_subfolders(root: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = root / f"S{name[1]}_Dataset" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@pytest.mark.parametrize("folder", ["rfid", "uci427"])
def test_the_users_folder_provides_the_files(trials, tmp_path, monkeypatch, plain_user, folder):
    monkeypatch.setenv("ZOO_DATA", str(tmp_path / "own"))
    write_in_subfolders(tmp_path / "own" / folder, FILES)
    (tmp_path / "own" / folder / "README.txt").write_text("not a trial")
    assert located("rfid") == tmp_path / "own" / folder
    path = fetch("rfid")
    assert (path, path.read_bytes()) == (plain_user / "rfid" / "trials.csv", GATHERED)
    assert fetch("rfid") == path


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"d1p01M": FILES["d1p01M"]}, r"uci427: expected 2 files such as d1p01M, got 1\."),
        (
            FILES | {"d2p07F": b"0,1,1,1,1,1,1,1,1\n"},
            r"expected files that make up trials\.csv with sha256 \w+, got \w+\.",
        ),
    ],
)
def test_wrong_files_in_the_users_folder_are_an_error(trials, tmp_path, monkeypatch, files, message):
    monkeypatch.setenv("ZOO_DATA", str(tmp_path))
    write_in_subfolders(tmp_path / "uci427", files)
    with pytest.raises(FetchError, match=message):
        fetch("rfid")


@pytest.mark.parametrize("inside", [lambda files: files, lambda files: {"Datasets/all.zip": zipped(files)}])
def test_the_publishers_zip_provides_the_files(
    trials, site, plain_user, inside: Callable[[dict[str, bytes]], dict[str, bytes]]
):
    files = {f"Datasets/S{name[1]}_Dataset/{name}": content for name, content in FILES.items()}
    site.answers["/rfid.zip"] = site.body(zipped(inside(files | {"../README.txt": b"outside"})))
    path = fetch("rfid")
    assert path.read_bytes() == GATHERED
    assert sorted(p.name for p in plain_user.rglob("*") if p.is_file()) == ["trials.csv"]
    assert len(rfid.load(path, ABOUT, SILENT).recordings) == 2


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"<html>", r"publisher: .*/rfid\.zip: rfid\.zip: expected a zip, got: File is not a zip file"),
        (zipped({"d1p01M": FILES["d1p01M"]}), r"rfid\.zip: expected 2 files such as d1p01M, got 1\."),
        (bytes(6000), r"expected at most 5,000 bytes, got more"),
    ],
)
def test_another_file_from_the_publisher_is_refused(trials, site, plain_user, answer, message):
    site.answers["/rfid.zip"] = site.body(answer)
    with pytest.raises(FetchError, match=message) as caught:
        fetch("rfid")
    lines = str(caught.value).splitlines()
    assert lines[:2] == [
        "rfid: expected the data set in one of four places, found it in none.",
        "  ZOO_DATA: not set",
    ]
    assert lines[3] == "  package index: no package carries this data set"
    assert "or the publisher's 2 files, such as d1p01M, into the subfolder rfid" in lines[-1]
    assert not list(plain_user.rglob("*.csv"))


def test_an_unknown_part_is_refused():
    from zoo.data.sources import check_parts, find_source

    with pytest.raises(DataError, match=r"data\.parts: unknown part 'room-3' of 'rfid'\. Did you mean 'room-"):
        check_parts(find_source("rfid"), ("room-3",))
