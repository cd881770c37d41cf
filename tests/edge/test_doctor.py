"""Every finding: each problem is named with advice, and the examination continues."""

import dataclasses
import json
import re
import sys
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from zoo.core.errors import BundleError
from zoo.edge import load
from zoo.edge.device import device_checks, run_checks
from zoo.edge.device.cold import Cold, start_cold
from zoo.edge.device.device_checks import Device
from zoo.edge.device.doctor import examine
from zoo.edge.device.findings import Finding
from zoo.edge.device.operators import foreign, operators
from zoo.edge.device.timing import Times
from zoo.edge.onnxfile import Header
from zoo.edge.releases import READS, oldest_for, reads, remedy

COLD = Cold(0.5, 0.2, 0.2, 0.1, 70_000_000, 1000, 70_100_000, 0.001)


def examined(path: Path, start: Any = lambda path: COLD) -> dict[str, Finding]:
    """The findings by check; for several of one check, the worst."""
    worst: dict[str, Finding] = {}
    order = ("ok", "warning", "problem")
    for finding in examine(path, seconds=1e-6, start=start):
        before = worst.get(finding.check)
        if before is None or order.index(finding.verdict) > order.index(before.verdict):
            worst[finding.check] = finding
    return worst


def verdicts(findings: dict[str, Finding], verdict: str) -> set[str]:
    return {check for check, finding in findings.items() if finding.verdict == verdict}


def text_of(findings: dict[str, Finding], check: str, verdict: str) -> str:
    """Text and advice of a finding, which must have the given verdict."""
    assert findings[check].verdict == verdict, findings[check]
    return f"{findings[check].text} {findings[check].advice}".strip()


def golden(parts, folder: Path, raw: Any):
    """The bundle with a golden input and the model's answer to it."""
    answer = load(parts.write(folder)).predict(raw)
    return dataclasses.replace(parts, selftest=[{"input": raw, "label": answer.label, "score": answer.score}])


@pytest.fixture
def folder(threshold_parts, tmp_path: Path) -> Path:
    return threshold_parts.write(tmp_path / "bed-exit")


@pytest.fixture
def live(live_parts, tmp_path: Path):
    random = np.random.default_rng(0)
    return golden(live_parts, tmp_path / "unproven", random.uniform(-3, 3, (40, 2)).round(3).tolist())


def plain_model(nodes: list[Any], opsets: dict[str, int], functions: Any = ()) -> bytes:
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", "time", 3])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "plain", [x], [y])
    imports = [helper.make_opsetid(domain, version) for domain, version in opsets.items()]
    return helper.make_model(graph, opset_imports=imports, ir_version=8, functions=functions).SerializeToString()


def test_a_good_bundle_has_no_problem(folder: Path) -> None:
    findings = examined(folder)
    assert verdicts(findings, "ok") == findings.keys()
    assert list(findings) == [
        *("python", "numpy", "onnxruntime", "providers", "file", "operators", "manifest", "hashes", "sidecar"),
        *("opset", "runtime", "self-test", "window", "keeps up", "cold start", "memory", "idle"),
    ]
    assert findings["self-test"].text == "The answers match those at export within 0.0001 (1 golden input)."
    assert findings["opset"].facts["opset"] == 17


def test_a_streaming_bundle_is_also_run_piece_by_piece(live, tmp_path: Path) -> None:
    findings = examined(live.write(tmp_path / "live"))
    assert verdicts(findings, "ok") == findings.keys()
    assert findings["live"].text == "Piece by piece, the answers match those for whole inputs (1 golden input)."
    assert findings["step"].text.startswith("A sample pushed into a live stream takes ")
    assert findings["keeps up"].text.startswith("At 10 Hz, a sample arrives every 100 ms: ")


