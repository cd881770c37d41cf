"""docs/measured/runtimes.md describes what other runtimes do with exported files."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from edge.conftest import Parts, gru_parts, live_parts, next_word_parts, threshold_parts, typing_parts
from examples.conftest import SERVE, STAND_IN
from portability.pretend import doubled, forgetful, onnxruntime

from benchmarks.portability import web
from benchmarks.portability.document import COMMAND, DOCUMENT, facts, measured_facts, page
from benchmarks.portability.exports import BATCH, LENGTHS, TIME, Export, bundle_exports, write_exports
from benchmarks.portability.measuring import DIES, Verdict, Verdicts, judged, measure, measure_all
from benchmarks.portability.runtimes import RUNTIMES, Runtime

__all__ = ["gru_parts", "live_parts", "next_word_parts", "threshold_parts", "typing_parts"]

MATRIX = pytest.mark.thorough("of every exported model on every other runtime")

Exports = tuple[list[Export], dict[str, str]]


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Exports:
    return write_exports(tmp_path_factory.mktemp("exports"))


@pytest.fixture(scope="module")
def measured(exports: Exports) -> Mapping[str, Verdicts]:
    return measure_all([runtime for runtime in RUNTIMES if not runtime.missing()], exports[0])


@MATRIX
def test_every_chosen_model_is_exported(exports: Exports) -> None:
    files, left_out = exports
    assert len(files) > 100
    assert left_out == {}


@MATRIX
@pytest.mark.parametrize("runtime", RUNTIMES, ids=lambda runtime: runtime.name)
def test_the_document_describes_each_runtime(runtime: Runtime, request: pytest.FixtureRequest) -> None:
    if reason := runtime.missing():
        pytest.skip(f"{runtime.name}: {reason}")
    verdicts = request.getfixturevalue("measured")[runtime.name]
    documented = facts(DOCUMENT.read_text("utf-8"))
    for place, names in measured_facts(runtime, verdicts).items():
        unlisted, outdated = sorted(names - documented[place]), sorted(documented[place] - names)
        assert not unlisted + outdated, (
            f"{place[0]} {runtime.version()} {place[1]}: expected the files in {DOCUMENT.name}, got {unlisted} in "
            f"addition and not {outdated}. If that is correct, run: {COMMAND}"
        )


@MATRIX
def test_every_runtime_is_measured_on_every_export(exports: Exports, measured: Mapping[str, Verdicts]) -> None:
    assert measured
    assert all(len(verdicts) == len(exports[0]) for verdicts in measured.values())


@pytest.mark.parametrize("bundle", ["live_parts", "typing_parts"])
def test_a_bundle_for_live_input_runs_uncut_and_in_pieces(
    bundle: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    parts: Parts = request.getfixturevalue(bundle)
    whole, pieces = bundle_exports(parts.write(tmp_path / bundle) / "model.onnx")
    assert (whole.name, pieces.name) == (f"exported/{bundle}", f"exported/{bundle}, in pieces")
    assert whole.feeds["state.gru.h"].tolist() == np.zeros((BATCH, 3)).tolist()
    assert pieces.cuts is not None
    assert sum(pieces.cuts.lengths) == TIME == pieces.feeds["input"].shape[1]
    assert len(pieces.cuts.lengths) == len(LENGTHS)
    assert set(measure(onnxruntime, [whole, pieces]).values()) == {Verdict("equal")}
    assert list(measure(forgetful, [whole, pieces]).values()) == [
        Verdict("equal"),
        Verdict("differs", "different values"),
    ]


def test_initial_states_other_than_zeros_come_from_the_manifest(live_parts: Parts, tmp_path: Path) -> None:
    streaming = live_parts.manifest.streaming
    assert streaming is not None
    streaming = replace(streaming, states=(replace(streaming.states[0], initial=-1.0),))
    parts = replace(live_parts, manifest=replace(live_parts.manifest, streaming=streaming))
    exports = bundle_exports(parts.write(tmp_path / "b") / "model.onnx")
    assert (exports[0].feeds["state.gru.h"] == -1).all()
    assert set(measure(onnxruntime, exports).values()) == {Verdict("equal")}


def test_a_bundle_that_needs_its_complete_input_runs_once(
    gru_parts: Parts, next_word_parts: Parts, tmp_path: Path
) -> None:
    for name, parts in {"recording": gru_parts, "text": next_word_parts}.items():
        (export,) = bundle_exports(parts.write(tmp_path / name) / "model.onnx")
        assert export.cuts is None
        assert list(export.feeds) == ["input"]
        assert measure(onnxruntime, [export]) == {export.name: Verdict("equal")}


def test_after_a_runtime_crashes_the_next_file_is_measured() -> None:
    x = np.ones(3, np.float32)
    files = [Export(name, Path(name), {"x": x}, [2 * x], ()) for name in ("one", "dies", "refuses", "two")]
    assert measure(doubled, files) == {
        "one": Verdict("equal"),
        "dies": Verdict("refuses", DIES),
        "refuses": Verdict("refuses", "operator … of node n is unknown"),
        "two": Verdict("equal"),
    }


#: Runs the substitute for onnxruntime-web in a separate process, because Node lives as long as its process.
ASKING = """
import sys
from pathlib import Path
import numpy as np
from benchmarks.portability import web

