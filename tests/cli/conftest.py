"""A folder `exported/` with hand-made tiny bundles, and stand-ins for the modules that train and export."""

import hashlib
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import numpy as np
import onnx
import pytest
import tokenizers
from onnx import TensorProto, helper, numpy_helper

import zoo
from zoo.core.events import EventRule
from zoo.core.manifest import (
    MANIFEST_KEY,
    TOKENIZER_KEY,
    Feature,
    Manifest,
    Output,
    RecordingInput,
    TextInput,
)
from zoo.core.provenance import ModelFacts
from zoo.edge.bundle import digest

#: Vocabulary of the text bundles. The sentiment of a text is the mean of +-2 over its words; `thank` is followed by
#: `you`, `you` by `very`, `very` by `much`.
WORDS = ("<pad>", "<unk>", "<s>", "thank", "you", "very", "much", "good", "bad", "film")
GOOD, BAD = WORDS.index("good"), WORDS.index("bad")


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `exported/bed-exit`, `exported/sentiment` and `exported/next-word`."""
    root = tmp_path_factory.mktemp("bundles")
    for manifest, model, tokenizer in (_bed_exit(), _sentiment(), _next_word()):
        _write(root / "exported" / manifest.name, manifest, model, tokenizer)
    return root


@pytest.fixture
def exported(bundles: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder `exported/`, in the working directory."""
    monkeypatch.chdir(bundles)
    return bundles / "exported"


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Callable[..., ModuleType]:
    """Replaces a module of the zoo, imported or not, by one with the given attributes."""

    def put(name: str, **attributes: object) -> ModuleType:
        assert find_spec(f"zoo.{name}"), f"expected a module of the zoo, got zoo.{name}"
        module = ModuleType(f"zoo.{name}")
        vars(module).update(attributes)
        monkeypatch.setitem(sys.modules, f"zoo.{name}", module)
        parent, _, child = f"zoo.{name}".rpartition(".")
        monkeypatch.setitem(vars(sys.modules.get(parent, zoo)), child, module)
        return module

    return put


def _bed_exit() -> tuple[Manifest, onnx.ModelProto, str | None]:
    """Score = sigmoid(20 x - 10): above 0.5 where the first channel is above 0.5."""
    manifest = Manifest(
        name="bed-exit",
        task="event-detection",
        summary="A channel above one half.",
        recipe_sha256="1" * 64,
        input=RecordingInput(features=(Feature("x", "g", -4, 4), Feature("y", "g", -4, 4)), sample_rate_hz=10.0),
        output=Output(labels=("bed-exit",)),
        events=(EventRule("bed-exit", threshold=0.5, release=0.25),),
        model=ModelFacts("gru", 1234),
        metrics={"test": {"event_f1": 0.93}},
    )
    weights = numpy_helper.from_array(np.array([[20], [0]], np.float32), "w")
    bias = numpy_helper.from_array(np.array([-10], np.float32), "b")
    nodes = [
        helper.make_node("MatMul", ["input", "w"], ["product"]),
        helper.make_node("Add", ["product", "b"], ["sum"]),
        helper.make_node("Sigmoid", ["sum"], ["output"]),
    ]
    x = helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", "time", 2])
    y = helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", "time", 1])
    return manifest, _model(nodes, x, y, [weights, bias]), None


def _sentiment() -> tuple[Manifest, onnx.ModelProto, str | None]:
    table = np.zeros((len(WORDS), 2), np.float32)
    table[BAD, 0] = table[GOOD, 1] = 4
    nodes = [
        helper.make_node("Gather", ["table", "input"], ["rows"]),
        helper.make_node("ReduceMean", ["rows"], ["mean"], axes=[1], keepdims=0),
        helper.make_node("Softmax", ["mean"], ["output"], axis=-1),
    ]
    y = helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", 2])
    model = _model(nodes, _ids(), y, [numpy_helper.from_array(table, "table")])
    return _text_manifest("sentiment", Output(labels=("negative", "positive"))), model, _tokenizer()


def _next_word() -> tuple[Manifest, onnx.ModelProto, str | None]:
    table = np.zeros((len(WORDS), len(WORDS)), np.float32)
    for number in range(3, 6):
        table[number, number + 1] = 5
    nodes = [
        helper.make_node("Gather", ["table", "input"], ["rows"]),
        helper.make_node("Softmax", ["rows"], ["output"], axis=-1),
    ]
    y = helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", "time", len(WORDS)])
    model = _model(nodes, _ids(), y, [numpy_helper.from_array(table, "table")])
    return _text_manifest("next-word", Output(labels=(), never=(0, 1, 2))), model, _tokenizer()


def _text_manifest(task: str, output: Output) -> Manifest:
    return Manifest(
        name=task,
        task=task,  # type: ignore[arg-type]
        summary="A table of words.",
        recipe_sha256="1" * 64,
        input=TextInput(vocabulary=len(WORDS), max_tokens=8),
        output=output,
    )


def _ids() -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info("input", TensorProto.INT32, ["batch", "time"])


def _tokenizer() -> str:
    ids = {word: number for number, word in enumerate(WORDS)}
    inner = tokenizers.Tokenizer(tokenizers.models.WordLevel(ids, unk_token="<unk>"))
    inner.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    return inner.to_str()


def _model(
    nodes: list[onnx.NodeProto], x: onnx.ValueInfoProto, y: onnx.ValueInfoProto, weights: list[onnx.TensorProto]
) -> onnx.ModelProto:
    graph = helper.make_graph(nodes, "tiny", [x], [y], weights)
    return helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])


def _write(folder: Path, manifest: Manifest, model: onnx.ModelProto, tokenizer: str | None) -> None:
    if tokenizer is not None:
        manifest = replace(manifest, tokenizer_sha256=hashlib.sha256(tokenizer.encode()).hexdigest())
    metadata = {MANIFEST_KEY: manifest.to_json()} | ({TOKENIZER_KEY: tokenizer} if tokenizer else {})
    helper.set_model_props(model, metadata)
    content = model.SerializeToString()
    sealed = replace(manifest, model_sha256=digest(content, manifest.model_sha256))
    folder.mkdir(parents=True)
    helper.set_model_props(model, metadata | {MANIFEST_KEY: sealed.to_json()})
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    (folder / "manifest.json").write_text(sealed.to_json(), "utf-8")
