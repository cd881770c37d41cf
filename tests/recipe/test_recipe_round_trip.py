"""A written recipe reads back to an equal recipe, whatever its values are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.inputs.recording.specs import RecordingFiles, RecordingSource
from zoo.recipe import Recipe
from zoo.schema.data import Split
from zoo.schema.layers import (
    BatchNormalization,
    Bidirectional,
    Conv1D,
    Dense,
    Dropout,
    LayerNormalization,
    Normalization,
    Recurrent,
    SpatialDropout,
)
from zoo.schema.model import ModelSpec
from zoo.schema.training import EarlyStopping, Plateau, Training
from zoo.tasks.event_detection.section import Events

count = st.integers(1, 4096)
share = st.floats(0, 1, exclude_max=True)
positive = st.floats(0, exclude_min=True, allow_infinity=False)
# Words that YAML might read as another type, and any other text that a file can hold.
text = st.sampled_from(
    ["1e-3", "off", "~", "null", "0x1F", "012", "1:30", "- a", "a: b", "#", "2024-01-01", " x ", "!"]
) | (st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))

layer = st.one_of(
    st.builds(Conv1D, filters=count, kernel_size=count, activation=st.sampled_from(["relu", "linear"])),
    st.builds(Recurrent, units=count, return_sequences=st.just(True), dropout=share),
    st.builds(Bidirectional, units=count, return_sequences=st.just(True), merge_mode=st.sampled_from(["sum", "ave"])),
    st.builds(Dense, units=count),
    st.builds(Dropout, rate=share),
    st.builds(SpatialDropout, rate=share),
    st.builds(LayerNormalization, epsilon=positive),
    st.builds(BatchNormalization, momentum=share),
)
training = st.builds(
    Training,
    epochs=count,
    learning_rate=positive,
    clip_norm=st.none() | positive,
    schedule=st.sampled_from(["constant", "cosine"]) | st.builds(Plateau, patience=count),
    steps_per_epoch=st.none() | count,
    early_stopping=st.none() | st.builds(EarlyStopping, patience=count),
    class_weights=st.sampled_from(["none", "balanced"]) | st.dictionaries(text, positive, min_size=1, max_size=3),
    seed=st.integers(0, 2**32 - 1),
)
split = st.builds(Split, by=st.none() | st.just("time"), validation=st.floats(0.01, 0.4), test=st.floats(0.01, 0.4))
source = st.builds(
    RecordingSource, source=st.just("hapt"), sample_rate_hz=st.just(25), window_s=st.floats(1, 100), split=split
)
csv = st.builds(
    RecordingFiles,
    files=st.lists(text.map(lambda name: "/" + name), min_size=1, max_size=2),
    columns=st.just(("acc_x",)),
    units=st.just({"acc_x": "g"}),
    time=st.just("time"),
    label=text.filter(lambda name: name != "acc_x"),
    sample_rate_hz=st.just(25),
    window_s=st.just(3),
    split=split,
)
recipes = st.builds(
    Recipe,
    name=st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,4}){0,3}", fullmatch=True),
    task=st.just("event-detection"),
    summary=text,
    data=source | csv,
    model=st.builds(
        ModelSpec,
        cell=st.sampled_from(["rnn", "lstm", "gru"]),
        layers=st.lists(layer, min_size=1, max_size=4).map(lambda layers: (Normalization(), *layers)),
    ),
    training=training,
    events=st.builds(
        Events, labels=st.lists(text, min_size=1, max_size=3, unique=True), target=st.just("<= 1 false alarm per 8 h")
    ),
)


@given(recipes)
def test_a_written_recipe_reads_back_to_an_equal_recipe(recipe):
    again = Recipe.from_yaml(recipe.to_yaml())
    assert again == recipe
    assert again.digest == recipe.digest
    assert again.to_yaml() == recipe.to_yaml()


# Spellings that `Path` would normalise, and text that YAML could take for numbers or booleans.
@pytest.mark.parametrize("name", ["/data/", "/data//a.csv", "/data/./a.csv", "/1e-3", "/off"])
def test_file_names_keep_their_spelling(name):
    text = Recipe.from_yaml(EXIT.format(name)).to_yaml()
    assert Recipe.from_yaml(text).data.files == (name,)


@pytest.mark.parametrize("word", ["1e-3", "1.5E3", "0x1F", "0o17", ".inf", "off", "yes", "~", "1_000", "12:30:45"])
def test_text_that_looks_like_a_number_reads_back_as_text(word):
    recipe = Recipe.from_yaml(EXIT.format("/a.csv"))
    changed = recipe.model_copy(
        update={"summary": word, "events": recipe.events.model_copy(update={"labels": (word,)})}
    )
    again = Recipe.from_yaml(changed.to_yaml())
    assert (again.summary, again.events.labels) == (word, (word,))


EXIT = """
name: a
task: event-detection
summary: Finds exits.
data: {{files: ['{}'], columns: [acc_x], units: {{acc_x: g}}, time: t, label: state, sample_rate_hz: 25, window_s: 3}}
model: {{cell: gru, layers: [normalization, recurrent: {{units: 4, return_sequences: true}}]}}
training: {{epochs: 1}}
events: {{labels: [exit], target: <= 1 false alarm per 8 h}}
"""
