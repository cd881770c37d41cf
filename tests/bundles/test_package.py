"""A bundle is written complete and verified, or not at all."""

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
import pytest
from keras import layers as kl
from tokenizers import Tokenizer, models, pre_tokenizers

from zoo.bundles import Bundle, write_bundle
from zoo.bundles.card import card
from zoo.core.atomic import UNFINISHED
from zoo.core.errors import ExportError, ParityError
from zoo.core.events import EventRule
from zoo.core.folder import OLD, appearing_folder
from zoo.core.manifest import (
    MANIFEST_KEY,
    RECIPE_KEY,
    TOKENIZER_KEY,
    Feature,
    Manifest,
    Output,
    RecordingInput,
    TextInput,
)
from zoo.core.predictor import Predictor
from zoo.core.provenance import DataFacts, MetricPair, ModelFacts
from zoo.edge import Stream, TextStream, load
from zoo.exporter.int8.report import DYNAMIC, FLOAT32, WEIGHTS, Metric

WORDS = ("<pad>", "<unk>", "<s>", "thank", "you", "very", "much")
RECORDING = np.random.default_rng(3).normal(2, 5, (40, 3)).astype(np.float32)


def sensor_model(units: int = 4) -> keras.Model:
    keras.utils.set_random_seed(1)
    scale = kl.Normalization(mean=[2.0, 2.0, 2.0], variance=[25.0, 25.0, 25.0], name="normalization")
    x = keras.Input((None, 3), name="input")
    hidden = kl.GRU(units, return_sequences=True, name="recurrent")(scale(x))
    return keras.Model(x, kl.Dense(1, "sigmoid", name="head")(hidden))


def text_model() -> keras.Model:
    keras.utils.set_random_seed(1)
    ids = keras.Input((None,), dtype="int32", name="input")
    embedded = kl.Embedding(len(WORDS), 3, mask_zero=True, name="embedding")(ids)
    hidden = kl.LSTM(4, return_sequences=True, name="recurrent")(embedded)
    return keras.Model(ids, kl.Dense(len(WORDS), "softmax", name="head")(hidden))


SENSOR = Manifest(
    name="bed-exit",
    task="event-detection",
    summary="Detects a person leaving bed.",
    recipe_sha256="ab" * 32,
    input=RecordingInput(tuple(Feature(name, "g") for name in ("acc_x", "acc_y", "acc_z")), 25.0),
    output=Output(("bed-exit",)),
    events=(EventRule("bed-exit", 0.5, 0.4),),
    model=ModelFacts("gru"),
    data=DataFacts("hapt", licence="CC BY 4.0", cite="Reyes-Ortiz et al. 2016", sha256="cd" * 32),
    metrics={"validation": {"mean": 0.91234}},
)
TEXT = replace(
    SENSOR,
    name="next-word",
    task="next-word",
    input=TextInput(len(WORDS), 16, begin_id=2),
    output=Output((), never=(0, 1, 2)),
    events=(),
    data=DataFacts("reviews"),
)


def tokenizer() -> str:
    inner = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    return inner.to_str()


def write_sensor(folder: Path, **changes: Any) -> Bundle:
    arguments = {
        "tokenizer": None,
        "selftest": [{"input": RECORDING[:10]}],
        "rows": [RECORDING],
        "score": lambda predict: {"mean": float(predict(RECORDING[None]).mean())},
        "recipe_yaml": "name: bed-exit\n",
    }
    model = sensor_model(changes.pop("units", 4))
    return write_bundle(model, changes.pop("manifest", SENSOR), folder, **(arguments | changes))


def write_text(folder: Path, **changes: Any) -> Bundle:
    arguments = {
        "tokenizer": tokenizer(),
        "selftest": [{"input": "thank you very"}, {"input": "much"}],
        "rows": [np.array([2, 3, 4, 5], np.int32)],
        "score": lambda predict: {"first": float(predict(np.array([[2, 3]], np.int32))[0, 0, 0])},
        "recipe_yaml": "name: next-word\n",
    }
    return write_bundle(text_model(), TEXT, folder, **(arguments | changes))


def test_a_sensor_bundle_runs_and_passes_its_self_test(tmp_path: Path) -> None:
    bundle = write_sensor(tmp_path / "bed-exit")
    runner = load(bundle.folder)
    assert runner.self_test() == []
    steps = runner.predict(RECORDING).steps
    np.testing.assert_allclose(steps, np.asarray(sensor_model()(RECORDING[None]))[0, :, 0], atol=1e-5)
    assert {path.name for path in bundle.folder.iterdir()} == {"model.onnx", "manifest.json", "card.md"}
    assert bundle.size_bytes == (bundle.folder / "model.onnx").stat().st_size
    assert [path.name for path in tmp_path.iterdir()] == ["bed-exit"]


