"""The report's files, written for a run whose model was not trained."""

import base64
import csv
import struct
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import keras
import pytest

from zoo.build import build
from zoo.core.progress import SILENT
from zoo.preparing import outline
from zoo.recipe import Recipe
from zoo.report import write_report
from zoo.rundir import Run
from zoo.tasks.event_detection import threshold
from zoo.tasks.event_detection.alarms import Matches
from zoo.tasks.event_detection.threshold import Point
from zoo.tasks.task import Fitted, Picture

METRICS: dict[str, Any] = {
    "validation": {"event_f1": 0.91234567, "delay_median_s": float("nan"), "alarms": 12345},
    "test": {"event_f1": 0.8, "delay_median_s": None, "alarms": 7, "only_on_test": 1.5},
}
HISTORY = [
    {"loss": loss, "val_loss": val_loss, "learning_rate": 0.01, "seconds": 1.0}
    for loss, val_loss in ((0.9, 0.8), (0.5, 0.4), (0.3, 0.6))
]
POINTS = [
    Point(0.2, Matches(4, 9, 0), 90.0),
    Point(0.4, Matches(3, 1, 1), 10.0),
    Point(0.6, Matches(1, 0, 3), 0.0),
]
#: Elements without an end tag.
VOID = {"meta", "img"}


class Page(HTMLParser):
    """Parses a page; checks that elements are properly nested and closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.texts: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.append((self.open[-1], data))
            if self.open[-1] in ("th", "td"):
                self.rows[-1][-1] += data

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def text(self, tag: str) -> str:
        return "".join(text for name, text in self.texts if name == tag)


def model_of(recipe: Recipe) -> keras.Model:
    return build(outline(recipe))


@pytest.fixture
def run(tiny_sensor: Path, tmp_path: Path) -> Run:
    return Run.create(Recipe.load(tiny_sensor), tmp_path / "runs")


def fitted(run: Run, points: Sequence[Point] = POINTS) -> Fitted:
    """The choice among thresholds with these results."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threshold, "trade_off", lambda prepared, predictor, progress: list(points))
        return threshold.fit(outline(run.recipe), lambda batch: batch, SILENT)


@pytest.fixture
def page(run: Run) -> Page:
    write_report(run, model_of(run.recipe), METRICS, HISTORY, fitted(run))
    return Page(run.report_path.read_text("utf-8"))