def test_a_bundle_with_windows_is_timed_on_one_window_and_the_next_starts_half_a_window_later(
    window_parts, tmp_path: Path
) -> None:
    findings = examined(window_parts.write(tmp_path / "windows"))
    assert verdicts(findings, "ok") == findings.keys()
    assert findings["window"].text.startswith("A window of 10 steps (golden input, repeated or cut to 10 steps) takes ")
    assert findings["keeps up"].text.startswith("At 10 Hz, a window of 10 steps arrives every 500 ms: ")


@pytest.mark.parametrize(("size", "interval"), [(1, "100 ms"), (9, "400 ms"), (200, "10 s")])
def test_the_interval_of_windows_follows_their_length(window_parts, tmp_path: Path, size: int, interval: str) -> None:
    output = dataclasses.replace(window_parts.manifest.output, window_steps=size)
    manifest = dataclasses.replace(window_parts.manifest, output=output)
    findings = examined(dataclasses.replace(window_parts, manifest=manifest).write(tmp_path / "windows"))
    assert findings["keeps up"].text.startswith(f"At 10 Hz, a window of {size} steps arrives every {interval}: ")


def test_a_text_streaming_bundle_is_also_run_word_by_word(typing_parts, tmp_path: Path) -> None:
    parts = golden(typing_parts, tmp_path / "unproven", "Thank you very ++ much .")
    findings = examined(parts.write(tmp_path / "typed"))
    assert verdicts(findings, "ok") == findings.keys()
    assert findings["live"].text == "Piece by piece, the answers match those for whole inputs (1 golden input)."
    assert findings["step"].text.startswith("A word pushed into a live stream takes ")
    assert "keeps up" not in findings


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("notes.txt", b"hello", r"expected a bundle's folder or \.onnx file, got a file 'notes\.txt'\."),
        ("text.onnx", b"hello", r"expected an ONNX file, got one that starts with b'hello'\."),
        ("empty.onnx", b"", r"expected an ONNX file, got an empty file\. Copy it again\."),
        ("nothing.onnx", None, r"expected a bundle's folder or \.onnx file, got nothing there\."),
    ],
)
def test_anything_but_an_onnx_file_is_reported_as_a_problem(
    tmp_path: Path, name: str, content: bytes | None, message: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    findings = examined(tmp_path / name)
    assert verdicts(findings, "problem") == {"file"}
    assert re.search(message, text_of(findings, "file", "problem"))
    assert findings["onnxruntime"].verdict == "ok"


def test_a_folder_without_a_model_is_reported(tmp_path: Path) -> None:
    assert "got a folder without model.onnx." in text_of(examined(tmp_path), "file", "problem")


def test_an_unreadable_file_is_reported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert text_of(examined(folder), "file", "problem").endswith("model.onnx: cannot be read: Permission denied.")


def test_a_truncated_file_is_reported(folder: Path) -> None:
    file = folder / "model.onnx"
    file.write_bytes(file.read_bytes()[:-100])
    text = text_of(examined(folder), "file", "problem")
    assert f"the file is cut short at {file.stat().st_size} bytes. Copy it again." in text


def test_a_damaged_graph_is_reported(tmp_path: Path) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"\x08\x08" + b"\x3a\x04\x0a\x7fxy")  # a node longer than its graph
    findings = examined(tmp_path / "bad.onnx")
    assert "the graph is damaged: it ends within a field. Copy it again." in text_of(findings, "operators", "problem")
    assert "cannot run the file" in text_of(findings, "runtime", "problem")


def test_a_file_with_names_that_are_not_text_prints_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = plain_model([helper.make_node("Relu", ["x"], ["y"], name="abcdefgh")], {"": 13})
    (tmp_path / "bad.onnx").write_bytes(model.replace(b"Relu", b"\xff\xfe\xff\xfe"))
    findings = examined(tmp_path / "bad.onnx")
    assert "the graph is damaged: 'utf-8' codec can't decode" in text_of(findings, "operators", "problem")
    assert "cannot run the file" in text_of(findings, "runtime", "problem")
    assert capsys.readouterr().out == ""


