"""`zoo bench` on the command line: tables, JSON, refusals."""

import json
from functools import partial
from pathlib import Path

import pytest

from zoo.cli import main
from zoo.cli.ranges import whole_numbers
from zoo.core.errors import InputError
from zoo.edge.device import bench
from zoo.edge.device.cold import Cold

COLD = Cold(0.5, 0.2, 0.1, 0.1, 70_000_000, 0, None, None)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Uses a clock that advances by 1 ms at each reading, and starts no process."""
    now = iter(range(10**9))
    fast = partial(bench.bench, clock=lambda: next(now) / 1000, start=lambda path, **options: COLD)
    monkeypatch.setattr(bench, "bench", fast)


def test_a_table(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "bed-exit", "--seconds", "0.01"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "onnxruntime " in lines[0]
    assert lines[1] == "Input: made-up input"
    header = next(line for line in lines if line.startswith("what"))
    assert header.split()[:7] == ["what", "threads", "batch", "steps", "p50", "p95", "p99"]
    row = next(line.split() for line in lines if line.startswith("window") and " 8 " in line)
    assert row == ["window", "1", "8", "100", *["1", "ms"] * 3, "1,000", "800,000"]
    cost = next(line for line in lines if line.startswith("exported"))
    assert cost.split()[3:] == ["500", "ms", "200", "ms", "100", "ms", "70.0", "MB"]
    method = "answer: from raw input to the prediction; window: the graph alone. Each percentile "
    assert lines[-1].startswith(method)
    assert lines[-1].endswith("a fresh process up to its first answer, median of 3.")


def test_two_files(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "bed-exit", "--vs", "sentiment", "--seconds", "0.01"]) == 0
    out = capsys.readouterr().out
    assert f"Time of {Path('exported/sentiment')} relative to {Path('exported/bed-exit')}:" in out
    assert "1.00 to 1.00" in out


def test_json(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--vs", "bed-exit", "--threads", "1..2", "--window", "5", "--seconds", "0.01", "--json"]
    assert main(["bench", "bed-exit", *arguments]) == 0
    record = json.loads(capsys.readouterr().out)
    assert {"machine", "rows", "files", "compared"} == record.keys()
    row = record["rows"][0]
    assert row["p50_ms"] == row["p95_ms"] == row["p99_ms"] == pytest.approx(1.0)
    assert (row["what"], row["threads"], row["batch"], row["steps"]) == ("answer", 1, 1, 5)
    assert row["windows_per_second"] == pytest.approx(1000.0)
    assert {row["threads"] for row in record["rows"]} == {1, 2}
    assert record["files"][0]["input"] == "made-up input, repeated or cut to 5 steps"
    assert record["compared"][0]["ratio"]["median"] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["bed-exti"], "bed-exti: no such bundle; did you mean 'bed-exit'?"),
        (["bed-exit", "--seconds", "0"], "seconds: expected more than 0, got 0."),
        (["bed-exit", "--threads", "0"], "--threads: expected numbers from 1 to 256 such as 2, 1..4 or 1,4, got '0'."),
        (["bed-exit", "--vs", "nothing"], "nothing: expected a bundle's folder, an .onnx file or a name in exported/."),
        (["bed-exit", "--window", "0"], "Invalid value for '--window'"),
    ],
)
def test_refusals(exported: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    assert main(["bench", *arguments]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "numbers"), [("3", (3,)), ("1..4", (1, 2, 3, 4)), ("4, 1..2,2", (1, 2, 4)), ("2..2", (2,))]
)
def test_whole_numbers(text: str, numbers: tuple[int, ...]) -> None:
    assert whole_numbers(text, "--threads") == numbers


@pytest.mark.parametrize("text", ["", "x", "1..", "4..1", "1,,2", "-1", "257", "1.5", "99999999999"])
def test_malformed_numbers_are_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"^--threads: expected numbers from 1 to 256 such as 2, 1\.\.4 or 1,4, got "):
        whole_numbers(text, "--threads")
