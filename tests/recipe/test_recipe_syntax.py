"""Text that is not YAML, or not the part of YAML that recipes use."""

import pytest

from zoo.recipe import InvalidRecipe, Recipe

#: (recipe, what is replaced, by what, what is said of it after "recipe.yaml:")
CASES = [
    (
        "events",
        "units: 16",
        "units: 16, units: 17",
        "13: model.layers[2].recurrent.units: given twice, first in line 13. Remove one.",
    ),
    (
        "events",
        "window_s: 30",
        "window_s: 30\n  window_s: 31",
        "8: data.window_s: given twice, first in line 7. Remove one.",
    ),
    (
        "events",
        "window_s: 30",
        "  window_s: 30",
        "7: a ':' is not expected here. Check the indentation; put text with ': ' in quotes.",
    ),
    ("events", "window_s: 30", "\twindow_s: 30", "7: a tab is used for indentation. Use spaces."),
    ("events", "window_s: 30", "window_s 30", "7: expected 'key: value'; the ':' is missing, or a space after it."),
    (
        "events",
        "window_s: 30",
        "window_s: 30: 40",
        "7: a ':' is not expected here. Check the indentation; put text with ': ' in quotes.",
    ),
    ("events", "window_s: 30", "window_s:30", "7: expected 'key: value'; the ':' is missing, or a space after it."),
    ("events", "labels: [fall]", "labels: [fall", "14: the '[' of line 14 is not closed, or a ',' is missing."),
    ("events", "units: 16,", "units: 16", "13: the '{' of line 13 is not closed, or a ',' is missing."),
    ("events", "summary: Detects a fall.", "summary: 'Detects a fall.", "3: the quote that begins here is not closed."),
    (
        "events",
        "summary: Detects a fall.",
        "summary: @x",
        "3: this character cannot begin a value. Put the value in quotes.",
    ),
    (
        "events",
        "summary: Detects a fall.",
        "summary: &a x",
        "3: anchors and aliases (& and *) are not read. Write the value out.",
    ),
    (
        "events",
        "summary: Detects a fall.",
        "summary: *a",
        "3: anchors and aliases (& and *) are not read. Write the value out.",
    ),
    (
        "events",
        "summary: Detects a fall.",
        "summary: !!python/object/apply:os.system [x]",
        "3: tags such as !!python/object/apply:os.system are not read. Write the value alone.",
    ),
    (
        "events",
        "summary: Detects a fall.",
        "summary: !foo x",
        "3: tags such as !foo are not read. Write the value alone.",
    ),
    ("events", "summary: Detects a fall.", "summary: \x07", "3: a control character stands here. Remove it."),
    (
        "events",
        "summary: Detects a fall.",
        "? [a, b]\n: 3\nsummary: x",
        "1: expected a name before the ':', got a list.",
    ),
    (
        "events",
        "name: fall",
        "name: fall\n---\nname: x",
        "2: expected one recipe in a file. Remove the '---' between them.",
    ),
]


@pytest.mark.parametrize(("recipe", "old", "new", "problems"), CASES)
def test_unreadable_text_is_named(refuse, recipe, old, new, problems):
    expected = [problems] if isinstance(problems, str) else problems
    assert list(refuse(recipe, (old, new))) == [f"recipe.yaml:{problem}" for problem in expected]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "1: expected keys such as 'name: my-recipe', got an empty file."),
        ("# nothing yet\n", "1: expected keys such as 'name: my-recipe', got an empty file."),
        ("- name: x\n", "1: expected keys such as 'name: my-recipe', got a list."),
        ("hello\n", "1: expected keys such as 'name: my-recipe', got a text."),
        ("name: " + "[" * 3000, "1: expected at most 20 lists and mappings in each other."),
        ("a: &a [1]\nb: [*a, *a]\n", "1: anchors and aliases (& and *) are not read. Write the value out."),
    ],
    ids=["empty", "comment", "list", "text", "deep", "alias"],
)
def test_a_text_that_is_no_recipe_is_refused(refuse, text, problem):
    assert refuse(text) == (f"recipe.yaml:{problem}",)


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
def test_words_that_older_yaml_converts_stay_words(load, word):
    recipe = load("events", ("labels: [fall]", f"labels: [{word}]"))
    assert recipe.events.labels == (word,)
    assert Recipe.from_yaml(recipe.to_yaml()) == recipe
