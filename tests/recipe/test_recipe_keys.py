"""Each key of a recipe is described: in a JSON schema for editors, and in words for people."""

import json
from pathlib import Path
from typing import Annotated

import jsonschema
import pytest
from pydantic import TypeAdapter

from zoo.core.errors import RecipeError
from zoo.recipe import Recipe, catalogue
from zoo.recipe.document import read_text
from zoo.recipe.explaining import explained
from zoo.recipe.json_schema import field_schema, recipe_schema
from zoo.recipe.keys import Key, Section, find_key, forms_in_words, sections
from zoo.recipe.syntax import compose

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
#: Recipes with a mistake in a key, a layer or a value.
MISTAKES = [file for part in ("keys", "layers", "values") for file in sorted((HERE / "mistakes" / part).glob("*.yaml"))]
#: Mistakes that a JSON schema cannot detect: dependent keys, free text, and numbers that JSON does not have.
UNDETECTABLE = {
    "fold-missing-beside-folds",
    "folds-missing-beside-fold",
    "label-of-sensor-csv-missing",
    "target-in-free-words",
    "target-within-no-time",
    "time-and-csv-rate-missing",
    "units-whole-with-decimal-point",
    "window-nan",
}
KEYS = [key for section in sections() for key in section.keys]


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = recipe_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_the_schema_accepts_the_shipped_recipes(name: str, validator: jsonschema.Draft202012Validator) -> None:
    file = catalogue()[name]
    assert list(validator.iter_errors(read_text(file.read_text("utf-8"), name).value)) == []
    assert list(validator.iter_errors(Recipe.load(name).model_dump(mode="json"))) == []


def test_editors_find_the_schema_beside_the_shipped_recipes() -> None:
    committed = json.loads((ROOT / "recipes/schema.json").read_text("utf-8"))
    assert committed == recipe_schema(), "run: zoo schema > recipes/schema.json"
    for file in catalogue().values():
        assert file.read_text("utf-8").startswith("# yaml-language-server: $schema=schema.json\n")


@pytest.mark.parametrize("file", MISTAKES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_the_schema_refuses_wrong_keys_and_values(file: Path, validator: jsonschema.Draft202012Validator) -> None:
    value = read_text(file.read_text("utf-8"), file.name).value
    assert validator.is_valid(value) == (file.stem in UNDETECTABLE)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.path)
def test_each_key_is_described(key: Key) -> None:
    assert key.meaning.endswith(".")
    assert key.meaning[0].isupper() or key.meaning.split(":")[0] in key.values
    assert key.values
    if "section" not in key.values and key.path != "model.layers":
        assert key.example is not None
        assert key.example.startswith(f"{key.name}: ")
        assert compose(key.example) is not None


@pytest.mark.parametrize("key", [key for key in KEYS if key.example], ids=lambda key: key.path)
def test_each_example_is_a_value_that_the_key_takes(key: Key) -> None:
    value = read_text(str(key.example), "example.yaml").value[key.name]
    field = key.forms[0].model_fields[key.name]
    TypeAdapter(Annotated[(field.annotation, *(field.metadata or [None]))]).validate_python(value)
    assert jsonschema.Draft202012Validator(field_schema(field)).is_valid(value)


def test_every_key_of_the_schema_is_described() -> None:
    schema = recipe_schema()
    names = {name for part in [schema, *schema["$defs"].values()] for name in part.get("properties", {})}
    kinds = {section.path.rpartition(".")[2] for section in sections()}
    assert {key.name for key in KEYS} | kinds >= names


@pytest.mark.parametrize(
    ("path", "full"),
    [
        ("data.max_gap_s", "data.max_gap_s"),
        ("max_gap_s", "data.max_gap_s"),
        ("model.layers[1].recurrent.units", "model.layers.recurrent.units"),
        ("model.layers.1.recurrent.units", "model.layers.recurrent.units"),
        ("recurrent.units", "model.layers.recurrent.units"),
        ("clip_norm", "training.clip_norm"),
    ],
)
def test_a_key_is_found_by_its_path_or_the_end_of_it(path: str, full: str) -> None:
    key = find_key(path)
    assert isinstance(key, Key)
    assert key.path == full


@pytest.mark.parametrize(
    ("path", "full"),
    [("training", "training"), ("conv1d", "model.layers.conv1d"), ("dropout", "model.layers.dropout"), ("recipe", "")],
)
def test_a_section_is_found_with_its_keys(path: str, full: str) -> None:
    section = find_key(path)
    assert isinstance(section, Section)
    assert section.path == full
    assert section.keys


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("max_gap", r"^max_gap: no such key in recipes; did you mean 'data\.max_gap_s'\? "),
        ("data.colums", r"^data\.colums: no such key in recipes; did you mean 'data\.columns'\? "),
        ("bread", r"^bread: no such key in recipes\. `zoo schema recipe` lists the top-level keys\.$"),
        ("", r"^: no such key in recipes\. "),
        ("patience", r"^patience: matches 2 keys\. Choose one: training\.schedule\.plateau\.patience, "),
    ],
)
def test_an_unknown_or_ambiguous_key_is_refused_with_suggestions(path: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        find_key(path)


def test_a_key_names_the_kinds_of_data_that_have_it() -> None:
    def forms(path: str) -> str | None:
        key = find_key(path)
        assert isinstance(key, Key)
        return forms_in_words(key)

    assert forms("data.split.by") is None
    assert forms("data.text") == "texts in files"
    assert forms("data.window_s") == "recordings"


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("name", sorted(catalogue()))
def test_an_explained_recipe_reads_back_to_the_same_recipe(name: str, width: int) -> None:
    text = explained(Recipe.load(name), width)
    assert Recipe.from_yaml(text) == Recipe.load(name)
    assert "# How the model is trained." in text
    comments = [line.split("# ", 1)[1] for line in text.splitlines() if "# " in line]
    assert len(comments) > 30
    assert all(len(line) <= width for line in text.splitlines() if line.lstrip().startswith("#") and width >= 80)