def test_progress_receives_every_part(folder: Path) -> None:
    reports: list[object] = []

    class Recorder:
        def note(self, text: str) -> None:
            raise AssertionError(text)

        @contextmanager
        def bar(self, description: str, total: float | None, unit: str):
            reports.extend((description, total, unit))
            yield reports.append

    examine(folder, seconds=1e-6, start=lambda path: COLD, progress=Recorder())
    assert reports == ["examining", 5, "parts", 1, 1, 1, 1, 1]


def test_a_file_of_another_origin_is_run_on_made_up_input(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(plain_model([helper.make_node("Relu", ["x"], ["y"])], {"": 13}))
    findings = examined(tmp_path / "m.onnx")
    assert verdicts(findings, "problem") == set()
    text = text_of(findings, "manifest", "warning")
    assert text.startswith("The file does not describe its units, rate and answers: it is not a bundle of the zoo.")
    assert findings["window"].text.startswith("A window of 100 steps (made-up input) takes ")
    assert "keeps up" not in findings


def test_an_input_that_cannot_be_made_up_is_reported(tmp_path: Path) -> None:
    x = helper.make_tensor_value_info("x", TensorProto.STRING, ["batch"])
    y = helper.make_tensor_value_info("y", TensorProto.STRING, ["batch"])
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "plain", [x], [y])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    text = text_of(examined(tmp_path / "m.onnx"), "latency", "problem")
    assert "input 'x': expected a tensor of numbers, got tensor(string)." in text


def test_a_future_format_is_named_and_the_graph_still_runs(threshold_parts, tmp_path: Path) -> None:
    future = dataclasses.replace(threshold_parts.manifest, format_version=99)
    findings = examined(dataclasses.replace(threshold_parts, manifest=future).write(tmp_path / "b"))
    text = text_of(findings, "manifest", "problem")
    assert "manifest.format_version: expected at most 3, got 99. Upgrade sequence-zoo." in text
    assert findings["window"].verdict == "ok"
    assert text_of(findings, "cold start", "warning").startswith("Cold start and memory were not measured")


def test_a_tampered_file_is_named_and_its_answers_still_compared(folder: Path) -> None:
    file = folder / "model.onnx"
    model = bytearray(file.read_bytes())
    model[model.index(b"\x00\x00\x20\x41")] ^= 1  # 10.0 as float32
    file.write_bytes(model)
    findings = examined(folder)
    assert "the file is damaged: expected sha256 " in text_of(findings, "hashes", "problem")
    assert text_of(findings, "hashes", "problem").endswith("Copy it again.")
    assert findings["self-test"].verdict == "ok"


def test_another_tokeniser_than_the_exported_one_is_reported(sentiment_parts, tmp_path: Path) -> None:
    manifest = dataclasses.replace(sentiment_parts.manifest, tokenizer_sha256="cd" * 32)
    findings = examined(dataclasses.replace(sentiment_parts, manifest=manifest).write(tmp_path / "b"))
    assert f"tokenizer: expected sha256 {'cd' * 32}, got " in text_of(findings, "hashes", "problem")


def test_the_manifest_beside_the_file_is_compared(folder: Path) -> None:
    side = folder / "manifest.json"
    side.write_text(side.read_text().replace("hand-made", "another"))
    text = text_of(examined(folder), "sidecar", "problem")
    assert "expected the manifest of model.onnx, got another one. Export the bundle again." in text
    side.unlink()
    text = text_of(examined(folder), "sidecar", "warning")
    assert text.endswith("needs it. Copy the whole folder if you use such a runtime.")
    assert "sidecar" not in examined(folder / "model.onnx")