def pixels(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert png.endswith(b"IEND\xaeB`\x82")
    return struct.unpack(">II", png[16:24])


def test_the_chosen_threshold_meets_the_target(run: Run) -> None:
    (rule,) = fitted(run).events
    assert (rule.label, rule.threshold, rule.release, rule.cooldown_s) == ("tiny-exit", 0.4, 0.2, 2.0)


@pytest.mark.usefixtures("page")
def test_the_plots_are_complete_png_files(run: Run) -> None:
    for name in ("history", "trade-off"):
        assert pixels((run.path / "plots" / f"{name}.png").read_bytes()) == (1080, 600)
    assert not list(run.path.glob("**/.unfinished*"))


@pytest.mark.usefixtures("page")
def test_the_trade_off_file_has_a_row_per_threshold(run: Run) -> None:
    with (run.path / "plots" / "trade-off.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [float(row["threshold"]) for row in rows] == [0.2, 0.4, 0.6]
    assert rows[1] == {
        "threshold": "0.4",
        "event_recall": "0.75",
        "event_precision": "0.75",
        "event_f1": "0.75",
        "false_alarms_per_hour": "10",
        "delay_median_s": "nan",
        "delay_p95_s": "nan",
        "right": "3",
        "false": "1",
        "missed": "1",
    }


def test_the_page_is_well_formed_and_titled(page: Page, run: Run) -> None:
    assert not page.open
    assert page.attributes("html") == [{"lang": "en"}]
    assert page.text("title") == f"tiny-exit: report of run {run.id}"
    assert page.text("h1") == "tiny-exit"
    assert "Finds jumps in a made-up signal." in page.text("p")
    assert page.text("code") == (run.path / "recipe.yaml").read_text("utf-8")
    assert page.text("h2") == "MetricsTrainingTrade-offEvent ruleModelRecipeEnvironment"


def test_the_page_is_self_contained(page: Page, run: Run) -> None:
    assert not {tag for tag, _ in page.tags} & {"script", "link", "iframe", "object", "a"}
    assert not [attributes for _, attributes in page.tags if {"href", "srcset", "style"} & set(attributes)]
    assert not any(word in page.text("style") for word in ("url(", "@import"))
    prefix = "data:image/png;base64,"
    sources = [str(image["src"]) for image in page.attributes("img")]
    assert all(source.startswith(prefix) for source in sources)
    pictures = [base64.b64decode(source.removeprefix(prefix), validate=True) for source in sources]
    assert pictures == [(run.path / "plots" / f"{name}.png").read_bytes() for name in ("history", "trade-off")]


def test_the_plots_have_alternative_texts(page: Page) -> None:
    history, trade_off = (str(image["alt"]) for image in page.attributes("img"))
    assert history == "Line chart of the loss over 3 epochs. The validation loss is lowest in epoch 2: 0.4."
    assert "The chosen threshold 0.4 gives recall 0.75 and F1 0.75 at 10 false alarms per hour." in trade_off


def test_the_metrics_of_both_splits_are_side_by_side(page: Page) -> None:
    assert page.rows[:5] == [
        ["metric", "validation", "test"],
        ["event_f1", "0.9123", "0.8"],
        ["delay_median_s", "-", "-"],
        ["alarms", "12,345", "7"],
        ["only_on_test", "-", "1.5"],
    ]


def test_the_page_shows_rule_layers_and_environment(page: Page) -> None:
    for row in (
        ["alarm at a score of", "0.4"],
        ["fitted to the target", "<= 30 false alarms per h"],
        ["recurrent", "GRU", "(?, ?, 8)", "384"],
        ["keras", keras.__version__],
    ):
        assert row in page.rows


def test_a_task_without_a_choice_has_neither_picture_nor_rule(tiny_text: Path, tmp_path: Path) -> None:
    run = Run.create(Recipe.load(tiny_text), tmp_path / "runs")
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    write_report(run, model, {"test": {"accuracy": 0.5}}, HISTORY[:1], Fitted())
    page = Page(run.report_path.read_text("utf-8"))
    assert [path.name for path in (run.path / "plots").iterdir()] == ["history.png"]
    assert page.text("h2") == "MetricsTrainingModelRecipeEnvironment"
    assert page.rows[:2] == [["metric", "test"], ["accuracy", "0.5"]]


def test_text_of_the_user_is_escaped(tiny_sensor: Path, tmp_path: Path) -> None:
    evil = "<script>alert(1)</script> & \"two\" 'three' $\\bad$"
    document = tiny_sensor.read_text().replace("Finds jumps in a made-up signal.", repr_yaml(evil))
    tiny_sensor.write_text(document)
    run = Run.create(Recipe.load(tiny_sensor), tmp_path / "runs")
    metrics = {"test": {f"recall_{evil}": 0.5}}
    picture = Picture("drawn", f"title {evil}", b"", f"alt {evil}", f"caption {evil}", "")
    choice = Fitted(facts=(f"chosen {evil}", {"event": evil}), pictures=(picture,))
    write_report(run, model_of(run.recipe), metrics, HISTORY, choice)
    text = run.report_path.read_text("utf-8")
    page = Page(text)
    assert "<script" not in text
    assert evil in page.text("p")
    assert [f"recall_{evil}", "0.5"] in page.rows
    assert ["event", evil] in page.rows
    assert f"caption {evil}" in page.text("figcaption")
    assert page.attributes("img")[1]["alt"] == f"alt {evil}"
    assert f"title {evil}" in page.text("h2")
    assert f"chosen {evil}" in page.text("h2")


def repr_yaml(text: str) -> str:
    """A text as a single-quoted YAML scalar."""
    return "'" + text.replace("'", "''") + "'"


@pytest.mark.parametrize("alarms", [0.0, 0.001, 700.0])
def test_any_number_of_false_alarms_can_be_plotted(run: Run, alarms: float) -> None:
    points = [replace(point, false_alarms_per_hour=alarms) for point in POINTS]
    write_report(run, model_of(run.recipe), METRICS, HISTORY, fitted(run, points))
    assert pixels((run.path / "plots" / "trade-off.png").read_bytes()) == (1080, 600)