folder, model, feeds, outputs = map(Path, sys.argv[1:])
web.installed = lambda: (folder, "")
np.savez(outputs, *web.run(model, dict(np.load(feeds))))
try:
    web.run(feeds, {})
except web.Refused as error:
    print(error)
"""


def test_onnxruntime_web_gets_files_and_gives_arrays(live_parts: Parts, tmp_path: Path) -> None:
    if web.node() is None:
        pytest.skip("node is not installed")
    (export, _) = bundle_exports(live_parts.write(tmp_path / "live") / "model.onnx")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / web.PACKAGE).symlink_to(STAND_IN / web.PACKAGE)
    (tmp_path / "package.json").write_text("{}")
    np.savez(tmp_path / "feeds.npz", **export.feeds)
    paths = [tmp_path, export.path, tmp_path / "feeds.npz", tmp_path / "outputs.npz"]
    environment = {"PYTHONPATH": str(STAND_IN.parents[2]), "ZOO_STAND_IN": json.dumps([sys.executable, str(SERVE)])}
    done = subprocess.run(
        [sys.executable, "-c", ASKING, *map(str, paths)],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stderr
    assert judged(list(np.load(tmp_path / "outputs.npz").values()), export.expected) == Verdict("equal")
    assert "INVALID_PROTOBUF" in done.stdout


@pytest.mark.parametrize(
    ("got", "verdict"),
    [
        ([np.ones(3)], Verdict("equal")),
        ([np.ones(3) + 1e-3], Verdict("differs", "different values")),
        ([np.full(3, np.nan)], Verdict("differs", "different values")),
        ([np.ones((3, 1))], Verdict("differs", "different shape of an output")),
        ([np.ones(3)] * 2, Verdict("differs", "different number of outputs")),
    ],
)
def test_the_verdict_on_outputs_depends_on_their_differences(got: list[np.ndarray], verdict: Verdict) -> None:
    assert judged(got, [np.ones(3)]) == verdict


def test_the_committed_document_starts_like_the_template() -> None:
    assert DOCUMENT.read_text("utf-8").startswith(page([], [], {}))


def test_a_document_round_trips_its_facts() -> None:
    runtime = Runtime("some runtime", doubled, lambda: "1", lambda: "", "For a test.")
    files = [Export(name, Path(name), {}, [], ("`sequence_lens`",)) for name in ("GRU, both", "dies", "wrong", "no")]
    verdicts = dict(
        zip(
            [file.name for file in files],
            [
                Verdict("equal"),
                Verdict("refuses", DIES),
                Verdict("differs", "different values"),
                Verdict("refuses", "No"),
            ],
            strict=True,
        )
    )
    text = page([runtime], files, {runtime.name: verdicts})
    assert "| some runtime | 1 | 4 | 1 | 2 | **1** |" in text
    assert "<summary>1: different values; the file has `sequence_lens`</summary>" in text
    assert "\n### Refused\n\n<details><summary>1: “No”</summary>\n\n  `no`\n</details>\n" in text
    assert facts(text) == measured_facts(runtime, verdicts)
    assert facts(text)["some runtime", "refuses"] == {"dies", "no"}
    assert page([runtime], files[:1], {runtime.name: {files[0].name: Verdict("equal")}}).endswith(
        "| some runtime | 1 | 1 | 1 | 0 | 0 |\n\n## some runtime\nFor a test.\n\nAll files give equal results.\n"
    )
