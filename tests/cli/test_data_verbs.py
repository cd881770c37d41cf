import csv
import json
from pathlib import Path

import numpy as np
import pytest

from zoo.cli import main
from zoo.core.manifest import Feature
from zoo.data.records import About, Recording, RecordingSet, TextSet
from zoo.data.sources import SOURCES

ABOUT = About("hapt", "Two people", "CC BY 4.0", "Someone, 2016", "0" * 64, "https://example.org")


def sensor_data() -> RecordingSet:
    """Two people; 5 rows at 2 Hz each, the first two standing, the last without a label."""
    recordings = tuple(
        Recording(
            name=f"{subject}-1",
            subject=subject,
            time_s=np.arange(5) / 2,
            values=np.full((5, 2), int(subject), np.float32),
            labels=np.array([1, 1, 0, 0, -1], np.int16),
        )
        for subject in ("01", "02")
    )
    features = (Feature("acc_x", "g"), Feature("level"))
    return RecordingSet("hapt", features, ("walking", "standing"), recordings, frozenset({"02"}), None, ABOUT)


def text_data() -> TextSet:
    labels = np.array([0, 1, 1], np.int16)
    splits = ["train", "train", "test"]
    return TextSet("reviews", ["a b", "c", "d e f"], labels, ("negative", "positive"), None, splits, None, ABOUT)


@pytest.fixture(autouse=True)
def _loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    sets = {"hapt": sensor_data(), "reviews": text_data()}
    monkeypatch.setattr("zoo.data.loading.load_source", lambda name, progress: sets[name])


def out(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def mistake(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 2
    return capsys.readouterr().err.strip()


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    text = out(capsys, "data", "list")
    assert all(source.title in text for source in SOURCES.values())
    records = [json.loads(line) for line in out(capsys, "data", "list", "--json").splitlines()]
    assert [record["name"] for record in records] == list(SOURCES)
    assert records[0]["sha256"] == SOURCES[records[0]["name"]].file.sha256


def test_fetch_prints_the_path(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, bool]] = []

    def fetch(name: str, *, progress: object, force: bool) -> Path:
        calls.append((name, force))
        return Path("cache/hapt/HAPT.pkl.gz")

    monkeypatch.setattr("zoo.data.fetch.fetch", fetch)
    assert out(capsys, "data", "fetch", "hapt", "--force") == "cache/hapt/HAPT.pkl.gz\n"
    assert calls == [("hapt", True)]


def test_an_unknown_data_set(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Did you mean 'hapt'?" in mistake(capsys, "data", "fetch", "hatp")


def test_info_of_a_sensor_set(capsys: pytest.CaptureFixture[str]) -> None:
    record = json.loads(out(capsys, "data", "info", "hapt", "--json"))
    assert record["features"] == ["acc_x (g)", "level"]
    assert (record["subjects"], record["rows"], record["test subjects"]) == (2, 10, ["02"])
    text = out(capsys, "data", "info", "hapt")
    assert "01-1, 02-1" in text
    assert "Someone, 2016" in text


def test_info_of_texts(capsys: pytest.CaptureFixture[str]) -> None:
    record = json.loads(out(capsys, "data", "info", "reviews", "--json"))
    assert (record["texts"], record["words"], record["median words"]) == (3, 6, 2)
    assert record["labels"] == {"negative": 1, "positive": 2}
    assert record["splits"] == {"test": 1, "train": 2}


def test_info_of_a_recording(capsys: pytest.CaptureFixture[str]) -> None:
    record = json.loads(out(capsys, "data", "info", "hapt", "--recording", "02-1", "--json"))
    assert (record["subject"], record["rows"], record["seconds"]) == ("02", 5, 2.5)
    assert record["seconds by label"] == {"no label": 0.5, "walking": 1, "standing": 1}


def test_a_recording_is_written_as_csv(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    assert out(capsys, "data", "info", "hapt", "--recording", "02-1", "--csv", str(path)) == f"{path}: 5 rows of 02-1\n"
    rows = list(csv.reader(path.read_text("utf-8").splitlines()))
    assert rows[0] == ["time_s", "acc_x", "level"]
    assert rows[2] == ["0.5000", "2", "2"]
    assert len(rows) == 6


def test_wrong_requests_for_a_recording_are_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    unknown = mistake(capsys, "data", "info", "hapt", "--recording", "2-1", "--csv", str(path))
    assert unknown == "hapt: no recording '2-1'; did you mean '02-1'?"
    unnamed = mistake(capsys, "data", "info", "hapt", "--csv", str(path))
    assert unnamed == "--csv: expected --recording NAME with it. hapt has: 01-1, 02-1."
    texts = mistake(capsys, "data", "info", "reviews", "--recording", "1")
    assert texts == "reviews: expected a data set of recordings, got texts, which have no names."
    assert not path.exists()
