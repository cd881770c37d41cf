"""`zoo schema` and `zoo show --explain`: the keys of recipes, for editors and for people."""

import json
from pathlib import Path

import pytest

from zoo.cli import main
from zoo.recipe import Recipe
from zoo.recipe.json_schema import recipe_schema


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    code = main(arguments)
    streams = capsys.readouterr()
    assert (code, streams.err) == (0, "")
    return streams.out


def test_without_a_key_the_json_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(printed(capsys, "schema")) == recipe_schema()


def test_a_key_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "schema", "data.max_gap_s").splitlines()
    assert lines[0] == "data.max_gap_s"
    assert lines[1].startswith("  Longest gap between two samples that is filled.")
    assert [line.strip() for line in lines[2:]] == [
        "Values: number > 0, in s",
        "Default: 10 s",
        "Only for: recordings",
        "Example: max_gap_s: 900",
    ]


def test_a_required_key_has_no_default(capsys: pytest.CaptureFixture[str]) -> None:
    assert "  Default: none; the key is required\n" in printed(capsys, "schema", "window_s")


def test_a_section_lists_its_keys(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "schema", "model.layers.conv1d").splitlines()
    assert lines[1] == "  A convolution over time: (batch, time, features) to (batch, time, filters)."
    rows = [line.split() for line in lines[4:]]
    assert [row[0] for row in rows] == ["filters", "kernel_size", "strides", "padding", "activation", "dilation_rate"]
    assert rows[0][-5:] == ["required", "Number", "of", "output", "channels."]


def test_an_unknown_key_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "data.windows"]) == 2
    assert capsys.readouterr().err.startswith("data.windows: no such key in recipes; did you mean 'data.window_s'?")


def test_show_explains_a_recipe_and_its_changes(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = printed(capsys, "show", "bed-exit", "--explain", "--set", "data.window_s=30")
    assert Recipe.from_yaml(text) == Recipe.load("bed-exit", ["data.window_s=30"])
    (line,) = [line for line in text.splitlines() if line.startswith("  window_s:")]
    assert line.split("#") == [line.split("#")[0], " Length of a training example."]
