"""`--set KEY=VALUE` changes a recipe and is checked like its file."""

import pytest

from zoo.schema.training import Plateau


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("training.epoch=3", "training.epoch: unknown key; did you mean 'epochs'?"),
        ("training.lr=3", "training.lr: unknown key; did you mean 'learning_rate'?"),
        ("training.epochs=-1", "training.epochs: expected > 0, got -1."),
        ("training.epochs=", "training.epochs: expected a whole number, got nothing."),
        ("training.epochs=[1", "training.epochs: the '[' is not closed, or a ',' is missing."),
        (
            "training.epochs=*a",
            "training.epochs: anchors and aliases (& and *) are not supported. Write the value out.",
        ),
        (
            "training.epochs=!!int 3",
            "training.epochs: tags such as !!int are not supported. Write the value without a tag.",
        ),
        ("training.class_weights.1=-1", "training.class_weights.1: expected > 0, got -1."),
        ("training.schedule.plateau.factor=3", "training.schedule.plateau.factor: expected < 1, got 3."),
        ("data.split.by=random", "data.split.by: expected subject, time or given, got 'random'."),
        ("training=3", "training: expected settings, such as {epochs: …}, got 3."),
        ("training={epoch: 3}", "training: training.epoch: unknown key; did you mean 'epochs'?"),
        ("training={seed: 3, seed: 4}", "training: training.seed: duplicate key, first set in line 1. Remove one."),
        ("exports.streaming=true", "exports.streaming: exports: unknown key; did you mean 'export'?"),
        ("model.layers.7.x=3", "model.layers.7.x: model.layers is a list: expected a number from 0 to 2, got 7."),
        ("model.layers.x.y=3", "model.layers.x.y: model.layers is a list: expected a number from 0 to 2, got x."),
        ("model.layers[2].recurrent.units=0", "model.layers[2].recurrent.units: expected > 0, got 0."),
        ("model.layers.2.recurrent.unit=3", "model.layers.2.recurrent.unit: unknown key; did you mean 'units'?"),
        (
            "model.layers.1.conv1d.padding=same",
            "model.layers.1.conv1d.padding: expected causal: 'same' looks ahead, but a stream has no future. "
            "Change it, or set export.streaming: false.",
        ),
        ("name.x=3", "name.x: name is 'fall': it has no keys."),
        ("epochs", "epochs: expected KEY=VALUE, such as training.epochs=3."),
        ("=3", "=3: expected KEY=VALUE, such as training.epochs=3."),
        ("training..epochs=3", "training..epochs=3: expected KEY=VALUE, such as training.epochs=3."),
    ],
)
def test_a_wrong_override_is_quoted_as_typed(refuse, text, problem):
    assert refuse("events", overrides=(text,)) == (f"--set {problem}",)


def test_problems_of_overrides_follow_those_of_the_file_in_the_order_of_the_overrides(refuse):
    problems = refuse("events", ("cell: gru", "cell: gur"), overrides=("training.lr=1", "data.windo_s=3"))
    assert problems == (
        "recipe.yaml:9: model.cell: expected rnn, lstm or gru, got 'gur'; did you mean 'gru'?",
        "--set training.lr: unknown key; did you mean 'learning_rate'?",
        "--set data.windo_s: unknown key; did you mean 'window_s'?",
    )


def test_overrides_replace_values_and_add_sections(load):
    recipe = load(
        "events",
        overrides=(
            "model.cell=lstm",
            "model.layers.2.recurrent.units=32",
            "training.epochs=3",
            "training.learning_rate=1e-2",
            "training.early_stopping.patience=4",
            "training.schedule.plateau.patience=9",
            "training.clip_norm=off",
            "training.class_weights.lie-to-sit=2",
            "events.labels=[a, b]",
        ),
    )
    assert recipe.model.cell == "lstm"
    assert recipe.model.layers[2].units == 32
    assert recipe.model.layers[2].return_sequences
    assert recipe.training.epochs == 3
    assert recipe.training.learning_rate == 0.01
    assert recipe.training.early_stopping.patience == 4
    assert recipe.training.schedule == Plateau(patience=9)
    assert recipe.training.clip_norm is None
    assert recipe.training.class_weights == {"lie-to-sit": 2.0}
    assert recipe.events.labels == ("a", "b")


def test_the_last_override_of_a_key_wins(load):
    assert load("events", overrides=("training.epochs=3", "training.epochs=5")).training.epochs == 5


def test_an_override_can_correct_a_mistake_in_the_file(load):
    assert load("events", ("cell: gru", "cell: gur"), overrides=("model.cell=gru",)).model.cell == "gru"


def test_a_file_set_by_an_override_is_relative_to_the_working_directory(load, tmp_path):
    recipe = load("events-csv", overrides=("data.files=other/day.csv",))
    assert recipe.data.files == (str(tmp_path / "other" / "day.csv"),)
