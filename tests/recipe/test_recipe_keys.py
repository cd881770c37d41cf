"""Mistakes within one key: where it is, what was expected, what was found, what to do."""

import pytest

#: (recipe, what is replaced, by what, what is said of it after "recipe.yaml:")
CASES = [
    ("events", "window_s: 30", "windows_s: 30", "7: data.windows_s: unknown key; did you mean 'window_s'?"),
    ("events", "units: 16,", "unit: 16,", "13: model.layers[2].recurrent.unit: unknown key; did you mean 'units'?"),
    (
        "events",
        "units: 16,",
        "hidden_size: 16,",
        "13: model.layers[2].recurrent.hidden_size: unknown key; did you mean 'units'?",
    ),
    (
        "events",
        "units: 16,",
        "units: 16, zzzzz: 1,",
        (
            "13: model.layers[2].recurrent.zzzzz: unknown key. Known here: units, return_sequences, dropout "
            "and recurrent_dropout."
        ),
    ),
    (
        "events",
        "- normalization",
        "- normalization: {mean: 3}",
        "11: model.layers[0].normalization.mean: unknown key: normalization has no settings. Remove it.",
    ),
    (
        "events",
        "- normalization",
        "- normalization: 3",
        "11: model.layers[0].normalization: expected no settings, got 3. Remove them.",
    ),
    (
        "events",
        "export: {streaming: true}",
        "export: {streaming: true}\nepochs: 3",
        "16: epochs: unknown key here; it belongs under 'training'.",
    ),
    (
        "events",
        "export: {streaming: true}",
        "exports: {streaming: true}",
        "15: exports: unknown key; did you mean 'export'?",
    ),
    (
        "events",
        "export: {streaming: true}",
        "zzzz: 3",
        ("15: zzzz: unknown key. Known here: name, task, summary, data, model, training, events and export."),
    ),
    (
        "events",
        "task: event-detection\n",
        "",
        "1: task: missing. Add it (next-word, sentiment or event-detection): what the model is to do.",
    ),
    (
        "events",
        "name: fall\n",
        "",
        (
            "1: name: missing. Add it: what the recipe, its runs and its exported files are called: small "
            "letters, digits and hyphens."
        ),
    ),
    ("events", "filters: 8, ", "", "12: model.layers[1].conv1d.filters: missing. Add it: number of output channels."),
    (
        "events",
        "  cell: gru\n",
        "",
        (
            "8: model.cell: missing. Add it (rnn, lstm or gru): the cell of every recurrent layer: one "
            "switch for a fair comparison."
        ),
    ),
    (
        "events",
        'target: "<= 1 false alarm per 8 h"',
        "",
        (
            '14: events.target: missing. Add it: how many false alarms are bearable, such as "<= 1 false alarm per '
            '8 h", or how soon an event must be known, as "detect within 2 s", or both with a comma between them: the '
            "threshold is fitted to it."
        ),
    ),
    ("events", "units: 16", "units: 0", "13: model.layers[2].recurrent.units: expected > 0, got 0."),
    ("events", "units: 16", "units: -3", "13: model.layers[2].recurrent.units: expected > 0, got -3."),
    (
        "events",
        "units: 16",
        "units: 16.0",
        "13: model.layers[2].recurrent.units: expected a whole number, got 16.0. Write 16.",
    ),
    ("events", "units: 16", "units: 16.5", "13: model.layers[2].recurrent.units: expected a whole number, got 16.5."),
    (
        "events",
        "units: 16",
        'units: "16"',
        "13: model.layers[2].recurrent.units: expected a whole number, got '16'. Remove the quotes.",
    ),
    ("events", "units: 16", "units: true", "13: model.layers[2].recurrent.units: expected a whole number, got true."),
    ("events", "units: 16", "units: ", "13: model.layers[2].recurrent.units: expected a whole number, got nothing."),
    (
        "events",
        "units: 16",
        "units: [16]",
        "13: model.layers[2].recurrent.units: expected a whole number, got a list of 1.",
    ),
    ("events", "window_s: 30", "window_s: 30 s", "7: data.window_s: expected a number, got '30 s'."),
    ("events", "window_s: 30", "window_s: '30'", "7: data.window_s: expected a number, got '30'. Remove the quotes."),
    ("events", "window_s: 30", "window_s: .nan", "7: data.window_s: expected a finite number, got nan."),
    ("events", "window_s: 30", "window_s: 0", "7: data.window_s: expected > 0, got 0."),
    ("events", "streaming: true", "streaming: yes", "15: export.streaming: expected true or false, got 'yes'."),
    ("events", "streaming: true", "streaming: 1", "15: export.streaming: expected true or false, got 1."),
    ("events", "streaming: true", "opset: 9", "15: export.opset: expected >= 13, got 9."),
    ("events", "streaming: true", "int8: no", "15: export.int8: expected auto, on or off, got 'no'."),
    ("events", "streaming: true", "int8: false", "15: export.int8: expected auto, on or off, got false."),
    (
        "events",
        "streaming: true",
        "int8: atuo",
        "15: export.int8: expected auto, on or off, got 'atuo'; did you mean 'auto'?",
    ),
    ("events", "streaming: true", "int-8: on", "15: export.int-8: unknown key; did you mean 'int8'?"),
    (
        "events",
        "name: fall",
        "name: Fall Detector",
        (
            "1: name: expected small letters and digits, joined by single hyphens, got 'Fall Detector'. "
            "Write 'fall-detector'."
        ),
    ),
    ("events", "name: fall", "name: 3", "1: name: expected text, got 3. Put it in quotes."),
    (
        "events",
        "name: fall",
        "name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "1: name: expected at most 64 characters, got 65.",
    ),
    ("events", "summary: Detects a fall.", "summary: ''", "3: summary: expected some text, got an empty one."),
    ("events", "cell: gru", "cell: gur", "9: model.cell: expected rnn, lstm or gru, got 'gur'; did you mean 'gru'?"),
    ("events", "cell: gru", "cell: transformer", "9: model.cell: expected rnn, lstm or gru, got 'transformer'."),
    (
        "events",
        "task: event-detection",
        "task: event-detecton",
        (
            "2: task: expected next-word, sentiment or event-detection, got 'event-detecton'; did you mean "
            "'event-detection'?"
        ),
    ),
    ("events", "labels: [fall]", "labels: fall", "14: events.labels: expected a list, got 'fall'. Write [fall]."),
    ("events", "labels: [fall]", "labels: []", "14: events.labels: expected at least 1 entry, got an empty list."),
    ("events", "labels: [fall]", "labels: [7]", "14: events.labels[0]: expected text, got 7. Put it in quotes."),
    (
        "events",
        "<= 1 false alarm per 8 h",
        "at most one a night",
        (
            '14: events.target: expected the form "<= 1 false alarm per 8 h" (h, day or week), "detect within 2 s" or '
            "both with a comma between them, got 'at most one a night'."
        ),
    ),
    (
        "events",
        "<= 1 false alarm per 8 h",
        "<= 1 false alarm per 0 h",
        (
            '14: events.target: expected the form "<= 1 false alarm per 8 h" (h, day or week), "detect within 2 s" or '
            "both with a comma between them, got '<= 1 false alarm per 0 h'."
        ),
    ),
    (
        "events",
        "data:\n  source: hapt",
        "data:\n  source: hapt\n  csv: a.csv",
        ("4: data: expected source (a data set of the zoo) or csv (your own files), got both. Remove one."),
    ),
    (
        "events",
        "  source: hapt\n",
        "",
        ("4: data: expected source (a data set of the zoo) or csv (your own files), got neither. Add one."),
    ),
    ("events", "source: hapt", "sorce: hapt", "5: data.sorce: unknown key; did you mean 'source'?"),
    ("events", "source: hapt", "file: hapt", "5: data.file: unknown key; did you mean 'csv'?"),
    (
        "events",
        "source: hapt",
        "source: /home/x/hapt",
        ("5: data.source: expected the name of a data set, got '/home/x/hapt'. For a file of your own write 'csv:'."),
    ),
    (
        "events",
        "source: hapt",
        "source: hapt\n  columns: [a]",
        "6: data.columns: unknown key here; it goes with 'csv'.",
    ),
    ("events", "events: {", "events: [{", "15: the '[' of line 14 is not closed, or a ',' is missing."),
    (
        "events",
        "- normalization",
        "- normalisation",
        "11: model.layers[0]: unknown layer 'normalisation'; did you mean 'normalization'?",
    ),
    (
        "events",
        "- normalization",
        "- lstm: {units: 3}",
        "11: model.layers[0]: unknown layer 'lstm'. Write 'recurrent' with model.cell: lstm.",
    ),
    (
        "events",
        "- normalization",
        "- qqq",
        (
            "11: model.layers[0]: unknown layer 'qqq'; expected normalization, embedding, conv1d, "
            "recurrent, bidirectional, dense, dropout, spatial_dropout, layer_normalization, "
            "batch_normalization or pooling."
        ),
    ),
    (
        "events",
        "- normalization",
        "- 7",
        "11: model.layers[0]: expected a layer such as 'dropout: {rate: 0.3}', got 7.",
    ),
    (
        "events",
        "- normalization",
        "-",
        "11: model.layers[0]: expected a layer such as 'dropout: {rate: 0.3}', got nothing.",
    ),
    (
        "events",
        "- normalization",
        "- {}",
        "11: model.layers[0]: expected a layer such as 'dropout: {rate: 0.3}', got nothing.",
    ),
    (
        "events",
        "- normalization",
        "- dropout:\n      rate: 0.3",
        (
            "11: model.layers[0]: expected one layer with its settings, got the keys dropout and rate. "
            "Start each layer with '- '; indent its settings, or write them in braces: '- dropout: {…}'."
        ),
    ),
    (
        "events",
        "- normalization",
        "- dropout: 0.3",
        "11: model.layers[0].dropout: expected settings, such as {rate: …}, got 0.3.",
    ),
    (
        "events",
        "- normalization",
        "- dropout",
        "11: model.layers[0].dropout.rate: missing. Add it: share of the values that is dropped.",
    ),
    ("events", "- normalization", "- dropout: {rate: 30}", "11: model.layers[0].dropout.rate: expected < 1, got 30."),
    (
        "events",
        "export: {streaming: true}",
        "training: 30",
        "15: training: expected settings, such as {epochs: …}, got 30.",
    ),
    (
        "events",
        "export: {streaming: true}",
        "training:",
        "15: training: expected settings, such as {epochs: …}, got nothing.",
    ),
    (
        "events",
        "export: {streaming: true}",
        "training: {schedule: cosin}",
        ("15: training.schedule: expected constant, cosine or plateau, got 'cosin'; did you mean 'cosine'?"),
    ),
    (
        "events",
        "export: {streaming: true}",
        "training: {schedule: {plato: {factor: 0.5}}}",
        "15: training.schedule: expected constant, cosine or plateau, got a mapping with the key plato.",
    ),
    (
        "events",
        "export: {streaming: true}",
        "training: {schedule: {plateau: {factor: 2}}}",
        "15: training.schedule.plateau.factor: expected < 1, got 2.",
    ),
    (
        "events",
        "export: {streaming: true}",
        "training: {schedule: 3}",
        "15: training.schedule: expected constant, cosine or plateau, got 3.",
    ),
    (
        "events",
        "export: {streaming: true}",
        "training: {class_weights: balance}",
        "15: training.class_weights: expected balanced or none, got 'balance'; did you mean 'balanced'?",
    ),
    (
        "events",
        "export: {streaming: true}",
        "training: {class_weights: {fall: -1, 0: x}}",
        [
            "15: training.class_weights.fall: expected > 0, got -1.",
            "15: training.class_weights.0: expected a number, got 'x'.",
        ],
    ),
    (
        "events",
        "export: {streaming: true}",
        "training: {class_weights: {}}",
        "15: training.class_weights: expected at least 1 entry, got an empty mapping.",
    ),
    (
        "events",
        "export: {streaming: true}",
        "training: {early_stopping: 5}",
        "15: training.early_stopping: expected settings, such as {patience: …}, got 5.",
    ),
    (
        "events",
        "export: {streaming: true}",
        "training: {early_stopping: on}",
        "15: training.early_stopping: expected settings, such as {patience: …}, got 'on'.",
    ),
    ("events", "export: {streaming: true}", "training: {seed: -1}", "15: training.seed: expected >= 0, got -1."),
    (
        "events",
        "export: {streaming: true}",
        "training: {seed: 4294967296}",
        "15: training.seed: expected < 4294967296, got 4294967296.",
    ),
    (
        "events",
        "export: {streaming: true}",
        "training: {monitor: accuracy}",
        "15: training.monitor: expected val_loss, got 'accuracy'.",
    ),
    (
        "events",
        "export: {streaming: true}",
        "training: {optimizer: Adam}",
        "15: training.optimizer: expected adam, adamw, sgd or rmsprop, got 'Adam'; did you mean 'adam'?",
    ),
    (
        "events",
        "export: {streaming: true}",
        "training: {lr: 1, epochs: 1e3}",
        [
            "15: training.epochs: expected a whole number, got 1000.0. Write 1000.",
            "15: training.lr: unknown key; did you mean 'learning_rate'?",
        ],
    ),
    ("sentiment", "vocabulary: 8000", "vocabulary: 50", "6: data.tokens.vocabulary: expected >= 100, got 50."),
    (
        "sentiment",
        "vocabulary: 8000",
        "vocabulary: 100000",
        "6: data.tokens.vocabulary: expected <= 65535, got 100000.",
    ),
    ("events-csv", "csv: night.csv", "csv: []", "5: data.csv: expected at least 1 entry, got an empty list."),
    ("events-csv", "csv: night.csv", "csv: {a: b}", "5: data.csv: expected a list, got a mapping with the key a."),
    ("events-csv", "csv: night.csv", "csv: ''", "5: data.csv[0]: expected some text, got an empty one."),
    ("events-csv", "csv: night.csv", "csv: [a.csv, 3]", "5: data.csv[1]: expected text, got 3. Put it in quotes."),
    ("events-csv", "time: t", "times: t", "7: data.times: unknown key; did you mean 'time'?"),
    (
        "events-csv",
        "time: t",
        "time: t\n  units: [g]",
        "8: data.units: expected a mapping such as {name: value}, got a list of 1.",
    ),
]


@pytest.mark.parametrize(("recipe", "old", "new", "problems"), CASES)
def test_a_wrong_key_or_value_is_named(refuse, recipe, old, new, problems):
    expected = [problems] if isinstance(problems, str) else problems
    assert list(refuse(recipe, (old, new))) == [f"recipe.yaml:{problem}" for problem in expected]
