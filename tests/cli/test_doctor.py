"""`zoo doctor` on the command line: findings as a table and as JSON, and the exit status."""

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from zoo.cli import main
from zoo.edge.device import doctor
from zoo.edge.device.cold import Cold

COLD = Cold(0.5, 0.2, 0.2, 0.1, 70_000_000, 1000, 70_100_000, 0.001)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Times only briefly, and starts no process."""
    fast = partial(doctor.examine, seconds=1e-6, start=lambda path: COLD)
    monkeypatch.setattr(doctor, "examine", fast)


@pytest.mark.usefixtures("quick")
def test_the_name_of_an_exported_bundle(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "bed-exit"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.split()[:2] == ["ok", "hashes"] for line in lines)
    assert any(line.startswith("warning  self-test") and "Export the bundle again." in line for line in lines)
    assert lines[-1] == "No problem, 1 warning."


@pytest.mark.usefixtures("quick")
def test_a_file_with_a_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"")
    assert main(["doctor", str(tmp_path / "broken.onnx")]) == 1
    captured = capsys.readouterr()
    assert "broken.onnx: expected an ONNX file, got an empty file. Copy it again." in captured.out
    assert captured.out.splitlines()[-1] == "1 problem."
    assert captured.err == ""


@pytest.mark.usefixtures("quick")
def test_two_problems(exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "b"
    folder.mkdir()
    (folder / "model.onnx").write_bytes((exported / "bed-exit" / "model.onnx").read_bytes().replace(b"-exit", b"-exot"))
    (folder / "manifest.json").write_text("{}")
    assert main(["doctor", str(folder)]) == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("2 problems, ")


@pytest.mark.usefixtures("quick")
def test_json(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "sentiment", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["file"] == str(Path("exported/sentiment"))
    assert record["problems"] == 0
    assert record["machine"]["onnxruntime"]
    checks = {finding["check"]: finding for finding in record["findings"]}
    assert checks["tokenizers"]["verdict"] == "ok"
    assert checks["memory"]["facts"]["runs"] == 1000
    assert main(["doctor", "nothing-there", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["problems"] == 1


#: Runs in a fresh interpreter without the packages that a device lacks.
PROGRAM = """
import sys
for name in ("tensorflow", "keras", "onnx", "pydantic", "yaml", "matplotlib", "jinja2", "tokenizers"):
    sys.modules[name] = None
from zoo.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("arguments", [["doctor", "bed-exit"], ["bench", "bed-exit", "--seconds", "0.001"]])
def test_the_verb_runs_on_a_device(exported: Path, arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, *arguments], capture_output=True, text=True, cwd=exported.parent
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "RAM" in done.stdout
