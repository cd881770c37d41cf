import dataclasses
import threading

import numpy as np
import onnxruntime
import pytest

from zoo.core.errors import BundleError, InputError
from zoo.edge import Event, load
from zoo.edge.inputs.text import BATCH
from zoo.edge.tasks.event_detection import Events


@pytest.fixture(scope="module")
def bundles(tmp_path_factory, threshold_parts, gru_parts, sentiment_parts, next_word_parts):
    folder = tmp_path_factory.mktemp("exported")
    parts = {"threshold": threshold_parts, "gru": gru_parts, "sentiment": sentiment_parts, "next": next_word_parts}
    return {name: part.write(folder / name) for name, part in parts.items()}


@pytest.fixture(scope="module")
def threshold(bundles):
    return load(bundles["threshold"])


@pytest.fixture(scope="module")
def sentiment(bundles):
    return load(bundles["sentiment"])


@pytest.fixture(scope="module")
def next_word(bundles):
    return load(bundles["next"])


def lying_then_up() -> np.ndarray:
    """Two seconds at 10 Hz: 0 g, then 1 g from 0.5 s to 1.2 s, then 0 g."""
    values = np.zeros((20, 2))
    values[5:12, 0] = 1
    return values


def test_a_recording_gives_its_events(threshold):
    prediction = threshold.predict(lying_then_up())
    assert prediction.label == "bed-exit"
    assert prediction.events == (Event("bed-exit", 0.6, 1.2, pytest.approx(1 / (1 + np.exp(-5)))),)
    assert prediction.score == pytest.approx(prediction.events[0].score)
    assert prediction.scores == {"bed-exit": prediction.score}
    assert prediction.steps.shape == (20,)
    np.testing.assert_allclose(prediction.steps[[0, 5]], [0.0067, 0.9933], atol=1e-4)


def test_a_quiet_recording_has_no_event(threshold):
    prediction = threshold.predict([[0.0, 0.0]] * 3)
    assert prediction == Events("none", pytest.approx(0.0067, abs=1e-4), {"bed-exit": prediction.score})


def test_the_same_recording_at_another_rate_gives_the_same_events(threshold):
    expected = threshold.predict(lying_then_up())
    twice = np.repeat(lying_then_up(), 2, axis=0)
    assert threshold.predict(twice, rate_hz=20).events == expected.events
    assert threshold.predict(twice, time_s=100 + np.arange(40) / 20).events == expected.events
    np.testing.assert_array_equal(threshold.predict(twice, rate_hz=20).steps, expected.steps)


def test_recordings_of_different_lengths_are_predicted_in_one_batch(bundles):
    model = load(bundles["gru"])
    rng = np.random.default_rng(0)
    recordings = [rng.normal(size=(length, 2)).clip(-4, 4) for length in (1, 7, 3)]
    together = model.predict_batch(recordings)
    assert [len(prediction.steps) for prediction in together] == [1, 7, 3]
    assert together == [model.predict(recording) for recording in recordings]
    assert len({prediction.score for prediction in together}) == 3


def test_classification_returns_the_probability_of_every_label(sentiment):
    prediction = sentiment.predict("Thank you very much.")
    assert set(prediction.scores) == {"negative", "positive"}
    assert sum(prediction.scores.values()) == pytest.approx(1)
    assert prediction.score == max(prediction.scores.values()) == prediction.scores[prediction.label]
    assert prediction.to_dict() == {"label": prediction.label, "score": prediction.score, "scores": prediction.scores}


def test_padding_does_not_change_the_scores(sentiment):
    texts = ["thank", "thank you very much .", "you you", "what is this", "very"] * 9
    together = sentiment.predict_batch(texts)
    assert len(together) == len(texts) > BATCH
    for text, prediction in zip(texts, together, strict=True):
        alone = sentiment.predict(text)
        assert prediction.label == alone.label
        assert prediction.scores == pytest.approx(alone.scores, abs=1e-6)


def test_a_text_of_100_000_words_is_truncated(sentiment):
    last_six = "you very much thank you very"
    long = "thank " * 100_000 + last_six
    assert sentiment.predict(long) == sentiment.predict(last_six)


