"""The runtimes: one adapter and one row in the table for each.

An adapter runs a file once: `(path, feeds by input name) -> outputs in the file's order`. Any exception means that the
runtime refuses the file. Adapters run in a separate process, because a runtime may abort its process.
"""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.portability import web

Feeds = dict[str, np.ndarray]
Adapter = Callable[[Path, Feeds], list[np.ndarray]]

#: numpy's element types in tract's notation.
TRACT_TYPES = {"float32": "f32", "float64": "f64", "int32": "i32", "int64": "i64", "bool": "bool", "int8": "i8"}


@dataclass(frozen=True)
class Runtime:
    """One way to run ONNX files.

    Attributes:
        name: name in the document.
        run: its adapter.
        version: returns the installed version; called only if the runtime is not missing.
        missing: returns why it cannot run here, or "".
        about: a sentence for the document about how it is run.
    """

    name: str
    run: Adapter
    version: Callable[[], str]
    missing: Callable[[], str]
    about: str


def run_openvino(path: Path, feeds: Feeds) -> list[np.ndarray]:
    """OpenVINO on the CPU, in full float32."""
    options = {"EXECUTION_MODE_HINT": "ACCURACY", "INFERENCE_NUM_THREADS": 1}
    compiled = _core().compile_model(str(path), "CPU", options)
    results = compiled(feeds)
    return [np.array(results[output]) for output in compiled.outputs]


@cache
def _core() -> Any:
    import openvino

    return openvino.Core()


def run_tract(path: Path, feeds: Feeds) -> list[np.ndarray]:
    """Tract, with the sizes of the inputs set before it prepares the file."""
    return _run_tract(path, feeds, set_sizes=True)


def run_tract_free(path: Path, feeds: Feeds) -> list[np.ndarray]:
    """Tract, with batch and time free, as the file declares them."""
    return _run_tract(path, feeds, set_sizes=False)


def run_reference(path: Path, feeds: Feeds) -> list[np.ndarray]:
    """The evaluator of the onnx package in numpy, which defines the operators."""
    from onnx.reference import ReferenceEvaluator

    outputs = ReferenceEvaluator(str(path)).run(None, feeds)
    assert isinstance(outputs, list)
    return [np.asarray(output) for output in outputs]


def _run_tract(path: Path, feeds: Feeds, set_sizes: bool) -> list[np.ndarray]:
    import tract

    model = tract.Onnx().load(str(path))
    names = [model.input_name(index) for index in range(model.input_count())]
    for index, name in enumerate(names if set_sizes else []):
        sizes = [*map(str, feeds[name].shape), TRACT_TYPES[str(feeds[name].dtype)]]
        model.set_input_fact(index, ",".join(sizes))
    results = model.into_model().into_runnable().run([feeds[name] for name in names])
    return [result.to_numpy() for result in results]


def _package(name: str) -> tuple[Callable[[], str], Callable[[], str]]:
    """Functions that return the version of a Python package, and why it is missing."""

    def missing() -> str:
        return "" if importlib.util.find_spec(name) else f"the package {name} is not installed"

    return lambda: version(name), missing


RUNTIMES = (
    Runtime("OpenVINO", run_openvino, *_package("openvino"), "On the CPU, in float32, with free sizes."),
    Runtime(
        "tract",
        run_tract,
        *_package("tract"),
        "The sizes of the inputs are set before it prepares a file.",
    ),
    Runtime(
        "tract, sizes free", run_tract_free, *_package("tract"), "Batch and time are free, as the files declare them."
    ),
    Runtime("onnxruntime-web", web.run, web.version, web.missing, "The WebAssembly build, in Node."),
    Runtime(
        "onnx ReferenceEvaluator",
        run_reference,
        *_package("onnx"),
        "The definition of the operators in numpy, written to be read, not for speed.",
    ),
)
