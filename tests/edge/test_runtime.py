"""A missing or broken onnxruntime gives a clear message instead of a traceback."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from zoo.edge import machine, runtime
from zoo.edge.device.doctor import examine
from zoo.edge.runner import load
from zoo.edge.runtime import Unusable, import_onnxruntime

# Like onnxruntime 1.17 with numpy 2: numpy prints half a page, and the exception has no message.
CLASH = "import sys\nsys.stderr.write('A module that was compiled using NumPy 1.x cannot be run')\nraise ImportError\n"
CLASHES = (
    "onnxruntime 1.17.3 was built for numpy 1 and cannot be loaded with numpy 2.2.6. "
    'Upgrade it: pip install --upgrade "onnxruntime>=1.19"; or install an older numpy: pip install "numpy<2"'
)


@pytest.fixture
def fake_onnxruntime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a fake onnxruntime, which is imported instead of the installed one."""
    importlib.import_module("onnxruntime")  # so that monkeypatch can restore it
    for name in [name for name in sys.modules if name.partition(".")[0] == "onnxruntime"]:
        monkeypatch.delitem(sys.modules, name)
    package = tmp_path / "first"
    package.mkdir()
    monkeypatch.syspath_prepend(str(package))
    return package / "onnxruntime.py"


def numpy_2(monkeypatch: pytest.MonkeyPatch, release: str) -> None:
    monkeypatch.setattr(machine, "version", lambda package: release)
    monkeypatch.setattr(runtime.np, "__version__", "2.2.6")


def test_an_onnxruntime_built_for_an_older_numpy_is_explained(
    fake_onnxruntime: Path,
    threshold_parts,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fake_onnxruntime.write_text(CLASH)
    numpy_2(monkeypatch, "1.17.3")
    bundle = threshold_parts.write(tmp_path / "b")
    with pytest.raises(Unusable) as caught:
        load(bundle)
    assert str(caught.value) == CLASHES
    findings = {
        finding.check: finding for finding in examine(bundle, start=lambda path: pytest.fail("it cannot start"))
    }
    assert f"{findings['onnxruntime'].text} {findings['onnxruntime'].advice}" == f"No model can run: {CLASHES}"
    assert findings["hashes"].verdict == "ok"
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("verb", [["predict", "{}", "a.csv"], ["watch", "{}", "a.csv"], ["doctor", "{}"]])
def test_the_command_line_reports_it_in_one_line(verb: list[str], threshold_parts, tmp_path: Path) -> None:
    package = tmp_path / "first" / "onnxruntime"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(
        CLASH.replace("raise ImportError", "raise ImportError('libgomp.so.1: no such file')")
    )
    (tmp_path / "a.csv").write_text("acc_x,gyro_x\n0,0\n1,0\n")
    words = [word.format(threshold_parts.write(tmp_path / "b")) if word == "{}" else word for word in verb]
    program = (
        f"import sys; sys.path.insert(0, {str(package.parent)!r}); from zoo.cli import main; sys.exit(main({words!r}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path)
    output = done.stdout if verb[0] == "doctor" else done.stderr
    assert done.returncode == (1 if verb[0] == "doctor" else 2)
    assert "onnxruntime cannot be loaded: libgomp.so.1: no such file. Reinstall it: pip install " in output
    assert "Traceback" not in output
    assert "NumPy 1.x" not in done.stderr


def test_an_import_error_without_a_message_is_reported_by_its_type(
    fake_onnxruntime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_onnxruntime.write_text("raise ImportError")
    numpy_2(monkeypatch, "1.19.2")  # this release works with numpy 2, so the cause must be something else
    with pytest.raises(Unusable, match=r"^onnxruntime cannot be loaded: ImportError\. Reinstall it: pip install "):
        import_onnxruntime()


def test_the_output_of_a_successful_import_is_not_lost(
    fake_onnxruntime: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fake_onnxruntime.write_text("import sys\nsys.stderr.write('no GPU here')\n__version__ = '9.9'\n")
    assert import_onnxruntime().__version__ == "9.9"
    assert capsys.readouterr().err == "no GPU here"


def test_a_missing_onnxruntime_is_reported(threshold_parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(
        Unusable, match=r'^onnxruntime is not installed\. Install it: pip install --upgrade "onnxruntime>='
    ):
        load(threshold_parts.write(tmp_path / "b"))
