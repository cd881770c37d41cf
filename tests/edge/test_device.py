"""The package on a device with only Python, numpy and onnxruntime. Each program runs in a fresh interpreter."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

BLOCKED = ("tensorflow", "keras", "onnx", "pydantic", "yaml", "matplotlib", "jinja2", "typer", "rich", "pypi_simple")

BLOCKER = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ImportError(f"blocked: {{name}}")

sys.meta_path.insert(0, Blocker())
"""


def device(program: str, *arguments: object, blocked: tuple[str, ...] = BLOCKED) -> subprocess.CompletedProcess[str]:
    code = BLOCKER.format(blocked=set(blocked)) + program
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        timeout=120,
    )


PREDICT = """
import json
from zoo.edge import load
prediction = load(sys.argv[1]).predict(json.loads(sys.argv[2]))
print(json.dumps([prediction.label, prediction.scores]))
"""


def test_the_blocker_blocks():
    ran = device("import onnx")
    assert ran.returncode == 1
    assert "ImportError: blocked: onnx" in ran.stderr


def test_a_sensor_bundle_needs_only_numpy_and_onnxruntime(gru_parts, tmp_path):
    path = gru_parts.write(tmp_path / "b")
    ran = device(PREDICT, path, "[[0.5, 0.1], [0.2, -0.3]]", blocked=(*BLOCKED, "tokenizers"))
    assert ran.stderr == ""
    assert json.loads(ran.stdout)[1].keys() == {"bed-exit"}


def test_a_text_bundle_also_needs_tokenizers(sentiment_parts, tmp_path):
    path = sentiment_parts.write(tmp_path / "b")
    ran = device(PREDICT, path, '"thank you"')
    assert ran.stderr == ""
    assert json.loads(ran.stdout)[1].keys() == {"negative", "positive"}
    refused = device(PREDICT, path, '"thank you"', blocked=(*BLOCKED, "tokenizers"))
    assert refused.returncode == 1
    message = "model.onnx: needs the package 'tokenizers'. Install it with: pip install \"sequence-zoo[text]\""
    assert message in refused.stderr


@pytest.mark.parametrize(
    "module",
    [
        *("core.events", "core.manifest", "core.plain", "core.tables"),
        *("edge.bundle", "edge.onnxfile", "edge.runner", "edge.selftest", "edge.sensor", "edge.sessions", "edge.text"),
        *("edge.stream", "edge.text_stream", "edge.device.bench", "edge.device.doctor"),
        *("edge.watch.loop", "edge.watch.broker"),
    ],
)
def test_importing_changes_nothing_in_the_process(module):
    program = f"""
import os, random, signal, threading, warnings
import numpy
def state():
    return (dict(os.environ), random.getstate(), str(numpy.random.get_state()), threading.active_count(),
            numpy.geterr(), list(warnings.filters), signal.getsignal(signal.SIGINT), os.getcwd())
before = state()
import zoo.{module}
assert state() == before
assert not {{"onnxruntime", "tokenizers"}} & set(sys.modules)
print("same")
"""
    ran = device(program)
    assert (ran.stdout, ran.stderr) == ("same\n", "")


def test_importing_the_package_avoids_expensive_modules():
    """`importlib.metadata` alone takes 10 ms and 3 MB."""
    # numpy's own imports cannot be avoided; on Python 3.10 they include subprocess.
    program = """
import numpy
before = set(sys.modules)
import zoo.edge
print({"importlib.metadata", "csv", "subprocess"} & set(sys.modules) - before)
"""
    ran = device(program)
    assert (ran.stdout, ran.stderr) == ("set()\n", "")