@pytest.mark.parametrize(("key", "what"), [("opset", "opset 99, IR version 8"), ("ir_version", "IR version 99")])
def test_an_unreadable_version_is_reported_from_the_table_and_by_onnxruntime(
    threshold_parts, tmp_path: Path, key: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest = ".".join(map(str, max(READS)))
    monkeypatch.setattr(device_checks, "device", lambda: Device("3.11.1", "2.1.0", newest, ("CPUExecutionProvider",)))
    findings = examined(dataclasses.replace(threshold_parts, **{key: 99}).write(tmp_path / "b"))
    text = text_of(findings, "opset", "problem")
    assert what in text
    assert f"onnxruntime {newest} reads up to opset " in text
    assert text.endswith("Upgrade onnxruntime to the newest, or export with --opset 17.")
    assert "this onnxruntime (" in text_of(findings, "runtime", "problem")
    assert findings["hashes"].verdict == "ok"


@pytest.mark.parametrize(
    ("version", "opened", "verdict", "text"),
    [
        ("1.17.3", False, "problem", "onnxruntime 1.17.3 reads up to opset 20 and IR version 9 only. Upgrade "),
        ("1.17.3", False, "problem", "Upgrade onnxruntime to 1.23 or newer, or export with --opset 17."),
        (
            "1.17.3",
            True,
            "warning",
            "is known to read up to opset 20 and IR version 9. Whether it opens the file, below, is",
        ),
        ("1.23.0", True, "ok", "onnxruntime 1.23.0 reads up to opset 23 and IR version 11."),
        ("99.0", True, "ok", "onnxruntime 99.0 reads up to at least opset "),
        ("1.2.0", False, "warning", "onnxruntime 1.2.0 is too old. onnxruntime 1.23 or newer reads it."),
        (None, False, "warning", "onnxruntime is missing. onnxruntime 1.23 or newer reads it."),
    ],
)
def test_opsets_are_compared_with_the_releases(version: str | None, opened: bool, verdict: str, text: str) -> None:
    finding = device_checks.versions(Device("3.11", "2.0", version), Header(8, 23, {}), opened)
    assert finding.verdict == verdict
    assert text in f"{finding.text} {finding.advice}"


def test_newer_releases_never_read_less() -> None:
    rows = [READS[release] for release in sorted(READS)]
    assert rows == sorted(rows)
    assert oldest_for(17, 8) == "1.12"
    assert oldest_for(99, 8) is None
    assert remedy("1.17.3", 22, 10) == "Upgrade onnxruntime to 1.21 or newer, or export with --opset 17."
    assert remedy("1.10.0", 17, 8) == "Upgrade onnxruntime to 1.12 or newer, or export with --opset 15."
    assert remedy("1.2", 22, 10) == "Upgrade onnxruntime to 1.21 or newer."
    assert reads("1.17.3+cu12") == reads("1.17")
    assert reads("unknown") is None


def test_nonstandard_operators_are_named(tmp_path: Path) -> None:
    node = helper.make_node("FastGelu", ["x"], ["y"], domain="com.microsoft")
    (tmp_path / "m.onnx").write_bytes(plain_model([node], {"": 13, "com.microsoft": 1}))
    text = text_of(examined(tmp_path / "m.onnx"), "operators", "warning")
    assert text.startswith("Not in the ONNX standard: FastGelu (com.microsoft). onnxruntime supports them;")
    node = helper.make_node("Magic", ["x"], ["y"], domain="my.own")
    (tmp_path / "m.onnx").write_bytes(plain_model([node], {"": 13, "my.own": 1}))
    findings = examined(tmp_path / "m.onnx")
    assert text_of(findings, "operators", "warning").endswith(
        "Magic (my.own). The runtime needs a library that provides them."
    )
    assert "my.own" in text_of(findings, "runtime", "problem")


def test_operators_in_branches_and_functions_are_counted() -> None:
    body = helper.make_graph(
        [helper.make_node("Inner", ["x"], ["z"], domain="my.own")], "body", [],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, None)],
    )  # fmt: skip
    branch = helper.make_node("If", ["c"], ["y"], then_branch=body, else_branch=body)
    function = helper.make_function(
        "local", "Twice", ["a"], ["b"], [helper.make_node("Add", ["a", "a"], ["b"])], [helper.make_opsetid("", 13)]
    )
    call = helper.make_node("Twice", ["y"], ["w"], domain="local")
    counts = operators(plain_model([branch, call], {"": 13, "my.own": 1, "local": 1}, [function]), "m.onnx")
    assert counts == {("", "If"): 1, ("my.own", "Inner"): 2, ("", "Add"): 1}
    assert foreign(counts) == [("my.own", "Inner")]


