"""Parts that are right by themselves and do not fit each other."""

import pytest

#: (recipe, what is replaced, by what, what is said of it after "recipe.yaml:")
CASES = [
    (
        "events",
        'events: {labels: [fall], target: "<= 1 false alarm per 8 h"}\n',
        "",
        ("1: events: missing. Add it: event-detection needs labels (which labels make the event) and target."),
    ),
    (
        "sentiment",
        "name: mood",
        "name: mood\nevents: {labels: [x], target: <= 1 false alarm per 8 h}",
        "2: events: expected only with task: event-detection, got task: sentiment. Remove it.",
    ),
    (
        "sentiment",
        "max_tokens: 100",
        "sample_rate_hz: 3",
        [
            (
                "4: data.max_tokens: missing. Add it: longer texts are cut to this many tokens; for next-word "
                "it is the longest context."
            ),
            "7: data.sample_rate_hz: is for sensors, and the task is sentiment. Remove it.",
        ],
    ),
    (
        "events",
        "window_s: 30",
        "tokens: {kind: word, vocabulary: 100}",
        [
            "4: data.window_s: missing. Add it: length of one training example in seconds.",
            "7: data.tokens: is for text, and the task is event-detection. Remove it.",
        ],
    ),
    (
        "events",
        "window_s: 30",
        "window_s: 30\n  keep: start",
        "8: data.keep: is for text, and the task is event-detection. Remove it.",
    ),
    (
        "events",
        "window_s: 30",
        "window_s: 30\n  split: {folds: 5}",
        "8: data.split.fold: missing. Add it: it is needed with folds.",
    ),
    (
        "events",
        "window_s: 30",
        "window_s: 30\n  split: {fold: 1}",
        "8: data.split.folds: missing. Add it: it is needed with fold.",
    ),
    (
        "events",
        "window_s: 30",
        "window_s: 30\n  split: {folds: 5, fold: 6}",
        "8: data.split.fold: expected 1 to 5 (data.split.folds), got 6.",
    ),
    (
        "events",
        "window_s: 30",
        "window_s: 30\n  split: {by: time, test_parts: [a]}",
        "8: data.split.test_parts: is for sensors and split: {by: subject}. Remove it.",
    ),
    (
        "events",
        "window_s: 30",
        "window_s: 30\n  split: {folds: 5, fold: 1, test_parts: [a]}",
        "8: data.split.test_parts: expected fold or test_parts, got both. Remove one.",
    ),
    (
        "events-csv",
        "window_s: 30",
        "window_s: 30\n  split: {test_parts: [a]}",
        "11: data.split.test_parts: is for data sets with parts, such as rfid. Remove it.",
    ),
    (
        "sentiment",
        "max_tokens: 100",
        "max_tokens: 100\n  gaps: true\n  fill: hold\n  max_gap_s: 5",
        [
            "8: data.gaps: is for sensors, and the task is sentiment. Remove it.",
            "9: data.fill: is for sensors, and the task is sentiment. Remove it.",
            "10: data.max_gap_s: is for sensors, and the task is sentiment. Remove it.",
        ],
    ),
    ("events-csv", "  label: activity\n", "", "4: data.label: missing. Add it: the column with the label."),
    (
        "events-csv",
        "  columns: [acc_x, acc_y]\n",
        "",
        "4: data.columns: missing. Add it: the columns that the model sees.",
    ),
    ("sentiment-csv", "  label: mood\n", "", "4: data.label: missing. Add it: the column with the label."),
    ("sentiment-csv", "  text: body\n", "", "4: data.text: missing. Add it: the column with the text."),
    (
        "next-word-csv",
        "text: body",
        "text: body\n  label: x",
        "7: data.label: next-word learns from the text alone. Remove it.",
    ),
    (
        "events",
        "window_s: 30",
        "window_s: 30\n  split: {validation: 0.5, test: 0.5}",
        ("8: data.split.validation: expected validation + test < 1, so that something is left to train on, got 1."),
    ),
    (
        "sentiment",
        "max_tokens: 100",
        "max_tokens: 100\n  split: {by: time}",
        "8: data.split.by: expected subject or given: texts have no time. Change it.",
    ),
    (
        "events-csv",
        "time: t",
        "time: t\n  split: {by: given}",
        ("8: data.split.by: given needs data.split_column: the column that says train, validation or test."),
    ),
    (
        "events-csv",
        "time: t",
        "time: t\n  split: {by: subject}\n  split_column: part",
        "9: data.split_column: is read with split: {by: given} only, got by: subject. Remove one.",
    ),
    (
        "events",
        "window_s: 30",
        "window_s: 30\n  stride_s: 31",
        "8: data.stride_s: expected <= window_s (30), so that no reading is left out, got 31.",
    ),
    (
        "events",
        "window_s: 30",
        "window_s: 0.04",
        "7: data.window_s: expected at least 2 readings, got 1 (0.04 s at 25 Hz).",
    ),
    (
        "events-csv",
        "time: t",
        "csv_rate_hz: 3\n  time: t",
        (
            "8: data.time: expected time (the column with the seconds) or csv_rate_hz (rows a second), got "
            "both. Remove one."
        ),
    ),
    (
        "events-csv",
        "  time: t\n",
        "",
        (
            "4: data.time: missing. Add it (the column with the seconds), or csv_rate_hz (rows a second) if "
            "there is no such column."
        ),
    ),
    (
        "events-csv",
        "[acc_x, acc_y]",
        "[acc_x, activity]",
        "6: data.columns[1]: 'activity' is data.label too: the model must not see it. Remove one.",
    ),
    (
        "events-csv",
        "[acc_x, acc_y]",
        "[acc_x, t]",
        "6: data.columns[1]: 't' is data.time too: the model must not see it. Remove one.",
    ),
    ("events-csv", "[acc_x, acc_y]", "[acc_x, acc_x]", "6: data.columns[1]: 'acc_x' is given twice. Remove one."),
    (
        "events-csv",
        "time: t",
        "time: t\n  units: {acc_z: g}",
        "8: data.units.acc_z: expected one of data.columns (acc_x or acc_y).",
    ),
    (
        "sentiment-csv",
        "text: body",
        "text: mood",
        "6: data.text: 'mood' is data.label too: the model must not see it. Change one.",
    ),
    (
        "sentiment",
        "cell: lstm",
        "cell: lstm\n  tie_embeddings: true",
        "10: model.tie_embeddings: expected only with task: next-word, got task: sentiment. Remove it.",
    ),
    (
        "next-word",
        "units: 8, return_sequences: true",
        "units: 12, return_sequences: true",
        (
            "10: model.tie_embeddings: expected the last layer to be as wide as the embedding (8), got 12. "
            "Add '- dense: {units: 8}' at the end."
        ),
    ),
    (
        "next-word",
        "return_sequences: true",
        "return_sequences: false",
        (
            "13: model.layers[1].recurrent.return_sequences: expected true: next-word needs one output at "
            "each time step."
        ),
    ),
    (
        "next-word",
        "units: 8, return_sequences: true",
        "units: 8",
        (
            "13: model.layers[1].recurrent.return_sequences: expected true: next-word needs one output at "
            "each time step."
        ),
    ),
    (
        "next-word",
        "- recurrent: {units: 8, return",
        "- bidirectional: {units: 4, return",
        (
            "13: model.layers[1].bidirectional: reads backwards too: it would see the word that it is to "
            "guess. Use recurrent."
        ),
    ),
    (
        "next-word",
        "    - recurrent",
        "    - conv1d: {filters: 8, kernel_size: 3, padding: same}\n    - recurrent",
        (
            "13: model.layers[1].conv1d.padding: expected causal: 'same' looks ahead, and would see the "
            "word that it is to guess."
        ),
    ),
    (
        "next-word",
        "    - embedding: {units: 8}\n",
        "",
        ("12: model.layers[0]: expected an embedding first: next-word reads tokens. Add '- embedding: {units: 96}'."),
    ),
    (
        "next-word",
        "    - recurrent",
        "    - embedding: {units: 4}\n    - recurrent",
        ("13: model.layers[1].embedding: expected as the first layer: it is what reads the tokens. Move it up."),
    ),
    (
        "next-word",
        "    - recurrent",
        "    - normalization\n    - recurrent",
        "13: model.layers[1].normalization: is for sensors, and next-word reads text. Remove it.",
    ),
    (
        "next-word",
        "max_tokens: 20",
        "max_tokens: 20\ntraining: {class_weights: balanced}",
        "8: training.class_weights: next-word has no labels to weigh. Remove it.",
    ),
    (
        "events",
        "- normalization",
        "- embedding: {units: 8}",
        ("11: model.layers[0].embedding: is for tokens, and event-detection reads sensor values. Remove it."),
    ),
    (
        "events",
        "    - recurrent",
        "    - normalization\n    - recurrent",
        (
            "13: model.layers[2].normalization: expected as the first layer: it scales the sensor's own "
            "values. Move it up."
        ),
    ),
    (
        "events",
        "return_sequences: true",
        "return_sequences: false",
        (
            "13: model.layers[2].recurrent.return_sequences: expected true: event-detection needs one "
            "output at each time step."
        ),
    ),
    (
        "events",
        "    - recurrent",
        "    - pooling: {kind: max, scope: local}\n    - recurrent",
        (
            "13: model.layers[2].pooling: event-detection needs one output at each time step, and pooling "
            "leaves fewer. Remove it."
        ),
    ),
    (
        "events",
        "kernel_size: 3",
        "kernel_size: 3, strides: 2",
        ("12: model.layers[1].conv1d.strides: expected 1: event-detection needs one output at each time step, got 2."),
    ),
    (
        "events",
        "kernel_size: 3",
        "kernel_size: 3, padding: valid",
        (
            "12: model.layers[1].conv1d.padding: expected causal: event-detection needs one output at each "
            "time step, and 'valid' leaves fewer."
        ),
    ),
    (
        "events",
        "kernel_size: 3",
        "kernel_size: 3, padding: same",
        (
            "12: model.layers[1].conv1d.padding: expected causal: a stream has no future, got same. Change "
            "it, or set export.streaming: false."
        ),
    ),
    (
        "events",
        "- recurrent",
        "- bidirectional",
        (
            "13: model.layers[2].bidirectional: reads the future, which a stream does not have. Use "
            "recurrent, or set export.streaming: false."
        ),
    ),
    (
        "sentiment",
        "- bidirectional: {units: 16}",
        "- bidirectional: {units: 16, return_sequences: true}",
        (
            "10: model.layers: expected one output a text at the end, got one a token. Add '- pooling: "
            "{kind: average, scope: global}', or leave out return_sequences on the last recurrent layer."
        ),
    ),
    (
        "sentiment",
        "    - dropout",
        "    - recurrent: {units: 3}\n    - dropout",
        (
            "12: model.layers[1].bidirectional.return_sequences: expected true: model.layers[2].recurrent "
            "after it needs the whole sequence."
        ),
    ),
    (
        "sentiment",
        "    - dropout",
        "    - spatial_dropout: {rate: 0.2}\n    - dropout",
        (
            "12: model.layers[1].bidirectional.return_sequences: expected true: "
            "model.layers[2].spatial_dropout after it needs the whole sequence."
        ),
    ),
    (
        "sentiment",
        "- bidirectional: {units: 16}",
        "- pooling: {kind: max, scope: global}\n    - recurrent: {units: 3}",
        (
            "13: model.layers[2].recurrent: needs a sequence, and model.layers[1].pooling leaves a single "
            "vector. Move it up, or remove it."
        ),
    ),
    (
        "sentiment",
        "- bidirectional: {units: 16}",
        "- pooling: {kind: max, scope: global, size: 3}",
        "12: model.layers[1].pooling.size: is for scope: local only. Remove it.",
    ),
    (
        "sentiment",
        "- bidirectional: {units: 16}",
        "- conv1d: {filters: 3, kernel_size: 3, strides: 2, dilation_rate: 2}\n    - recurrent: {units: 3}",
        (
            "12: model.layers[1].conv1d.dilation_rate: expected 1 together with strides > 1, got 2: Keras "
            "cannot do both."
        ),
    ),
    (
        "sentiment",
        "name: mood",
        "name: mood\nexport: {streaming: true}",
        (
            "13: model.layers[1].bidirectional: reads the future, which a stream does not have. Use "
            "recurrent, or set export.streaming: false."
        ),
    ),
    (
        "sentiment",
        "    - embedding: {units: 8}\n    - bidirectional: {units: 16}\n    - dropout: {rate: 0.3}\n",
        " []",
        "11: the indentation does not fit the lines above.",
    ),
    (
        "sentiment",
        "  layers:\n    - embedding: {units: 8}\n    - bidirectional: {units: 16}\n    - dropout: {rate: 0.3}\n",
        "  layers: []\n",
        "10: model.layers: expected at least 1 entry, got an empty list.",
    ),
]


@pytest.mark.parametrize(("recipe", "old", "new", "problems"), CASES)
def test_what_does_not_fit_is_named(refuse, recipe, old, new, problems):
    expected = [problems] if isinstance(problems, str) else problems
    assert list(refuse(recipe, (old, new))) == [f"recipe.yaml:{problem}" for problem in expected]
