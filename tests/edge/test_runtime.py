"""onnxruntime that is not there, or does not load: what is said instead of a traceback."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from zoo.edge import machine, runtime
from zoo.edge.device.doctor import examine
from zoo.edge.runner import load
from zoo.edge.runtime import Unusable, import_onnxruntime

# As onnxruntime 1.17 beside numpy 2: numpy prints half a page, and what is raised says nothing.
CLASH = "import sys\nsys.stderr.write('A module that was compiled using NumPy 1.x cannot be run')\nraise ImportError\n"
CLASHES = (
    "onnxruntime 1.17.3 was built for numpy 1 and does not load beside numpy 2.2.6. "
    'Upgrade it: pip install --upgrade "onnxruntime>=1.19"; or take the older numpy: pip install "numpy<2"'
)


@pytest.fixture
def other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of another onnxruntime, which is found before the installed one."""
    importlib.import_module("onnxruntime")  # so that it is there to be put back
    for name in [name for name in sys.modules if name.partition(".")[0] == "onnxruntime"]:
        monkeypatch.delitem(sys.modules, name)
    package = tmp_path / "first"
    package.mkdir()
    monkeypatch.syspath_prepend(str(package))
    return package / "onnxruntime.py"


def numpy_2(monkeypatch: pytest.MonkeyPatch, release: str) -> None:
    monkeypatch.setattr(machine, "version", lambda package: release)
    monkeypatch.setattr(runtime.np, "__version__", "2.2.6")


def test_one_that_was_built_for_the_numpy_before(
    other: Path, threshold_parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other.write_text(CLASH)
    numpy_2(monkeypatch, "1.17.3")
    bundle = threshold_parts.write(tmp_path / "b")
    with pytest.raises(Unusable) as caught:
        load(bundle)
    assert str(caught.value) == CLASHES
    found = {finding.check: finding for finding in examine(bundle, start=lambda path: pytest.fail("it cannot start"))}
    assert f"{found['onnxruntime'].text} {found['onnxruntime'].advice}" == f"No model can run: {CLASHES}"
    assert found["hashes"].verdict == "ok"
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("verb", [["predict", "{}", "a.csv"], ["watch", "{}", "a.csv"], ["doctor", "{}"]])
def test_the_command_line_says_so_in_a_line(verb: list[str], threshold_parts, tmp_path: Path) -> None:
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
    said = done.stdout if verb[0] == "doctor" else done.stderr
    assert done.returncode == (1 if verb[0] == "doctor" else 2)
    assert "onnxruntime does not load: libgomp.so.1: no such file. Install it anew: pip install " in said
    assert "Traceback" not in said
    assert "NumPy 1.x" not in done.stderr


def test_one_that_says_nothing_of_why(other: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other.write_text("raise ImportError")
    numpy_2(monkeypatch, "1.19.2")  # that one loads beside numpy 2: it must be something else
    with pytest.raises(Unusable, match=r"^onnxruntime does not load: ImportError\. Install it anew: pip install "):
        import_onnxruntime()


def test_what_a_good_one_says_while_it_loads_is_not_lost(other: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other.write_text("import sys\nsys.stderr.write('no GPU here')\n__version__ = '9.9'\n")
    assert import_onnxruntime().__version__ == "9.9"
    assert capsys.readouterr().err == "no GPU here"


def test_none_at_all(threshold_parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(
        Unusable, match=r'^onnxruntime is not installed\. Install it: pip install --upgrade "onnxruntime>='
    ):
        load(threshold_parts.write(tmp_path / "b"))