def test_without_onnxruntime_the_file_is_still_checked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    findings = examined(folder)
    text = text_of(findings, "onnxruntime", "problem")
    assert text == (
        "No model can run: onnxruntime is not installed. "
        'Install it: pip install --upgrade "onnxruntime>=1.17"'
    )  # fmt: skip
    assert findings["hashes"].verdict == "ok"
    assert "onnxruntime is missing" in text_of(findings, "opset", "warning")
    assert "window" not in findings


def patch_onnxruntime(monkeypatch: pytest.MonkeyPatch, **attributes: Any) -> None:
    """Replaces the installed onnxruntime by a copy with different attributes."""
    import onnxruntime

    module = ModuleType("onnxruntime")
    vars(module).update({**vars(onnxruntime), **attributes})
    monkeypatch.setitem(sys.modules, "onnxruntime", module)


def test_an_onnxruntime_that_is_too_old_is_reported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    patch_onnxruntime(monkeypatch, __version__="1.10.0")
    findings = examined(folder)
    text = text_of(findings, "onnxruntime", "problem")
    assert text == (
        "1.10.0 is older than 1.17, the oldest supported. "
        'Upgrade it: pip install --upgrade "onnxruntime>=1.17"'
    )  # fmt: skip
    # According to the table it cannot, but this onnxruntime reads the file: that is decisive.
    assert "onnxruntime 1.10.0 is known to read up to opset 15" in text_of(findings, "opset", "warning")
    assert findings["self-test"].verdict == "ok"


def test_a_broken_onnxruntime_is_reported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> list[str]:
        raise ImportError("libgomp.so.1: cannot open\nshared object file")

    patch_onnxruntime(monkeypatch, get_available_providers=broken)
    text = text_of(examined(folder), "onnxruntime", "problem")
    assert "No model can run: onnxruntime is broken: libgomp.so.1: cannot open shared object file." in text


def test_an_onnxruntime_without_the_processor_is_reported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    patch_onnxruntime(monkeypatch, get_available_providers=lambda: ["ToyExecutionProvider"])
    text = text_of(examined(folder), "providers", "problem")
    assert text.startswith("onnxruntime computes on ToyExecutionProvider, not on the processor (CPUExecutionProvider)")


def test_python_and_numpy_that_are_too_old_are_reported() -> None:
    findings = {finding.check: finding for finding in device_checks.installed(Device("3.9.2", "1.25.1", None))}
    assert text_of(findings, "python", "problem") == "3.9.2 is older than 3.10, the oldest supported. Upgrade it."
    assert 'Upgrade it: pip install --upgrade "numpy>=1.26"' in text_of(findings, "numpy", "problem")


def test_packages_older_than_those_the_file_was_made_with_are_reported(threshold_parts, tmp_path: Path) -> None:
    for made, verdict, text in (
        ({"onnxruntime": "99.1", "keras": "3"}, "warning", "The file was made with onnxruntime 99.1 (here "),
        ({"onnxruntime": "1.17"}, "ok", "onnxruntime 1.17: nothing here is older."),
    ):
        manifest = dataclasses.replace(threshold_parts.manifest, made_with=made)
        findings = examined(dataclasses.replace(threshold_parts, manifest=manifest).write(tmp_path / verdict))
        assert text in text_of(findings, "made with", verdict)