def test_the_onnx_file_of_a_text_bundle_runs_alone(tmp_path: Path) -> None:
    bundle = write_text(tmp_path / "next-word")
    alone = tmp_path / "alone.onnx"
    (bundle.folder / "model.onnx").rename(alone)
    runner = load(alone)
    assert runner.self_test() == []
    assert runner.predict("thank you").label in WORDS[3:]
    assert (bundle.folder / "tokenizer.json").read_text(encoding="utf-8") == tokenizer()
    keys = {entry.key: entry.value for entry in onnx.load(alone).metadata_props}
    assert keys[TOKENIZER_KEY] == tokenizer()
    assert keys[RECIPE_KEY] == "name: next-word\n"


def test_the_manifest_describes_the_file(tmp_path: Path) -> None:
    bundle = write_text(tmp_path / "next-word")
    manifest = bundle.manifest
    content = (bundle.folder / "model.onnx").read_bytes()
    blank = content.replace(manifest.model_sha256.encode(), b"0" * 64)
    assert manifest.model_sha256 == hashlib.sha256(blank).hexdigest()
    assert manifest.tokenizer_sha256 == hashlib.sha256(tokenizer().encode()).hexdigest()
    assert manifest.runtime.opset == 17
    assert manifest.runtime.nodes["LSTM"] == 1
    assert manifest.model.parameters == text_model().count_params()
    assert manifest.model.cell == "gru"  # the caller's value stays
    assert manifest.parity.cases == 6
    assert manifest.parity.metrics["first"].onnx == manifest.metrics["test"]["first"]
    assert manifest.parity.metrics["first"].keras == pytest.approx(manifest.metrics["test"]["first"], abs=1e-5)
    assert manifest.made_with["keras"] == keras.__version__
    proto = onnx.load_from_string(content)
    assert [info.name for info in (*proto.graph.input, *proto.graph.output)] == ["input", "output"]
    stored = {entry.key: entry.value for entry in proto.metadata_props}[MANIFEST_KEY]
    assert stored == manifest.to_json() == (bundle.folder / "manifest.json").read_text(encoding="utf-8")


def test_the_same_model_gives_the_same_bundle(tmp_path: Path) -> None:
    first, second = write_sensor(tmp_path / "first").folder, write_sensor(tmp_path / "second").folder
    for name in ("model.onnx", "manifest.json", "card.md"):
        assert (first / name).read_bytes() == (second / name).read_bytes()


