import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from zipfile import ZipFile

import pytest

from zoo.build import LayerRow, ModelSummary
from zoo.cli import main
from zoo.core.plain import from_plain
from zoo.core.provenance import Int8Report, MetricPair
from zoo.recipe import Recipe
from zoo.tasks.task import Example

StandIn = Callable[..., ModuleType]


@dataclass(frozen=True)
class Report:
    backend: str
    metrics: dict[str, Any]
    name: str = "bed-exit"
    split: str = "test"
    data: str = "hapt"
    baseline: dict[str, float] = field(default_factory=dict)


def write_run(root: Path, name: str = "bed-exit") -> Path:
    """Writes the files of a finished run that the command line reads."""
    folder = root / "runs" / name / "20260101-000000-abcd"
    folder.mkdir(parents=True)
    (folder / "recipe.yaml").write_text(Recipe.load("bed-exit").to_yaml(), "utf-8")
    (folder / "metrics.json").write_text('{"test": {"event_f1": 0.934, "steps": {"f1": 0.8}}}', "utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ZOO_RUNS", raising=False)
    return tmp_path


def out(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    code = main(arguments)
    captured = capsys.readouterr()
    assert (code, captured.err) == (0, "")
    return captured.out


def mistake(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    code = main(arguments)
    captured = capsys.readouterr()
    assert (code, captured.out) == (2, "")
    return captured.err.strip()


@pytest.mark.usefixtures("exported")
class TestList:
    def test_table(self, capsys: pytest.CaptureFixture[str]) -> None:
        lines = out(capsys, "list").splitlines()
        (row,) = [line.split() for line in lines if line.split()[:1] == ["bed-exit"]]
        assert row == ["bed-exit", "event-detection", "hapt", "gru", "1,234", "event_f1", "0.93", "yes"]

    def test_json_has_every_recipe(self, capsys: pytest.CaptureFixture[str]) -> None:
        records = {record["recipe"]: record for record in map(json.loads, out(capsys, "list", "--json").splitlines())}
        assert {"bed-exit", "next-word", "sentiment"} <= set(records)
        assert records["bed-exit"]["score"] == 0.93
        assert records["sentiment"] | {"summary": ""} == {
            "recipe": "sentiment",
            "task": "classification",
            "summary": "",
            "data": "reviews",
            "cell": "gru",
            "parameters": None,
            "metric": "accuracy",
            "score": None,
            "exported": True,
        }


class TestShow:
    @pytest.fixture(autouse=True)
    def _model(self, stand_in: StandIn) -> None:
        def describe(model: object, kernels: str) -> ModelSummary:
            recurrent = LayerRow("recurrent", "GRU", "? x ? x 64", 18_816, f"kernel {kernels}")
            return ModelSummary((recurrent, LayerRow("output", "Dense", "? x ? x 1", 65)), 18_881)

        stand_in("build", build=lambda prepared: prepared.labels, describe=describe)

    def test_recipe_and_layers(self, capsys: pytest.CaptureFixture[str]) -> None:
        text = out(capsys, "show", "bed-exit", "--set", "model.cell=lstm")
        assert "cell: lstm" in text
        assert "18,816" in text
        assert "18,881 parameters" in text
        assert "kernel auto" in text
        assert "kernel stock" in out(capsys, "show", "bed-exit", "--set", "training.kernels=stock")

    def test_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        record = json.loads(out(capsys, "show", "bed-exit", "--json"))
        assert record["recipe"]["model"]["cell"] == "gru"
        assert record["digest"] == Recipe.load("bed-exit").digest
        assert [layer["parameters"] for layer in record["layers"]] == [18_816, 65]
        assert [layer["kernel"] for layer in record["layers"]] == ["kernel auto", None]

    def test_an_unknown_recipe(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert "did you mean 'bed-exit'?" in mistake(capsys, "show", "bed-exti")

    def test_an_unknown_key(self, capsys: pytest.CaptureFixture[str]) -> None:
        text = mistake(capsys, "show", "bed-exit", "--set", "training.epoch=3")
        assert text == "--set training.epoch: unknown key; did you mean 'epochs'?"


def test_check(capsys: pytest.CaptureFixture[str], stand_in: StandIn) -> None:
    report = SimpleNamespace(rows=[SimpleNamespace(step="export", result="1 GRU, no Loop")])
    stand_in("export", check=lambda recipe, progress: report)
    text = out(capsys, "check", "bed-exit")
    assert "1 GRU, no Loop" in text
    assert "bed-exit can be trained and exported." in text


class TestTrain:
    def test_the_options_reach_the_training_and_the_metrics_are_printed(
        self, capsys: pytest.CaptureFixture[str], folder: Path, stand_in: StandIn
    ) -> None:
        from zoo.rundir import Run

        calls: list[Any] = []

        def train(recipe: Recipe, *, resume: bool, progress: object) -> Run:
            calls.append((recipe.training.epochs, recipe.training.seed, resume))
            return Run.open(write_run(folder))

        stand_in("training", train=train)
        text = out(capsys, "train", "bed-exit", "--set", "training.epochs=3", "--seed", "7", "--resume")
        assert calls == [(3, 7, True)]
        assert text.startswith("Trained: ")
        assert "0.934" in text
        assert "steps.f1" in text
        assert "\nReport: " in text
        assert "report.html\n" in text

    def test_ctrl_c_explains_how_to_resume(self, capsys: pytest.CaptureFixture[str], stand_in: StandIn) -> None:
        def train(recipe: Recipe, **options: object) -> None:
            raise KeyboardInterrupt

        stand_in("training", train=train)
        assert main(["train", "bed-exit"]) == 130
        assert "run: zoo train bed-exit --resume\n" in capsys.readouterr().err
        # Other settings would be refused.
        assert main(["train", "bed-exit", "--set", "training.schedule=cosine", "--seed", "3"]) == 130
        command = "run: zoo train bed-exit --set training.schedule=cosine --seed 3 --resume\n"
        assert command in capsys.readouterr().err


class TestEvaluate:
    @pytest.fixture(autouse=True)
    def _evaluation(self, stand_in: StandIn) -> None:
        def evaluate(target: object, *, split: str, data: str | None, live: bool, progress: object) -> Report:
            backend = "keras" if type(target).__name__ == "Run" else "onnx"
            return Report(backend, {"event_f1": 0.934}, split=split, data=data or "hapt", baseline={"event_f1": 0.1})

        stand_in("evaluation", evaluate=evaluate)

    def test_a_run_is_scored_with_keras_and_a_bundle_with_onnx(
        self, capsys: pytest.CaptureFixture[str], folder: Path, bundles: Path
    ) -> None:
        run = write_run(folder)
        for what, backend in ((str(run), "keras"), ("bed-exit", "keras"), (f"{bundles}/exported/bed-exit", "onnx")):
            assert json.loads(out(capsys, "evaluate", what, "--json"))["backend"] == backend

    def test_a_name_without_a_run_stands_for_the_exported_bundle(
        self, capsys: pytest.CaptureFixture[str], exported: Path
    ) -> None:
        record = json.loads(out(capsys, "evaluate", "bed-exit", "--split", "validation", "--data", "imdb", "--json"))
        assert (record["backend"], record["split"], record["data"]) == ("onnx", "validation", "imdb")

    def test_table(self, capsys: pytest.CaptureFixture[str], exported: Path) -> None:
        lines = out(capsys, "evaluate", "bed-exit").splitlines()
        assert any(line.split() == ["bed-exit", "on", "hapt,", "test", "onnx", "naive"] for line in lines)
        assert any(line.split()[:3] == ["event_f1", "0.934", "0.1"] for line in lines)
        assert any(line.endswith("F1 of alarms against true events") for line in lines)

    def test_neither_run_nor_bundle(self, capsys: pytest.CaptureFixture[str], exported: Path) -> None:
        assert mistake(capsys, "evaluate", "bed-exti") == "bed-exti: no such run or bundle; did you mean 'bed-exit'?"
        assert mistake(capsys, "evaluate", "qqq").endswith(
            "neither runs/ nor exported/ has it. `zoo train` creates a run."
        )


INT8 = {
    "asked": "auto",
    "chosen": "int8 weights",
    "metric": "event_f1, validation",
    "rows": [
        {
            "candidate": "float32",
            "size_bytes": 94_200,
            "ratio": 1.0,
            "latency_ms": 0.61,
            "change": 0.0,
            "metric": 0.93,
            "loss": None,
            "chosen": False,
            "why": "",
        },
        {
            "candidate": "int8 weights",
            "size_bytes": 31_400,
            "ratio": 3.0,
            "latency_ms": 0.6123,
            "change": 0.01,
            "metric": 0.9293,
            "loss": 0.00075,
            "chosen": True,
            "why": "runs wherever float32 runs",
        },
    ],
}


class TestExport:
    @pytest.fixture
    def runtime(self) -> SimpleNamespace:
        """The manifest's facts about the file."""
        return SimpleNamespace(nodes={"GRU": 1, "Conv": 1}, int8=None)

    @pytest.fixture
    def export_calls(
        self, stand_in: StandIn, runtime: SimpleNamespace
    ) -> list[tuple[str, Path, int | None, str | None]]:
        calls: list[tuple[str, Path, int | None, str | None]] = []

        def export_run(run: Any, out: Path, *, opset: int | None, int8: str | None, progress: object) -> object:
            calls.append((run.id, out, opset, int8))
            return SimpleNamespace(folder=out, size_bytes=123_456, manifest=SimpleNamespace(runtime=runtime))

        stand_in("export", export_run=export_run)
        return calls

    def test_a_recipes_latest_run(
        self, capsys: pytest.CaptureFixture[str], folder: Path, export_calls: list[tuple[Any, ...]]
    ) -> None:
        run = write_run(folder)
        text = out(capsys, "export", "bed-exit")
        assert export_calls == [(run.name, Path("exported/bed-exit"), None, None)]
        assert text == "Exported and verified: exported/bed-exit (123 kB, 2 nodes, 1 GRU)\n"

    def test_a_run_to_a_folder(
        self, capsys: pytest.CaptureFixture[str], folder: Path, export_calls: list[tuple[Any, ...]]
    ) -> None:
        run = write_run(folder)
        out(capsys, "export", str(run), "-o", "elsewhere", "--opset", "15", "--int8", "off")
        assert export_calls == [(run.name, Path("elsewhere"), 15, "off")]

    def test_int8_prints_the_measurements(
        self,
        capsys: pytest.CaptureFixture[str],
        folder: Path,
        export_calls: list[tuple[Any, ...]],
        runtime: SimpleNamespace,
    ) -> None:
        write_run(folder)
        runtime.int8 = from_plain(Int8Report, INT8, "int8")
        lines = [line.split() for line in out(capsys, "export", "bed-exit", "--int8", "auto").splitlines()]
        assert export_calls[0][3] == "auto"
        assert lines[2:] == [
            ["size", "smaller", "latency", "ms", "event_f1,", "validation", "loss"],
            ["float32", "94", "kB", "1.00x", "0.61", "0.93", "-"],
            *[
                [
                    ">",
                    "int8",
                    "weights",
                    "31",
                    "kB",
                    "3.00x",
                    "0.6123",
                    "0.9293",
                    "0.07%",
                    *INT8["rows"][1]["why"].split(),
                ]
            ],
        ]

    def test_an_unknown_value_of_int8_is_refused(
        self, capsys: pytest.CaptureFixture[str], folder: Path, export_calls: list[tuple[Any, ...]]
    ) -> None:
        text = mistake(capsys, "export", "bed-exit", "--int8", "yes")
        assert text.startswith("zoo export: Invalid value for '--int8': 'yes' is not one of 'auto', 'on', 'off'.")
        assert export_calls == []

    def test_no_run_yet(
        self, capsys: pytest.CaptureFixture[str], folder: Path, export_calls: list[tuple[Any, ...]]
    ) -> None:
        assert mistake(capsys, "export", "bed-exit").endswith("zoo train bed-exit")
        assert "did you mean 'bed-exit'?" in mistake(capsys, "export", "bed-exti")
        assert export_calls == []

    def test_a_keras_file_is_converted(
        self, capsys: pytest.CaptureFixture[str], folder: Path, stand_in: StandIn
    ) -> None:
        import keras

        written: list[tuple[Any, ...]] = []
        texts: list[SimpleNamespace] = []

        def to_onnx(model: keras.Model, path: Path, *, right_padded: bool, int8: str, **options: object) -> object:
            written.append((model.name, path, int8, right_padded))
            nodes = [SimpleNamespace(op_type="GRU"), SimpleNamespace(op_type="Add")]
            return SimpleNamespace(ByteSize=lambda: 2_500, graph=SimpleNamespace(node=nodes), metadata_props=texts)

        stand_in("export", to_onnx=to_onnx)
        keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)], name="mine").save(folder / "mine.keras")
        text = out(capsys, "export", "mine.keras")
        assert text == "Exported and verified: exported/mine/model.onnx (2 kB, 2 nodes, 1 GRU)\n"
        texts.append(SimpleNamespace(key="zoo.int8", value=json.dumps(INT8 | {"metric": None})))
        lines = [line.split() for line in out(capsys, "export", "mine.keras", "--int8", "on").splitlines()]
        assert lines[0][:5] == ["Exported", "and", "verified,", "int8", "weights:"]
        assert lines[2] == ["size", "smaller", "latency", "ms", "change"]
        assert lines[4][:8] == [">", "int8", "weights", "31", "kB", "3.00x", "0.6123", "0.07%"]
        path = Path("exported/mine/model.onnx")
        out(capsys, "export", "mine.keras", "--right-padded", "-o", "other.onnx")
        assert written == [
            ("mine", path, "off", False),
            ("mine", path, "on", False),
            ("mine", Path("other.onnx"), "off", True),
        ]

    def test_an_invalid_keras_file_is_refused(
        self, capsys: pytest.CaptureFixture[str], folder: Path, stand_in: StandIn
    ) -> None:
        stand_in("export", to_onnx=None)
        (folder / "broken.keras").write_bytes(b"not a zip file")
        with ZipFile(folder / "zip.keras", "w") as archive:
            archive.writestr("readme.txt", "no model")
        for name, text in (
            ("lost", "no such file."),
            ("broken", "expected a .keras file, got a truncated one or another format. Save it again."),
            ("zip", "Keras cannot load the model: it is not a .keras file. Save the model again."),
        ):
            assert main(["export", f"{name}.keras"]) == 2
            assert capsys.readouterr().err.startswith(f"{name}.keras: {text}")

    def test_a_keras_file_that_needs_custom_code_is_refused(
        self, capsys: pytest.CaptureFixture[str], folder: Path, stand_in: StandIn
    ) -> None:
        import keras

        class Custom(keras.layers.Layer):
            def call(self, x: Any) -> Any:
                return x

        stand_in("export", to_onnx=None)
        for name, layer, reason in (
            ("custom", Custom(), "it has a custom layer or function, 'Custom', which only your own code can load."),
            ("code", keras.layers.Lambda(lambda x: x), "it has a Lambda layer, whose code is not run from a file."),
        ):
            keras.Sequential([keras.Input((3,)), layer]).save(folder / f"{name}.keras")
            assert main(["export", f"{name}.keras"]) == 2
            assert capsys.readouterr().err == (
                f"{name}.keras: Keras cannot load the model: {reason} Export the model from Python with to_onnx.\n"
            )

    def test_a_model_file_of_another_kind_is_refused(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        (folder / "mine.h5").write_bytes(b"model")
        assert main(["export", "mine.h5"]) == 2
        assert capsys.readouterr().err.startswith("mine.h5: expected a run, a recipe or a .keras file. Open the model")


def test_run_performs_all_steps_in_order(
    capsys: pytest.CaptureFixture[str], folder: Path, bundles: Path, stand_in: StandIn
) -> None:
    from zoo.rundir import Run

    run = Run.open(write_run(folder))
    bundle = SimpleNamespace(
        folder=bundles / "exported" / "bed-exit",
        size_bytes=9_000,
        manifest=SimpleNamespace(
            name="bed-exit",
            runtime=None,
            parity=SimpleNamespace(metrics={"event_f1": MetricPair(0.934, 0.933)}),
        ),
    )
    stand_in("training", train=lambda recipe, **options: run)
    stand_in("export", export_run=lambda run, out, **options: bundle)
    rows = [{"truth": "[/b] as written", "alarm": "0:12.4"}]
    stand_in("bundles.demo", held_out_example=lambda *a, **o: Example("Recording 02-1", tuple(rows)))
    text = out(capsys, "run", "bed-exit")
    positions = [
        text.index(part)
        for part in ("Trained: ", "Exported and verified: ", "keras", "Recording 02-1", "[/b] as written")
    ]
    assert positions == sorted(positions)
