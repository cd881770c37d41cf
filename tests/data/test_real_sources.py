"""The registered data sets themselves, fetched as a user fetches them."""

from collections import Counter

import numpy as np
import pytest

from zoo.core.errors import FetchError
from zoo.data import SOURCES, RecordingSet, TextSet, load_source
from zoo.data.fetch import fetch
from zoo.data.hapt import LABELS, TEST_SUBJECTS
from zoo.inputs.recording.splitting import split_recordings
from zoo.schema.data import Split
from zoo.tasks.event_detection.marks import changes

pytestmark = pytest.mark.thorough("on the real data sets, a download of about 32 MB without ZOO_DATA")


@pytest.fixture(scope="module")
def hapt() -> RecordingSet:
    data = load_source("hapt")
    assert isinstance(data, RecordingSet)
    return data


@pytest.fixture(scope="module")
def reviews() -> TextSet:
    data = load_source("reviews")
    assert isinstance(data, TextSet)
    return data


@pytest.fixture(scope="module")
def rfid() -> RecordingSet:
    try:
        data = load_source("rfid")
    except FetchError as error:
        if "found it in none" not in str(error):  # the file exists, and is wrong
            raise
        pytest.skip("rfid: no package carries it, and its publisher cannot be reached. Set ZOO_DATA to a folder of it.")
    assert isinstance(data, RecordingSet)
    return data


BED_AND_OUT = (("sit-on-bed", "lying"), ("sit-on-chair", "ambulating"))


def starts(labels: np.ndarray, *names: str) -> int:
    """How often one of these labels begins."""
    inside = np.isin(labels, [LABELS.index(name) for name in names])
    return int(inside[0]) + int((inside[1:] & ~inside[:-1]).sum())


def test_hapt_is_complete(hapt):
    assert len(hapt.recordings) == 61
    assert sum(len(recording.labels) for recording in hapt.recordings) == 1_122_772
    assert sorted({recording.subject for recording in hapt.recordings}) == [f"{person:02}" for person in range(1, 31)]
    assert [recording.name for recording in hapt.recordings[:3]] == ["01-1", "01-2", "02-1"]
    for recording in hapt.recordings:
        assert recording.values.shape == (len(recording.time_s), 6)
        assert recording.labels.min() >= -1
    assert sum(starts(recording.labels, label) for recording in hapt.recordings for label in LABELS[6:]) == 358


def test_hapt_has_the_expected_number_of_bed_exits(hapt):
    exits: Counter[bool] = Counter()
    for recording in hapt.recordings:
        exits[recording.subject in TEST_SUBJECTS] += starts(recording.labels, "lie-to-sit", "lie-to-stand")
    assert exits == {False: 82, True: 36}


def test_hapt_values_lie_within_the_limits_of_their_features(hapt):
    low = np.min([recording.values.min(axis=0) for recording in hapt.recordings], axis=0)
    high = np.max([recording.values.max(axis=0) for recording in hapt.recordings], axis=0)
    for feature, lowest, highest in zip(hapt.features, low, high, strict=True):
        assert feature.low < lowest < 0 < highest < feature.high


def test_hapt_measures_gravity_in_g(hapt):
    still = np.concatenate([r.values[r.labels == LABELS.index("laying"), :3] for r in hapt.recordings])
    assert np.linalg.norm(still, axis=1).mean() == pytest.approx(1.0, abs=0.05)


def test_reviews_are_complete(reviews):
    assert Counter(reviews.parts) == {"imdb": 25_000, "rotten-tomatoes": 8_530}
    assert reviews.labels.mean() == 0.5
    assert not any("<br" in text for text in reviews.texts)
    shares = Counter(reviews.splits)
    assert shares["validation"] / len(reviews.texts) == pytest.approx(0.05, abs=0.005)
    assert shares["test"] / len(reviews.texts) == pytest.approx(0.05, abs=0.005)


def test_no_review_is_in_two_splits(reviews):
    split_by_text: dict[str, str] = {}
    for text, split in zip(reviews.texts, reviews.splits, strict=True):
        assert split_by_text.setdefault(" ".join(text.lower().split()), split) == split


def test_one_part_of_the_reviews_can_be_loaded(reviews):
    part = load_source("reviews", ("rotten-tomatoes",))
    assert isinstance(part, TextSet)
    assert part.parts == ["rotten-tomatoes"] * 8_530
    numbers = [number for number, name in enumerate(reviews.parts) if name == "rotten-tomatoes"]
    assert part.texts == [reviews.texts[number] for number in numbers]
    assert part.splits == [reviews.splits[number] for number in numbers]
    np.testing.assert_array_equal(part.labels, reviews.labels[numbers])


def test_rfid_is_complete(rfid):
    assert len(rfid.recordings) == 87
    assert sum(len(recording.labels) for recording in rfid.recordings) == 75_128
    assert Counter(rfid.parts.values()) == {"room-1": 60, "room-2": 27}
    for recording in rfid.recordings:
        assert (np.diff(recording.time_s) >= 0).all()
        assert np.isfinite(recording.values).all()


def test_rfid_has_the_expected_number_of_bed_exits(rfid):
    bed, out = ([rfid.label_names.index(name) for name in names] for names in BED_AND_OUT)
    exits: Counter[str] = Counter()
    for recording in rfid.recordings:
        exits[rfid.parts[recording.name]] += len(changes(recording, bed, out))
    assert exits == {"room-1": 83, "room-2": 52}


def test_rfid_values_lie_within_the_limits_of_their_features(rfid):
    values = np.concatenate([recording.values for recording in rfid.recordings])
    for feature, lowest, highest in zip(rfid.features, values.min(axis=0), values.max(axis=0), strict=True):
        assert feature.low <= lowest < highest <= feature.high


def test_splitting_rfid_by_room_or_fold_puts_no_trial_in_two_splits(rfid):
    tested: list[str] = []
    for fold in range(1, 6):
        parts = split_recordings(rfid, Split(by="subject", folds=5, fold=fold))
        sides = {side: {r.name for r in part.recordings} for side, part in parts.items()}
        assert sum(map(len, sides.values())) == len(set.union(*sides.values())) == 87
        tested += sides["test"]
        assert 5 <= sum(rfid.parts[name] == "room-2" for name in sides["test"]) <= 6
    assert sorted(tested) == [r.name for r in rfid.recordings]
    across = split_recordings(rfid, Split(by="subject", test_parts=("room-2",)))
    assert {rfid.parts[r.name] for r in across["test"].recordings} == {"room-2"}
    assert {rfid.parts[r.name] for side in ("train", "validation") for r in across[side].recordings} == {"room-1"}


def test_one_room_of_rfid_can_be_loaded(rfid):
    room = load_source("rfid", ("room-2",))
    assert [r.name for r in room.recordings] == [name for name, part in rfid.parts.items() if part == "room-2"]


def test_loaded_data_record_their_origin(hapt, reviews):
    for data in (hapt, reviews):
        source = SOURCES[data.name]
        assert data.about.sha256 in (source.file.sha256, source.publisher and source.publisher.file.sha256)
        assert (data.about.licence, data.about.cite) == (source.licence, source.cite)
        assert fetch(data.name).is_file()