def test_next_words_are_sorted_by_probability(next_word):
    prediction = next_word.predict("Thank you very")
    assert prediction.label == "much"
    assert list(prediction.scores)[:2] == ["much", "."]
    assert len(prediction.scores) == 3
    assert prediction.score == prediction.scores["much"] == pytest.approx(np.exp(4) / (np.exp(4) + np.exp(2) + 6))
    assert list(next_word.predict("thank you", top=1).scores) == ["very"]


def test_reserved_tokens_are_never_proposed(next_word):
    everything = next_word.predict("zebra", top=5)
    assert set(everything.scores) == {"thank", "you", "very", "much", "."}
    with pytest.raises(InputError, match=r"top: expected 1 to 5 words, got 6\."):
        next_word.predict("zebra", top=6)
    with pytest.raises(InputError, match=r"top: expected 1 to 5 words, got 0\."):
        next_word.predict("zebra", top=0)


def test_next_words_of_a_batch_depend_on_the_end_of_each_text(next_word):
    texts = ["thank", "thank you very", "you"]
    assert [p.label for p in next_word.predict_batch(texts)] == ["you", "much", "very"]
    assert [len(p.scores) for p in next_word.predict_batch(texts, top=2)] == [2, 2, 2]


def test_a_text_is_completed(next_word):
    assert next_word.complete("Thank you", 1) == "Thank you very"
    assert next_word.complete("Thank you ", 4) == "Thank you very much. thank"
    assert next_word.complete("very much", 1) == "very much."


def test_a_completion_reads_as_many_words_as_the_model_takes(next_word, monkeypatch):
    inputs = []
    run = next_word.run
    monkeypatch.setattr(next_word, "run", lambda ids: inputs.append(ids.tolist()) or run(ids))
    assert next_word.complete("thank you", 4) == "thank you very much. thank"
    assert inputs == [[[2, 3, 4]], [[2, 3, 4, 5]], [[3, 4, 5, 6]], [[4, 5, 6, 7]]]


def test_an_empty_batch_gives_no_predictions(threshold, sentiment, next_word):
    assert threshold.predict_batch([]) == sentiment.predict_batch([]) == next_word.predict_batch([]) == []


def test_run_returns_the_raw_output(threshold, sentiment, next_word):
    assert threshold.run(np.zeros((2, 5, 2))).shape == (2, 5, 1)
    assert sentiment.run([[3, 4], [5, 0]]).shape == (2, 2)
    output = next_word.run(np.array([[3, 4]], np.uint16))
    assert output.shape == (1, 2, 8)
    assert output.dtype == np.float32


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("threshold", np.zeros((5, 2)), r"input: expected shape \(batch, time, 2\), none of them 0, got \(5, 2\)\."),
        (
            "threshold",
            np.zeros((1, 5, 3)),
            r"input: expected shape \(batch, time, 2\), none of them 0, got \(1, 5, 3\)\.",
        ),
        (
            "threshold",
            np.zeros((1, 0, 2)),
            r"input: expected shape \(batch, time, 2\), none of them 0, got \(1, 0, 2\)\.",
        ),
        ("sentiment", [3, 4], r"input: expected shape \(batch, time\), none of them 0, got \(2,\)\."),
        ("sentiment", [[3, 8]], r"input: expected ids from 0 to 7, got 3 to 8\."),
        ("sentiment", [[-1, 3]], r"input: expected ids from 0 to 7, got -1 to 3\."),
        ("sentiment", [[2**32 + 3, 3]], r"input: expected ids from 0 to 7, got 3 to 4294967299\."),
        ("sentiment", [[1.5, 3]], r"input: expected whole numbers, got float64\."),
        ("sentiment", "good", r"input: expected whole numbers, got <U4\."),
        ("sentiment", [[3], [3, 4]], r"input: expected an array, got rows of different lengths\."),
        ("threshold", [[["a", "b"]]], r"input: expected numbers, got <U1\."),
    ],
)
def test_raw_inputs_that_do_not_fit_are_refused(bundles, name, array, message):
    with pytest.raises(InputError, match=message):
        load(bundles[name]).run(array)