class TestInt8:
    """A model with 64 units, large enough to profit from int8."""

    @pytest.fixture(autouse=True)
    def _same_latency(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Every file is equally fast: measured latencies would make every bundle different."""
        monkeypatch.setattr("zoo.exporter.int8.choice.latencies", lambda sessions, fed: dict.fromkeys(sessions, 0.25))

    @staticmethod
    def write(folder: Path, int8: str = "auto", **changes: Any) -> Bundle:
        validate = Metric("mean", "validation", lambda predict: float(predict(RECORDING[None, :20]).mean()))
        return write_sensor(folder, **({"units": 64, "int8": int8, "headline": validate} | changes))

    def test_the_bundle_has_int8_weights_and_reports_them(self, tmp_path: Path) -> None:
        plain, small = self.write(tmp_path / "plain", "off"), self.write(tmp_path / "small")
        assert plain.size_bytes > 2.5 * small.size_bytes
        assert plain.int8 is None
        assert plain.manifest.runtime.int8 is None
        assert small.int8 is not None
        assert small.manifest.runtime.int8 == small.int8.facts()
        assert small.int8.chosen.candidate == WEIGHTS
        stored = onnx.load(small.folder / "model.onnx")
        assert {"recurrent/R.int8", "recurrent/R.scale"} <= {tensor.name for tensor in stored.graph.initializer}
        assert small.manifest.runtime.nodes["Mul"] == sum(node.op_type == "Mul" for node in stored.graph.node)
        # As large as reported, except for the report itself.
        assert 0 <= small.size_bytes - small.int8.chosen.size_bytes < 1000
        assert abs(plain.size_bytes - small.int8.rows[0].size_bytes) < 100

    def test_metrics_and_self_test_belong_to_the_written_file(self, tmp_path: Path) -> None:
        bundle = self.write(tmp_path / "small")
        runner = load(bundle.folder)
        pair = bundle.manifest.parity.metrics["mean"]
        assert bundle.manifest.metrics["test"]["mean"] == pair.onnx == float(runner.run(RECORDING[None]).mean())
        assert pair.float32 == pytest.approx(pair.keras, abs=1e-6)
        assert pair.onnx != pair.float32
        assert runner.self_test() == []
        assert bundle.manifest.parity.largest_absolute < 1e-5  # that of the float32 file

    def test_a_metric_may_fall_by_more_than_float32_may_differ_from_keras(self, tmp_path: Path) -> None:
        values = iter([0.9, 0.9, 0.5])  # float32, Keras, int8
        bundle = self.write(tmp_path / "small", "on", score=lambda predict: {"f1": next(values)})
        assert bundle.manifest.parity.metrics["f1"] == MetricPair(keras=0.9, onnx=0.5, float32=0.9)
        assert bundle.manifest.metrics["test"] == {"f1": 0.5}

    def test_float32_must_agree_with_keras_first(self, tmp_path: Path) -> None:
        values = iter([0.89, 0.9])
        with pytest.raises(ParityError, match=r"f1: expected 0\.9 as in Keras, got 0\.89"):
            self.write(tmp_path / "small", "on", score=lambda predict: {"f1": next(values)})
        assert list(tmp_path.iterdir()) == []

    def test_float32_is_kept_when_validation_falls(self, tmp_path: Path) -> None:
        values = iter([0.9, 0.8])
        falling = Metric("f1", "validation", lambda predict: next(values))
        bundle = self.write(tmp_path / "plain", headline=falling)
        assert bundle.int8 is not None
        assert bundle.int8.chosen.candidate == FLOAT32
        assert bundle.manifest.parity.metrics["mean"].float32 is None
        text = (bundle.folder / "card.md").read_text(encoding="utf-8")
        assert (
            "The weights are float32. int8 was measured and not chosen: no int8 file is small and good enough." in text
        )

    def test_int8_without_a_gain_is_refused_and_nothing_is_written(self, tmp_path: Path) -> None:
        with pytest.raises(ExportError, match=r"int8: no weight is large enough .* Export with --int8 off\."):
            self.write(tmp_path / "small", "on", units=4)
        assert list(tmp_path.iterdir()) == []

    def test_the_card_reports_gain_and_cost(self, tmp_path: Path) -> None:
        bundle = self.write(tmp_path / "small")
        assert bundle.int8 is not None
        plain, row = bundle.int8.rows
        text = (bundle.folder / "card.md").read_text(encoding="utf-8")
        for passage in (
            f"The weights are int8: the file is {row.ratio:.1f} times smaller than in float32.",
            f"mean, validation: {plain.metric:.4g} in float32, {row.metric:.4g} in int8 (loss {row.loss:.2%}).",
            "One run takes 0.25 ms; in float32, 0.25 ms (one input, one thread). Any runtime that runs float32 files",
            "Before its weights were rounded, the file was compared with the Keras model in onnxruntime on 6 inputs",
        ):
            assert passage in text

    def test_the_card_names_the_only_runtime_of_a_dynamic_int8_file(self, tmp_path: Path) -> None:
        manifest = self.write(tmp_path / "small").manifest
        assert manifest.runtime is not None
        report = manifest.runtime.int8
        assert report is not None
        rows = tuple(replace(row, candidate=DYNAMIC if row.chosen else FLOAT32) for row in report.rows)
        report = replace(report, chosen=DYNAMIC, metric=None, rows=rows)
        text = card(replace(manifest, runtime=replace(manifest.runtime, int8=report)))
        assert "Only onnxruntime runs the file." in text
        assert f"The largest change of an output is {rows[1].loss:.2%} of its range." in text

    def test_texts_are_timed_at_the_length_that_a_device_uses(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shapes: list[tuple[int, ...]] = []

        def time(sessions: dict[str, Any], fed: dict[str, np.ndarray]) -> dict[str, float]:
            shapes.append(fed["input"].shape)
            return dict.fromkeys(sessions, 0.25)

        monkeypatch.setattr("zoo.exporter.int8.choice.latencies", time)
        write_text(tmp_path / "next-word", int8="auto", rows=[np.full(40, 3, np.int32)])
        assert shapes == [(1, 16)]

    def test_without_a_metric_the_outputs_decide(self, tmp_path: Path) -> None:
        report = self.write(tmp_path / "small", headline=None).int8
        assert report is not None
        assert report.metric is None
        assert report.chosen.loss == report.chosen.change < 0.005

    def test_the_same_model_gives_the_same_bundle(self, tmp_path: Path) -> None:
        first, second = self.write(tmp_path / "first").folder, self.write(tmp_path / "second").folder
        assert (first / "model.onnx").read_bytes() == (second / "model.onnx").read_bytes()


def test_the_self_test_detects_wrong_answers(tmp_path: Path) -> None:
    wrong = [{"input": RECORDING[:10], "label": "none", "score": 0.123}]
    with pytest.raises(ParityError, match=r"self-test\[0\]: expected none 0\.123000, got .*Nothing was written\.$"):
        write_sensor(tmp_path / "bed-exit", selftest=wrong)
    assert list(tmp_path.iterdir()) == []


def test_a_metric_that_differs_stops_the_export(tmp_path: Path) -> None:
    values = iter([0.89, 0.9])  # the file is scored first
    with pytest.raises(ParityError, match=r"^f1: expected 0\.9 as in Keras, got 0\.89 from the ONNX file\. Nothing"):
        write_sensor(tmp_path / "bed-exit", score=lambda predict: {"f1": next(values)})
    assert list(tmp_path.iterdir()) == []


def test_a_metric_that_is_nan_for_both_is_no_difference(tmp_path: Path) -> None:
    bundle = write_sensor(tmp_path / "bed-exit", score=lambda predict: {"delay_s": float("nan")})
    assert '"delay_s": null' in bundle.manifest.to_json()


def test_a_failed_export_leaves_the_older_bundle_unchanged(tmp_path: Path) -> None:
    folder = write_sensor(tmp_path / "bed-exit").folder
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def stop(predict: Predictor) -> dict[str, float]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_sensor(folder, score=stop)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["bed-exit"]


def test_an_older_bundle_is_replaced_completely(tmp_path: Path) -> None:
    folder = write_text(tmp_path / "zoo").folder
    write_sensor(folder)
    assert {path.name for path in folder.iterdir()} == {"model.onnx", "manifest.json", "card.md"}
    assert load(folder).manifest.task == "event-detection"


def test_a_folder_that_is_not_a_bundle_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ExportError, match=r"expected a bundle or nothing there, got a folder with notes\.txt\. Choose"):
        write_sensor(tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_file_at_the_path_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bundle").write_text("mine")
    with pytest.raises(ExportError, match=r"bundle: expected a folder or nothing there, got a file\. Choose"):
        write_sensor(tmp_path / "bundle")


def test_a_failed_rename_restores_the_older_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "bundle"
    target.mkdir()
    (target / "card.md").write_text("old")
    renamed = []

    def rename(source: Path, target: Path) -> None:
        renamed.append(source)
        if len(renamed) == 2:
            raise OSError(28, "No space left on device")
        Path(source).replace(target)

    monkeypatch.setattr("zoo.core.folder.os.rename", rename)
    with (
        pytest.raises(ExportError, match=r"bundle: cannot be written: No space left on device\. Choose another place"),
        appearing_folder(target, frozenset({"card.md"})) as draft,
    ):
        (draft / "card.md").write_text("new")
    assert (target / "card.md").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_a_path_through_the_old_folder_or_a_link_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "bundle"
    target.mkdir()
    (target / "card.md").write_text("old")
    (tmp_path / "link").symlink_to(target)
    for path, text in ((target / ".." / "bundle", "new"), (tmp_path / "link", "newer")):
        with appearing_folder(path, frozenset({"card.md"})) as draft:
            (draft / "card.md").write_text(text)
        assert (target / "card.md").read_text() == text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bundle", "link"]


def test_old_drafts_of_killed_exports_are_removed(tmp_path: Path) -> None:
    names = ("stale", f"replaced{OLD}", "young")
    for name in names:
        (tmp_path / f"{UNFINISHED}{name}").mkdir()
        (tmp_path / f"{UNFINISHED}{name}" / "model.onnx").write_bytes(b"half")
    for name in names[:2]:
        os.utime(tmp_path / f"{UNFINISHED}{name}", (0, 0))
    with appearing_folder(tmp_path / "bundle", frozenset()):
        pass
    assert {path.name for path in tmp_path.iterdir()} == {"bundle", *(f"{UNFINISHED}{name}" for name in names[1:])}


def test_an_input_with_another_name_is_refused(tmp_path: Path) -> None:
    manifest = replace(SENSOR, input=replace(SENSOR.input, name="samples"))
    with pytest.raises(ExportError, match=r"^model: expected one input named 'samples', got \['input'\]"):
        write_sensor(tmp_path / "x", manifest=manifest)


def test_the_card_of_a_sensor_model_states_the_essentials(tmp_path: Path) -> None:
    bundle = write_sensor(tmp_path / "bed-exit")
    text = (bundle.folder / "card.md").read_text(encoding="utf-8")
    for passage in (
        "# bed-exit\n\nDetects a person leaving bed.",
        "young volunteers",
        "not patients",
        "CC BY 4.0",
        "Reyes-Ortiz et al. 2016",
        f"| | validation | test |\n|---|---|---|\n| mean | 0.9123 | {bundle.manifest.metrics['test']['mean']:.4g} |",
        "acc_x (g), acc_y (g), acc_z (g); 25 samples per second",
        "zoo predict exported/bed-exit recording.csv",
        SENSOR.recipe_sha256,
        bundle.manifest.model_sha256,
        "Native recurrent nodes: 1 GRU.",
        "on 6 inputs, 1 of them real",
    ):
        assert passage in text


def test_a_metric_that_is_not_a_number_is_null_in_the_file_and_the_card_is_the_same(tmp_path: Path) -> None:
    bundle = write_sensor(tmp_path / "bed-exit", score=lambda predict: {"delay_s": float("nan"), "events": 0})
    manifest = load(bundle.folder).manifest
    assert manifest.metrics["test"] == {"delay_s": None, "events": 0}
    assert manifest.parity is not None
    assert manifest.parity.metrics == {"delay_s": MetricPair(None, None), "events": MetricPair(0, 0)}
    assert card(manifest) == (bundle.folder / "card.md").read_text(encoding="utf-8")


def test_the_manifest_of_a_users_own_model_may_omit_data_and_model_facts(tmp_path: Path) -> None:
    minimal = Manifest("mine", SENSOR.task, "", "0" * 64, SENSOR.input, SENSOR.output, SENSOR.events)
    manifest = load(write_sensor(tmp_path / "mine", manifest=minimal).folder).manifest
    assert manifest.runtime is not None
    assert manifest.parity is not None
    assert (manifest.data, manifest.model.cell, manifest.model.parameters) == (
        None,
        None,
        sensor_model().count_params(),
    )


def test_the_card_of_a_text_model_names_the_extra_package(tmp_path: Path) -> None:
    text = (write_text(tmp_path / "next-word").folder / "card.md").read_text(encoding="utf-8")
    assert 'pip install "sequence-zoo[text]"' in text
    assert 'print(model.predict("thank you very"))' in text
    assert "film reviews" in text


def test_answers_are_recorded_with_the_inputs(tmp_path: Path) -> None:
    bundle = write_text(tmp_path / "next-word")
    keys = {entry.key: entry.value for entry in onnx.load(bundle.folder / "model.onnx").metadata_props}
    first, second = json.loads(keys["zoo.selftest"])
    answer = load(bundle.folder).predict("thank you very")
    assert first == {"input": "thank you very", "label": answer.label, "score": pytest.approx(answer.score)}
    assert second["input"] == "much"


def test_a_streaming_bundle_declares_its_states_and_explains_their_use(tmp_path: Path) -> None:
    bundle = write_sensor(tmp_path / "bed-exit", streaming=True)
    streaming = bundle.manifest.streaming
    assert streaming is not None
    assert [(state.input, state.output, state.sizes, state.initial) for state in streaming.states] == [
        ("state.recurrent.h", "state.recurrent.h.next", (4,), 0.0)
    ]
    pieces = bundle.manifest.parity.pieces
    assert pieces.inputs >= 3
    assert pieces.largest <= pieces.allowed == 1e-6
    runner = load(bundle.folder)
    stream = runner.stream()
    assert isinstance(stream, Stream)
    scores = []
    for sample in RECORDING:
        stream.push(sample)
        scores.append(stream.score)
    np.testing.assert_allclose(scores, runner.predict(RECORDING).steps, atol=1e-6)
    card = (bundle.folder / "card.md").read_text()
    assert (
        "- State `state.recurrent.h`: (batch, 4) float32; 0 for a complete recording and at the start of a stream"
        in card
    )
    assert "for event in stream.push(sample):" in card
    assert "inputs give the same outputs as uncut, to within" in card


def test_a_text_bundle_streams_word_by_word(tmp_path: Path) -> None:
    bundle = write_text(tmp_path / "next-word", streaming=True)
    stream = load(bundle.folder).stream()
    assert isinstance(stream, TextStream)
    prediction = [stream.push(word) for word in ("thank", "you")][-1]
    assert prediction.scores == pytest.approx(load(bundle.folder).predict("thank you").scores, abs=1e-6)
    assert "stream.push(" in (bundle.folder / "card.md").read_text()