def test_without_tokenizers_the_graph_is_still_timed(
    sentiment_parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = sentiment_parts.write(tmp_path / "b")
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    findings = examined(path)
    assert text_of(findings, "tokenizers", "problem") == (
        "The model reads text, but the package tokenizers is missing. "
        'Install it: pip install "sequence-zoo[text]"'
    )  # fmt: skip
    assert "needs the package 'tokenizers'" in text_of(findings, "bundle", "problem")
    assert findings["window"].verdict == "ok"
    assert findings["cold start"].verdict == "warning"


def test_a_graph_that_does_not_match_the_manifest_is_reported(threshold_parts, tmp_path: Path) -> None:
    spec = dataclasses.replace(threshold_parts.manifest.input, name="samples")
    manifest = dataclasses.replace(threshold_parts.manifest, input=spec)
    findings = examined(dataclasses.replace(threshold_parts, manifest=manifest).write(tmp_path / "b"))
    assert "expected the input 'samples' tensor(float) with 3 axes only, got" in text_of(findings, "bundle", "problem")


def test_an_answer_that_differs_from_the_known_one_is_reported(threshold_parts, tmp_path: Path) -> None:
    case = {**threshold_parts.selftest[0], "score": 0.75}
    findings = examined(dataclasses.replace(threshold_parts, selftest=[case]).write(tmp_path / "b"))
    text = text_of(findings, "self-test", "problem")
    assert "self-test[0]: expected none 0.750000, got none 0.500000." in text
    assert text.endswith("Do not use it on this device. Copy the file again, then upgrade onnxruntime.")


def test_missing_and_damaged_known_answers_are_reported(gru_parts, tmp_path: Path) -> None:
    findings = examined(gru_parts.write(tmp_path / "none"))
    assert text_of(findings, "self-test", "warning").startswith("The bundle has no inputs with known answers")
    assert "(made-up input)" in findings["window"].text
    findings = examined(dataclasses.replace(gru_parts, selftest=[{"input": 1}]).write(tmp_path / "damaged"))
    assert "self-test[0]: expected the key 'label', got none." in text_of(findings, "self-test", "problem")
    assert findings["window"].verdict == "ok"


def test_a_known_answer_to_an_invalid_input_is_reported(threshold_parts, tmp_path: Path) -> None:
    case = {"input": "no recording", "label": "none", "score": 0.5}
    findings = examined(dataclasses.replace(threshold_parts, selftest=[case]).write(tmp_path / "b"))
    assert "values: expected (time, 2) numbers with the columns acc_x, gyro_x" in text_of(
        findings, "self-test", "problem"
    )
    assert "(made-up input)" in findings["window"].text


def test_a_model_that_loses_its_state_between_pieces_is_reported(live, tmp_path: Path) -> None:
    graph = type(live.graph)()
    graph.CopyFrom(live.graph)
    for node in graph.node:
        if node.output[0] == "state.gru.h.next":
            node.CopyFrom(helper.make_node("Identity", ["state.gru.h"], ["state.gru.h.next"]))
    findings = examined(dataclasses.replace(live, graph=graph).write(tmp_path / "forgets"))
    assert findings["self-test"].verdict == "ok"
    text = text_of(findings, "live", "problem")
    assert text.startswith(
        "Piece by piece, the answers differ from those for whole inputs: self-test[0]: a score differs by 0."
    )
    assert text.endswith("Do not use it live on this device. Upgrade onnxruntime.")


def test_a_model_that_loses_its_state_between_words_is_reported(typing_parts, tmp_path: Path) -> None:
    parts = golden(typing_parts, tmp_path / "unproven", "thank you very much")
    graph = type(parts.graph)()
    graph.CopyFrom(parts.graph)
    for node in graph.node:
        if node.output[0] == "state.gru.h.next":
            node.CopyFrom(helper.make_node("Identity", ["state.gru.h"], ["state.gru.h.next"]))
    findings = examined(dataclasses.replace(parts, graph=graph).write(tmp_path / "forgets"))
    assert "Piece by piece, the answers differ from those for whole inputs: self-test[0]: expected " in text_of(
        findings, "live", "problem"
    )


def times(p50: float, p95: float) -> Times:
    return Times(p50, p95, p95, 10, 1 / p50)


def test_latency_is_reported_in_suitable_units() -> None:
    finding = run_checks.latency("window", times(0.00004321, 0.25), "A window")
    assert finding.text == "A window takes 43.2 µs (median); 95 % take at most 250 ms."
    assert finding.facts == {"p50_ms": pytest.approx(0.04321), "p95_ms": 250, "calls": 10}
    assert run_checks.milliseconds(1.5) == "1.5 s"


@pytest.mark.parametrize(
    ("p50", "p95", "samples", "verdict", "text"),
    [
        (0.001, 0.002, 1, "ok", "At 10 Hz, a sample arrives every 100 ms: 100 times faster than real time."),
        (0.05, 0.05, 1, "ok", "At 10 Hz, a sample arrives every 100 ms: 2 times faster than real time."),
        (0.001, 0.09, 1, "warning", "The slowest 5 % take 90% of that or more. Check what else is running"),
        (0.2, 0.3, 1, "problem", "arrives every 100 ms and takes 200 ms. Use a faster device, a smaller model"),
        (0.2, 0.3, 10, "ok", "5 times faster than real time."),
    ],
)
def test_the_verdict_on_keeping_up_depends_on_latency_and_rate(
    p50: float, p95: float, samples: int, verdict: str, text: str
) -> None:
    finding = run_checks.keeps_up(times(p50, p95), samples, 10.0, "a sample")
    assert finding.verdict == verdict
    assert text in f"{finding.text} {finding.advice}"
    assert finding.facts["times_real_time"] == pytest.approx(samples / 10 / p50)


def test_the_measurements_of_a_fresh_process_are_reported() -> None:
    start, memory, idle = run_checks.started_cold(COLD)
    assert start.text == "A fresh process answers after 500 ms (import 200 ms, load 200 ms, first answer 100 ms)."
    assert (memory.verdict, memory.text) == ("ok", "70.0 MB in RAM after loading, 70.1 MB after 1000 runs.")
    assert (idle.verdict, idle.text) == ("ok", "While it waits, the process uses 0.1% of a core.")


def test_growing_memory_and_a_busy_processor_are_warnings() -> None:
    _, memory, idle = run_checks.started_cold(dataclasses.replace(COLD, after_bytes=90_000_000, idle_cpu=0.9))
    assert memory.verdict == "warning"
    assert memory.advice == "It grows: restart the process regularly, or upgrade."
    assert idle.verdict == "warning"
    assert idle.text == "While it waits, the process uses 90.0% of a core."


def test_unknown_memory_is_not_reported() -> None:
    cold = dataclasses.replace(COLD, loaded_bytes=None, after_bytes=None, idle_cpu=None)
    assert [finding.check for finding in run_checks.started_cold(cold)] == ["cold start"]


def test_an_unexpected_error_is_a_problem_without_a_traceback(folder: Path) -> None:
    def start(path: Path) -> Cold:
        raise RuntimeError("the device\nis on fire")

    findings = examined(folder, start)
    assert text_of(findings, "cold start", "problem") == "failed with RuntimeError: the device is on fire"


def test_a_fresh_process_runs_the_file(live, tmp_path: Path) -> None:
    cold = start_cold(live.write(tmp_path / "live"), runs=3, idle_s=0.0)
    assert (cold.runs, cold.idle_cpu) == (3, None)
    assert cold.loaded_bytes is None or cold.loaded_bytes > 1e6
    waited = start_cold(tmp_path / "live", runs=0, idle_s=1e-3)
    assert waited.idle_cpu is not None


def test_a_fresh_process_reports_its_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BundleError, match=r"^.*no\.onnx: expected a bundle's folder or \.onnx file, got nothing there"):
        start_cold(tmp_path / "no.onnx")
    monkeypatch.setattr("zoo.edge.device.cold._PROGRAM", "raise SystemExit('no room')")
    with pytest.raises(BundleError, match=r"^a fresh process could not run the file: no room$"):
        start_cold(tmp_path / "no.onnx")


def test_findings_can_be_written_as_json(folder: Path) -> None:
    findings = examine(folder, seconds=1e-6, start=lambda path: COLD)
    assert json.loads(json.dumps([dataclasses.asdict(finding) for finding in findings]))
