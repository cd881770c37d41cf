"""Files, bytes and words on which YAML readers differ. Invalid YAML is in mistakes/syntax."""

import pytest

from zoo.recipe import InvalidRecipe, Recipe


def test_deeply_nested_lists_are_refused(refuse):
    problems = refuse("name: " + "[" * 3000)
    assert problems == ("recipe.yaml:1: expected at most 20 levels of nested lists and mappings.",)


def test_a_file_that_is_not_utf8_is_refused(tmp_path):
    file = tmp_path / "latin.yaml"
    file.write_bytes("name: x\nsummary: Stürze".encode("latin-1"))
    with pytest.raises(InvalidRecipe, match=r"latin\.yaml:2: expected UTF-8 text\. Save the file as UTF-8\."):
        Recipe.load(file)


def test_a_file_of_more_than_a_megabyte_is_refused(tmp_path):
    file = tmp_path / "big.yaml"
    file.write_text("#" * 1_000_001)
    with pytest.raises(InvalidRecipe, match=r"big\.yaml: expected a recipe of at most 1 MB"):
        Recipe.load(file)


def test_a_byte_order_mark_is_skipped(load):
    assert load("\ufeff" + load("events").to_yaml()).name == "fall"


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_lines_are_counted_with_any_line_ending(refuse, tmp_path, ending):
    refuse("events", ("cell: gru", "cell: gur"))
    text = (tmp_path / "recipe.yaml").read_text(encoding="utf-8")
    (tmp_path / "other.yaml").write_bytes(text.replace("\n", ending).encode())
    with pytest.raises(InvalidRecipe, match=r"^other\.yaml:9: model\.cell: "):
        Recipe.load("other.yaml")


@pytest.mark.parametrize(
    ("written", "value"),
    [("1e-3", 1e-3), ("1E3", 1e3), (".5", 0.5), ("+2.", 2.0), ("1", 1.0), ("0x10", 16.0), ("0o17", 15.0), ("007", 7.0)],
)
def test_numbers_follow_yaml_1_2(load, written, value):
    recipe = load("events", ("streaming: true}", f"streaming: true}}\ntraining: {{learning_rate: {written}}}"))
    assert recipe.training.learning_rate == value


def test_a_number_of_thousands_of_digits_is_refused(refuse):
    problems = refuse("events", ("units: 16", "units: " + "9" * 5000))
    assert problems == ("recipe.yaml:13: model.layers[2].recurrent.units: expected a whole number, got inf.",)


@pytest.mark.parametrize("word", ["off", "on", "yes", "no", "y", "2024-01-01", "1:30", "1_000", "=", "<<"])
def test_words_that_yaml_1_1_converts_remain_text(load, word):
    recipe = load("events", ("labels: [fall]", f"labels: [{word}]"))
    assert recipe.events.labels == (word,)
    assert Recipe.from_yaml(recipe.to_yaml()) == recipe
