"""Small bundles written by hand with onnx, without the exporter."""

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zoo.core.events import EventRule
from zoo.core.manifest import (
    MANIFEST_KEY,
    SELFTEST_KEY,
    TOKENIZER_KEY,
    Feature,
    Manifest,
    Output,
    RecordingInput,
    State,
    Streaming,
    TextInput,
)
from zoo.edge.bundle import MANIFEST_FILE, MODEL_FILE, NO_DIGEST, digest

WORDS = ("<pad>", "<unk>", "<s>", "thank", "you", "very", "much", ".")


@dataclass(frozen=True)
class Parts:
    """The parts of a bundle, so that a test can change one part and seal it again."""

    graph: Any
    manifest: Manifest
    tokenizer: str | None = None
    selftest: list[dict[str, Any]] | None = None
    opset: int = 17
    ir_version: int = 8

    def sealed(self) -> tuple[bytes, Manifest]:
        """The ONNX file, which contains its own hash, and the manifest."""
        manifest = dataclasses.replace(self.manifest, model_sha256=NO_DIGEST)
        if self.tokenizer is not None and manifest.tokenizer_sha256 is None:
            sha256 = hashlib.sha256(self.tokenizer.encode()).hexdigest()
            manifest = dataclasses.replace(manifest, tokenizer_sha256=sha256)
        sha256 = digest(self._serialised(manifest), NO_DIGEST)
        manifest = dataclasses.replace(manifest, model_sha256=sha256)
        return self._serialised(manifest), manifest

    def write(self, folder: Path) -> Path:
        """Writes the bundle's folder; returns its path."""
        folder.mkdir(parents=True)
        model, manifest = self.sealed()
        (folder / MODEL_FILE).write_bytes(model)
        (folder / MANIFEST_FILE).write_text(manifest.to_json(), encoding="utf-8")
        return folder

    def _serialised(self, manifest: Manifest) -> bytes:
        from onnx import helper

        model = helper.make_model(
            self.graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=self.ir_version
        )
        texts = {MANIFEST_KEY: manifest.to_json()}
        if self.tokenizer is not None:
            texts[TOKENIZER_KEY] = self.tokenizer
        if self.selftest is not None:
            texts[SELFTEST_KEY] = json.dumps(self.selftest)
        helper.set_model_props(model, texts)
        return model.SerializeToString()


def graph(nodes: list[Any], weights: dict[str, np.ndarray], features: int | None, output: list[Any]) -> Any:
    """A graph from `input`, ids or values, to `output`."""
    from onnx import TensorProto, helper, numpy_helper

    shape: list[Any] = ["batch", "time"] if features is None else ["batch", "time", features]
    kind = TensorProto.INT32 if features is None else TensorProto.FLOAT
    return helper.make_graph(
        nodes,
        "zoo",
        [helper.make_tensor_value_info("input", kind, shape)],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, output)],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )


def streaming_graph(nodes: list[Any], weights: dict[str, np.ndarray], features: int | None, outputs: int) -> Any:
    """A graph with the state `state.gru.h` of 3 units."""
    from onnx import TensorProto, helper

    made = graph(nodes, weights, features, ["batch", "time", outputs])
    for place, name in ((made.input, "state.gru.h"), (made.output, "state.gru.h.next")):
        place.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 3]))
    return made


def streaming_nodes(source: str) -> list[Any]:
    from onnx import helper

    return [
        helper.make_node("Transpose", [source], ["x"], perm=[1, 0, 2]),
        helper.make_node("Unsqueeze", ["state.gru.h", "first"], ["h0"]),
        helper.make_node("GRU", ["x", "w", "r", "b", "", "h0"], ["y", "h"], hidden_size=3, linear_before_reset=1),
        helper.make_node("Squeeze", ["h", "first"], ["state.gru.h.next"]),
        helper.make_node("Squeeze", ["y", "direction"], ["steps"]),
        helper.make_node("Transpose", ["steps"], ["rows"], perm=[1, 0, 2]),
        helper.make_node("MatMul", ["rows", "k"], ["logit"]),
    ]


STATE = State("state.gru.h", "state.gru.h.next", (3,))


def manifest(task: Any, spec: Any, output: Output, *events: EventRule) -> Manifest:
    return Manifest("hand-made", task, "A bundle for tests.", "ab" * 32, spec, output, events)


