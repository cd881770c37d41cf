"""Recipes are found, resolved, written and identified by a digest."""

import math
from importlib import import_module
from pathlib import Path

import pytest
from pydantic import ValidationError

from zoo.core.errors import RecipeError
from zoo.inputs.recording.specs import RecordingFiles, RecordingSource
from zoo.recipe import InvalidRecipe, Recipe, catalogue
from zoo.schema.layers import Dropout, Normalization, Recurrent
from zoo.schema.model import ExportSpec, ModelSpec
from zoo.tasks.event_detection.section import Events

SHIPPED = catalogue()


def test_the_three_recipes_are_shipped():
    assert {"bed-exit", "next-word", "sentiment"} <= set(SHIPPED)
    folder = Path(__file__).parents[2] / "recipes"
    assert sorted(SHIPPED.values()) == sorted(folder.glob("*.yaml"))


def test_an_installed_package_uses_its_own_recipes_instead_of_those_beside_it(tmp_path, monkeypatch):
    for folder in ("zoo/_recipes", "recipes"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "zoo/_recipes/inside.yaml").touch()
    (tmp_path / "recipes/beside.yaml").touch()
    monkeypatch.setattr(import_module("zoo.recipe.catalogue"), "__file__", str(tmp_path / "zoo/recipe/catalogue.py"))
    assert list(catalogue()) == ["inside"]


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_recipe_has_comments_and_loads_with_every_cell(name):
    text = SHIPPED[name].read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert text.count("#") >= 8
    for cell in ("rnn", "lstm", "gru"):
        recipe = Recipe.load(name, [f"model.cell={cell}"])
        assert recipe.name == name
        assert recipe.model.cell == cell
        assert Recipe.from_yaml(recipe.to_yaml()) == recipe


def test_defaults_that_depend_on_other_keys_are_filled_in(load):
    events = load("events")
    assert events.data.stride_s == 15
    assert events.data.split.by == "subject"
    assert events.events.name == "fall"
    assert load("sentiment").data.split.by == "given"
    assert load("sentiment-csv").data.split.by == "subject"
    with_column = load("sentiment-csv", ("text: body", "text: body\n  split_column: part"))
    assert with_column.data.split.by == "given"


@pytest.mark.parametrize("written", ["night-*.csv", "[night-1.csv, ../b/night-2.csv]"])
def test_csv_paths_are_relative_to_the_recipe(load, tmp_path, monkeypatch, written):
    load("events-csv", ("files: night.csv", f"files: {written}"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    data = Recipe.load(tmp_path / "recipe.yaml").data
    assert isinstance(data, RecordingFiles)
    assert data.files == tuple(str(tmp_path / name) for name in written.strip("[]").split(", "))


@pytest.mark.parametrize("form", ["- normalization", "- normalization:", "- normalization: {}"])
def test_a_layer_without_settings_can_be_written_in_three_ways(load, form):
    assert load("events", ("- normalization", form)).model.layers[0] == Normalization()


@pytest.mark.parametrize(
    ("target", "per_hour"),
    [
        ("<= 1 false alarm per 8 h", 1 / 8),
        ("<=2 false alarms per day", 2 / 24),
        ("≤ 0.5 false alarms per 2.5 hours", 0.2),
        ("<= 0 false alarms per 1 week", 0.0),
    ],
)
def test_a_target_is_converted_to_false_alarms_per_hour(target, per_hour):
    assert Events(labels=("fall",), target=target).max_false_alarms_per_hour == pytest.approx(per_hour)


@pytest.mark.parametrize(
    ("target", "per_hour", "within_s"),
    [
        ("<= 1 false alarm per 8 h", 1 / 8, math.inf),
        ("detect within 2 s", math.inf, 2.0),
        ("<= 1 false alarm per day, detect within 0.5 s", 1 / 24, 0.5),
    ],
)
def test_a_target_may_limit_the_delay_of_detection(target, per_hour, within_s):
    events = Events(labels=("fall",), target=target)
    assert (events.max_false_alarms_per_hour, events.detect_within_s) == pytest.approx((per_hour, within_s))


def test_the_digest_changes_with_the_recipe_but_not_with_its_layout(load):
    digest = load("events").digest
    assert len(digest) == 64
    assert load("events", ("window_s: 30", "window_s: 30.0   # half a minute\n  stride_s: 15")).digest == digest
    assert load("events", ("window_s: 30", "window_s: 31")).digest != digest


def test_paths_in_errors_are_relative_only_below_the_working_directory(load, tmp_path, monkeypatch):
    with pytest.raises(InvalidRecipe, match=r"^recipe\.yaml:9: model\.cell: "):
        load("events", ("cell: gru", "cell: gur"))
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    with pytest.raises(InvalidRecipe) as caught:
        Recipe.load(tmp_path / "recipe.yaml")
    assert str(caught.value).startswith(f"{tmp_path}/recipe.yaml:9: ")


*FRONT, LAST = sorted(SHIPPED)
ZOO = f"The zoo has {', '.join(FRONT)} and {LAST}; for your own recipe, give a path that ends in .yaml."


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("bedexit", f"bedexit: no such recipe; did you mean 'bed-exit'? {ZOO}"),
        ("mine", f"mine: no such recipe; did you mean 'mine.yml'? {ZOO}"),
        ("zzz", f"zzz: no such recipe. {ZOO}"),
        ("", f"'': no such recipe. {ZOO}"),
        ("bed-exit.yaml", "bed-exit.yaml: no such file; did you mean 'bed-exit'?"),
        ("min.yml", "min.yml: no such file; did you mean 'mine.yml'?"),
        ("sub/zzz.yaml", "sub/zzz.yaml: no such file."),
        ("sub.yaml", "sub.yaml: expected a recipe file, got a folder."),
    ],
)
def test_an_unknown_recipe_is_refused_with_the_nearest_name(tmp_path, monkeypatch, name, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yml").write_text("name: mine")
    (tmp_path / "sub.yaml").mkdir()
    with pytest.raises(RecipeError) as caught:
        Recipe.load(name)
    assert str(caught.value) == message
    assert caught.value.exit_code == 2


def test_a_recipe_built_in_python_is_checked():
    parts = {
        "name": "fall",
        "task": "event-detection",
        "summary": "Detects a fall.",
        "data": RecordingSource(source="hapt", sample_rate_hz=25, window_s=30),
        "events": Events(labels=("fall",), target="<= 1 false alarm per 8 h"),
    }
    model = ModelSpec(cell="gru", layers=(Recurrent(units=4, return_sequences=True), Dropout(rate=0.1)))
    recipe = Recipe(model=model, export=ExportSpec(streaming=True), **parts)
    assert recipe.data.stride_s == 15
    with pytest.raises(ValidationError, match="frozen"):
        recipe.name = "other"
    with pytest.raises(
        RecipeError,
        match=r"model\.layers\[0\]\.recurrent\.return_sequences: expected true: false returns the last output",
    ):
        Recipe(model=ModelSpec(cell="gru", layers=(Recurrent(units=4),)), **parts)


@pytest.mark.parametrize("word", ["auto", "on", "off"])
def test_int8_is_a_word_and_reads_back(load, word):
    recipe = load("events", ("export: {streaming: true}", f"export: {{streaming: true, int8: {word}}}"))
    assert recipe.export.int8 == word
    assert Recipe.from_yaml(recipe.to_yaml()).export.int8 == word


def test_a_recipe_without_int8_is_written_without_it(load):
    assert load("events").export.int8 is None
    assert "int8" not in load("events").to_yaml()