@pytest.mark.parametrize(
    ("name", "call", "message"),
    [
        ("sentiment", lambda m: m.predict(""), r"text: expected words, got an empty text\."),
        ("sentiment", lambda m: m.predict(5), r"text: expected a text, got int\."),
        ("sentiment", lambda m: m.predict("\u200b "), r"text: expected words, got a text with none that"),
        ("next", lambda m: m.predict("\u200b "), r"text: expected words, got a text with none that"),
        ("next", lambda m: m.complete(" ", 3), r"text: expected words, got an empty text\."),
        ("next", lambda m: m.complete("thank", 0), r"words: expected at least 1, got 0\."),
        (
            "sentiment",
            lambda m: m.complete("thank", 1),
            r"complete: expected a next-word model, got one for classification\. Load a next-word model\.",
        ),
        ("sentiment", lambda m: m.predict_batch(["you", " "]), r"inputs\[1\]: expected words, got an empty text\."),
        (
            "sentiment",
            lambda m: m.predict_batch("you"),
            r"inputs: expected a list of texts, got one text\. Use predict\.",
        ),
        (
            "sentiment",
            lambda m: m.predict("you", top=2),
            r"top: a model for classification does not take this option\.",
        ),
        ("next", lambda m: m.predict("you", rate_hz=5), r"rate_hz: a model for next-word does not take this option\."),
        ("threshold", lambda m: m.predict([[0, 0]], top=2), r"top: a model for event-detection does not take"),
        (
            "threshold",
            lambda m: m.predict("text"),
            r"values: expected \(time, 2\) numbers with the columns acc_x, gyro_x,",
        ),
        ("threshold", lambda m: m.predict_batch([[[0, 0]], [[9, 0]]]), r"inputs\[1\]: expected 'acc_x' from -4 to 4 g"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(bundles, name, call, message):
    with pytest.raises(InputError, match=message):
        call(load(bundles[name]))


def test_scores_that_are_not_finite_are_refused(gru_parts, tmp_path):
    parts = dataclasses.replace(gru_parts, graph=type(gru_parts.graph)())
    parts.graph.CopyFrom(gru_parts.graph)
    weights = {tensor.name: tensor for tensor in parts.graph.initializer}
    weights["k"].raw_data = np.full((3, 1), np.nan, np.float32).tobytes()
    model = load(parts.write(tmp_path / "b"))
    with pytest.raises(InputError, match=r"values: expected finite scores, got NaN or infinity: the input is outside"):
        model.predict([[1.0, 1.0]])


def test_the_self_test_passes_and_fails(threshold_parts, threshold, tmp_path):
    assert threshold.self_test() == []
    wrong = [
        {"input": [[0.5, 0]], "label": "none", "score": 0.5},
        {"input": [[0.5, 0]], "label": "none", "score": 0.51},
    ]
    path = dataclasses.replace(threshold_parts, selftest=wrong).write(tmp_path / "b")
    assert load(path).self_test() == [f"{path}/model.onnx: self-test[1]: expected none 0.510000, got none 0.500000."]
    label = [{"input": [[0.5, 0]], "label": "bed-exit", "score": 0.5}]
    path = dataclasses.replace(threshold_parts, selftest=label).write(tmp_path / "c")
    assert len(load(path).self_test()) == 1


@pytest.mark.parametrize(
    ("cases", "message"),
    [
        (None, r"model\.onnx: expected a self-test in the bundle, got none\. Export the bundle again\."),
        ([], r"model\.onnx: self-test: expected a list of inputs with answers, got \[\]\."),
        ([{"input": [[0, 0]], "label": "none"}], r"model\.onnx: self-test\[0\]: expected the key 'score', got none\."),
    ],
)
def test_a_missing_or_malformed_self_test_is_refused(threshold_parts, tmp_path, cases, message):
    model = load(dataclasses.replace(threshold_parts, selftest=cases).write(tmp_path / "b"))
    with pytest.raises(BundleError, match=message):
        model.self_test()


def test_sessions_use_one_thread_without_spinning(bundles, monkeypatch):
    sessions = []

    class Recorded(onnxruntime.InferenceSession):
        def __init__(self, model, options, providers):
            sessions.append((options, providers))
            super().__init__(model, options, providers=providers)

    monkeypatch.setattr(onnxruntime, "InferenceSession", Recorded)
    load(bundles["threshold"])
    ((options, providers),) = sessions
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (1, 1)
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"
    assert providers == ["CPUExecutionProvider"]


def test_several_threads_share_one_runner(sentiment):
    texts = ["thank you", "very much", "you .", "thank"]
    expected = [sentiment.predict(text) for text in texts]
    answers = {}

    def work(index):
        answers[index] = [sentiment.predict(text) for text in texts]

    threads = [threading.Thread(target=work, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(answers.values()) == [expected] * 4