def word_tokenizer() -> str:
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

    inner = Tokenizer(models.WordLevel({word: id_ for id_, word in enumerate(WORDS)}, unk_token="<unk>"))
    inner.add_special_tokens(list(WORDS[:3]))
    inner.normalizer = normalizers.Lowercase()
    inner.pre_tokenizer = pre_tokenizers.Split(Regex(r"\w+|[.,!?]"), behavior="removed", invert=True)
    return inner.to_str()


def gru_weights(rng: np.random.Generator, features: int, units: int) -> dict[str, np.ndarray]:
    shapes = {"w": (1, 3 * units, features), "r": (1, 3 * units, units), "b": (1, 6 * units)}
    return {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


@pytest.fixture(scope="session")
def threshold_parts() -> Parts:
    """Scores that depend only on the current step: sigmoid(10 acc - 5), so 0.5 at 0.5 g."""
    from onnx import helper

    nodes = [
        helper.make_node("MatMul", ["input", "k"], ["scaled"]),
        helper.make_node("Add", ["scaled", "b"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["output"]),
    ]
    weights = {"k": np.array([[10], [0]], np.float32), "b": np.array([-5], np.float32)}
    spec = RecordingInput((Feature("acc_x", "g", -4, 4), Feature("gyro_x", "rad/s")), 10.0)
    rule = EventRule("bed-exit", 0.5, 0.25, 0.2, 1.0)
    case = {"input": [[0.0, 0.0], [0.5, 1.0]], "label": "none", "score": 0.5}
    described = manifest("event-detection", spec, Output(("bed-exit",)), rule)
    return Parts(graph(nodes, weights, 2, ["batch", "time", 1]), described, selftest=[case])


@pytest.fixture(scope="session")
def tagging_parts(threshold_parts: Parts) -> Parts:
    """Labels that depend only on the current step: the likelier is "moving" above 0.5 g."""
    from onnx import helper

    nodes = [
        helper.make_node("MatMul", ["input", "k"], ["scaled"]),
        helper.make_node("Add", ["scaled", "b"], ["logit"]),
        helper.make_node("Softmax", ["logit"], ["output"], axis=-1),
    ]
    weights = {"k": np.array([[0, 10], [0, 0]], np.float32), "b": np.array([0, -5], np.float32)}
    described = manifest("tagging", threshold_parts.manifest.input, Output(("still", "moving")))
    return Parts(graph(nodes, weights, 2, ["batch", "time", 2]), described)


@pytest.fixture(scope="session")
def window_parts(threshold_parts: Parts) -> Parts:
    """A label for each second, from the mean of its steps: the likelier is "moving" above 0.5 g."""
    from onnx import helper

    nodes = [
        helper.make_node("ReduceMean", ["input"], ["mean"], axes=[1], keepdims=0),
        helper.make_node("MatMul", ["mean", "k"], ["scaled"]),
        helper.make_node("Add", ["scaled", "b"], ["logit"]),
        helper.make_node("Softmax", ["logit"], ["output"], axis=-1),
    ]
    weights = {"k": np.array([[0, 10], [0, 0]], np.float32), "b": np.array([0, -5], np.float32)}
    output = Output(("still", "moving"), window_steps=10)
    described = manifest("classification", threshold_parts.manifest.input, output)
    case = {"input": [[0.0, 0.0]] * 15, "label": "still", "score": 1 / (1 + float(np.exp(-5)))}
    return Parts(graph(nodes, weights, 2, ["batch", 2]), described, selftest=[case])


@pytest.fixture(scope="session")
def gru_parts(threshold_parts: Parts) -> Parts:
    """The same manifest with a GRU of 3 units."""
    from onnx import helper

    nodes = [
        helper.make_node("Transpose", ["input"], ["x"], perm=[1, 0, 2]),
        helper.make_node("GRU", ["x", "w", "r", "b"], ["y"], hidden_size=3, linear_before_reset=1),
        helper.make_node("Squeeze", ["y", "direction"], ["h"]),
        helper.make_node("Transpose", ["h"], ["rows"], perm=[1, 0, 2]),
        helper.make_node("MatMul", ["rows", "k"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["output"]),
    ]
    rng = np.random.default_rng(0)
    weights = gru_weights(rng, 2, 3)
    weights["k"] = rng.normal(size=(3, 1)).astype(np.float32)
    weights["direction"] = np.array([1], np.int64)
    return dataclasses.replace(threshold_parts, graph=graph(nodes, weights, 2, ["batch", "time", 1]), selftest=None)


@pytest.fixture(scope="session")
def live_parts(threshold_parts: Parts) -> Parts:
    """A GRU of 3 units that runs piece by piece; its scores oscillate around 0.5."""
    from onnx import helper

    rng = np.random.default_rng(0)
    weights = gru_weights(rng, 2, 3)
    weights["k"] = 3 * rng.normal(size=(3, 1)).astype(np.float32)
    weights["direction"], weights["first"] = np.array([1], np.int64), np.array([0], np.int64)
    nodes = [*streaming_nodes("input"), helper.make_node("Sigmoid", ["logit"], ["output"])]
    described = dataclasses.replace(
        threshold_parts.manifest,
        events=(EventRule("bed-exit", 0.6, 0.5, 0.2, 0.7, 0.3, 0.2),),
        streaming=Streaming((STATE,), reset_after_s=3.0),
    )
    return dataclasses.replace(
        threshold_parts, graph=streaming_graph(nodes, weights, 2, 1), manifest=described, selftest=None
    )


@pytest.fixture(scope="session")
def typing_parts(next_word_parts: Parts) -> Parts:
    """A next-word model whose proposals depend on all words before."""
    from onnx import helper

    rng = np.random.default_rng(2)
    weights = gru_weights(rng, 5, 3)
    weights["table"] = rng.normal(size=(len(WORDS), 5)).astype(np.float32)
    weights["k"] = rng.normal(size=(3, len(WORDS))).astype(np.float32)
    weights["direction"], weights["first"] = np.array([1], np.int64), np.array([0], np.int64)
    nodes = [
        helper.make_node("Gather", ["table", "input"], ["embedded"]),
        *streaming_nodes("embedded"),
        helper.make_node("Softmax", ["logit"], ["output"], axis=-1),
    ]
    described = dataclasses.replace(
        next_word_parts.manifest,
        input=dataclasses.replace(next_word_parts.manifest.input, max_tokens=32),
        streaming=Streaming((STATE,)),
    )
    return dataclasses.replace(
        next_word_parts, graph=streaming_graph(nodes, weights, None, len(WORDS)), manifest=described
    )


@pytest.fixture(scope="session")
def sentiment_parts() -> Parts:
    """Embedding of 5, GRU of 3 units over the ids that are not padding, softmax over two labels."""
    from onnx import TensorProto, helper

    nodes = [
        helper.make_node("Gather", ["table", "input"], ["embedded"]),
        helper.make_node("Transpose", ["embedded"], ["x"], perm=[1, 0, 2]),
        helper.make_node("Cast", ["input"], ["present"], to=TensorProto.BOOL),
        helper.make_node("Cast", ["present"], ["ones"], to=TensorProto.INT32),
        helper.make_node("ReduceSum", ["ones", "axis"], ["lengths"], keepdims=0),
        helper.make_node("GRU", ["x", "w", "r", "b", "lengths"], ["", "h"], hidden_size=3, linear_before_reset=1),
        helper.make_node("Squeeze", ["h", "first"], ["last"]),
        helper.make_node("MatMul", ["last", "k"], ["logit"]),
        helper.make_node("Softmax", ["logit"], ["output"], axis=-1),
    ]
    rng = np.random.default_rng(1)
    weights = gru_weights(rng, 5, 3)
    weights["table"] = rng.normal(size=(len(WORDS), 5)).astype(np.float32)
    weights["k"] = rng.normal(size=(3, 2)).astype(np.float32)
    weights["axis"], weights["first"] = np.array([1], np.int64), np.array([0], np.int64)
    described = manifest("sentiment", TextInput(len(WORDS), 6), Output(("negative", "positive")))
    return Parts(graph(nodes, weights, None, ["batch", 2]), described, word_tokenizer())


@pytest.fixture(scope="session")
def next_word_parts() -> Parts:
    """A next word that depends only on the last one: thank -> you -> very -> much -> . -> thank, unknown -> padding."""
    from onnx import helper

    table = np.zeros((len(WORDS), len(WORDS)), np.float32)
    for word, follower in {3: 4, 4: 5, 5: 6, 6: 7, 7: 3, 1: 0, 2: 3}.items():
        table[word, follower] = 4.0
        table[word, (follower + 1) % len(WORDS)] = 2.0
    nodes = [
        helper.make_node("Gather", ["table", "input"], ["logit"]),
        helper.make_node("Softmax", ["logit"], ["output"], axis=-1),
    ]
    spec = TextInput(len(WORDS), 4, begin_id=2)
    described = manifest("next-word", spec, Output((), never=(0, 1, 2)))
    return Parts(graph(nodes, {"table": table}, None, ["batch", "time", len(WORDS)]), described, word_tokenizer())
