"""What other runtimes do with exported files is what docs/runtimes.md says."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from portability.document import COMMAND, DOCUMENT, facts, measured_facts, render
from portability.exports import Export, write_exports
from portability.measuring import DIES, Verdict, Verdicts, judged, measure, measure_all
from portability.runtimes import RUNTIMES, Feeds, Runtime

Exports = tuple[list[Export], dict[str, str]]


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Exports:
    return write_exports(tmp_path_factory.mktemp("exports"))


@pytest.fixture(scope="module")
def measured(exports: Exports) -> Mapping[str, Verdicts]:
    return measure_all([runtime for runtime in RUNTIMES if not runtime.missing()], exports[0])


def test_every_chosen_model_is_exported(exports: Exports) -> None:
    files, left_out = exports
    assert len(files) > 100
    assert left_out == {}


@pytest.mark.parametrize("runtime", RUNTIMES, ids=lambda runtime: runtime.name)
def test_a_runtime_does_what_the_document_says(runtime: Runtime, request: pytest.FixtureRequest) -> None:
    if reason := runtime.missing():
        pytest.skip(f"{runtime.name}: {reason}")
    verdicts = request.getfixturevalue("measured")[runtime.name]
    documented = facts(DOCUMENT.read_text("utf-8"))
    for place, names in measured_facts(runtime, verdicts).items():
        here, there = sorted(names - documented[place]), sorted(documented[place] - names)
        assert not here + there, (
            f"{place[0]} {runtime.version()} {place[1]}: expected what {DOCUMENT.name} says, got {here} more and "
            f"{there} less. If that is as it should be: {COMMAND}"
        )


def test_no_runtime_is_tried_on_nothing(exports: Exports, measured: Mapping[str, Verdicts]) -> None:
    assert measured
    assert all(len(verdicts) == len(exports[0]) for verdicts in measured.values())


def doubled(path: Path, feeds: Feeds) -> list[np.ndarray]:
    """A runtime that ends the process on the file named `dies`, and refuses the one named `refuses`."""
    if path.name == "dies":
        import os

        os.abort()
    if path.name == "refuses":
        raise ValueError("line one\n3: operator 'Foo' of node 17 is unknown (at /tmp/x.rs:12)")
    return [2 * feeds["x"]]


def test_a_runtime_that_ends_its_process_is_asked_for_the_next_file() -> None:
    x = np.ones(3, np.float32)
    files = [Export(name, Path(name), {"x": x}, [2 * x], ()) for name in ("one", "dies", "refuses", "two")]
    assert measure(doubled, files) == {
        "one": Verdict("equal"),
        "dies": Verdict("refuses", DIES),
        "refuses": Verdict("refuses", "operator … of node n is unknown"),
        "two": Verdict("equal"),
    }


@pytest.mark.parametrize(
    ("got", "verdict"),
    [
        ([np.ones(3)], Verdict("equal")),
        ([np.ones(3) + 1e-3], Verdict("differs", "other numbers")),
        ([np.full(3, np.nan)], Verdict("differs", "other numbers")),
        ([np.ones((3, 1))], Verdict("differs", "shape of an output")),
        ([np.ones(3)] * 2, Verdict("differs", "number of outputs")),
    ],
)
def test_outputs_are_equal_or_not(got: list[np.ndarray], verdict: Verdict) -> None:
    assert judged(got, [np.ones(3)]) == verdict


def test_a_document_gives_back_the_facts_that_it_was_written_from() -> None:
    runtime = Runtime("some runtime", doubled, lambda: "1", lambda: "", "For a test.")
    files = [Export(name, Path(name), {}, [], ("`sequence_lens`",)) for name in ("GRU, both", "dies", "wrong", "no")]
    verdicts = dict(
        zip(
            [file.name for file in files],
            [Verdict("equal"), Verdict("refuses", DIES), Verdict("differs", "other numbers"), Verdict("refuses", "No")],
            strict=True,
        )
    )
    text = render([runtime], files, {runtime.name: verdicts})
    assert "| some runtime | 1 | 4 | 1 | 2 | **1** |" in text
    assert "<summary>1: other numbers; the file has `sequence_lens`</summary>" in text
    assert facts(text) == measured_facts(runtime, verdicts)
    assert facts(text)["some runtime", "refuses"] == {"dies", "no"}
