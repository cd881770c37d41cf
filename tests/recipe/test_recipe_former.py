"""Recipes that use former names of keys."""

from pathlib import Path

import pytest

from zoo.core.manifest import RECIPE_KEY
from zoo.edge.bundle import read_bundle
from zoo.inputs.recording.specs import RecordingFiles
from zoo.recipe import Recipe
from zoo.recipe.former import FORMER_NAMES

BUNDLES = sorted((Path(__file__).parents[2] / "exported").glob("*/model.onnx"))

#: A resolved recipe as earlier versions wrote it into runs, with the defaults of other kinds of data.
EXIT = """\
name: a
task: event-detection
summary: Finds exits.
data:
  csv: [/a.csv]
  split: {by: subject, validation: 0.15, test: 0.2, seed: 0}
  sample_rate_hz: 25.0
  window_s: 3.0
  stride_s: 1.5
  keep: end
  columns: [acc_x]
  units: {acc_x: g}
  csv_rate_hz: 50.0
  label: state
model:
  cell: gru
  tie_embeddings: false
  layers:
  - normalization: {}
  - recurrent: {units: 4, return_sequences: true, dropout: 0.0, recurrent_dropout: 0.0}
events: {labels: [exit], name: a, target: <= 1 false alarm per 8 h}
export: {streaming: false}
"""
MOOD = """\
name: mood
task: sentiment
summary: Good or bad.
data:
  csv: [/mails.csv]
  split: {by: subject, validation: 0.15, test: 0.2, seed: 0}
  tokens: {kind: word, vocabulary: 100, lowercase: true}
  max_tokens: 9
  keep: end
  units: {}
  text: body
  label: mood
model:
  cell: lstm
  tie_embeddings: false
  layers:
  - embedding: {units: 8, mask_zero: true}
  - recurrent: {units: 6, return_sequences: false, dropout: 0.0, recurrent_dropout: 0.0}
export: {streaming: false}
"""


def renewed(text: str) -> str:
    for old, new in (("  csv: ", "  files: "), ("  csv_rate_hz: ", "  rate_hz: "), ("sentiment", "classification")):
        text = text.replace(old, new)
    return text.replace("  keep: end\n", "").replace("  units: {}\n", "")


@pytest.mark.parametrize("text", [EXIT, MOOD])
def test_a_resolved_recipe_with_former_names_equals_the_renamed_one(text: str) -> None:
    old, new = Recipe.from_yaml(text), Recipe.from_yaml(renewed(text))
    assert renewed(text) != text
    assert (old, old.digest) == (new, new.digest)
    assert Recipe.from_yaml(old.to_yaml()) == old
    assert not {f"  {former}:" for former in FORMER_NAMES.values()} & set(old.to_yaml().splitlines())


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.parent.name)
def test_the_recipe_in_a_committed_bundle_can_be_read(path: Path) -> None:
    assert BUNDLES
    contents = read_bundle(path)
    recipe = Recipe.from_yaml(contents.header.metadata[RECIPE_KEY])
    assert (recipe.name, recipe.task) == (contents.manifest.name, contents.manifest.task)


@pytest.mark.parametrize("written", ["csv: night.csv", "files: night.csv"])
@pytest.mark.parametrize("typed", ["csv", "files"])
def test_an_override_replaces_the_value_in_the_file_whichever_name_each_uses(
    load, tmp_path, written: str, typed: str
) -> None:
    recipe = load("events-csv", ("files: night.csv", written), overrides=(f"data.{typed}=other/day.csv",))
    assert isinstance(recipe.data, RecordingFiles)
    assert recipe.data.files == (str(tmp_path / "other" / "day.csv"),)


def test_the_last_override_wins_when_both_names_are_used(load, tmp_path) -> None:
    for overrides in (("data.csv=a.csv", "data.files=b.csv"), ("data.files=a.csv", "data.csv=b.csv")):
        assert load("events-csv", overrides=overrides).data.files == (str(tmp_path / "b.csv"),)


def test_files_under_their_former_name_are_relative_to_the_recipe(load, tmp_path, monkeypatch) -> None:
    load("events-csv", ("files: night.csv", "csv: night-*.csv"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert Recipe.load(tmp_path / "recipe.yaml").data.files == (str(tmp_path / "night-*.csv"),)


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        (
            ("files: night.csv", "csv: {a: b}"),
            "recipe.yaml:5: data.files: expected a list, got a mapping with the key a.",
        ),
        (
            ("files: night.csv", "csv:\n    - night.csv\n    - 5"),
            "recipe.yaml:7: data.files[1]: expected text, got 5. Put it in quotes.",
        ),
        (
            ("  time: t\n", "  csv_rate_hz: 50\n  time: t\n"),
            "recipe.yaml:8: data.time: expected time (the column with the time in "
            "seconds) or rate_hz (rows per second), got both. Remove one.",
        ),
        (("task: event-detection", "task: sentimental"), "recipe.yaml:2: task: "),
    ],
)
def test_problems_with_former_names_have_the_right_line(refuse, edit: tuple[str, str], problem: str) -> None:
    assert refuse("events-csv", edit)[0].startswith(problem)


def test_problems_of_overrides_with_former_names_quote_the_override(refuse) -> None:
    (problem,) = refuse("events-csv", overrides=("data.csv=[a.csv, 5]",))
    assert problem == "--set data.csv: data.files[1]: expected text, got 5. Put it in quotes."


def test_both_names_in_one_file_are_refused(refuse) -> None:
    (problem,) = refuse("events-csv", ("files: night.csv", "files: night.csv\n  csv: day.csv"))
    assert problem.startswith("recipe.yaml:6: data.csv: unknown key. Known keys: ")


def test_a_key_of_another_kind_is_refused_if_it_is_not_the_default(refuse) -> None:
    (problem,) = refuse("events-csv", ("window_s: 30", "window_s: 30\n  keep: start"))
    assert problem.endswith("data.keep: unknown key here: it applies to texts, but the data are recordings. Remove it.")
