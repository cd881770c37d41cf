"""The runtimes: one adapter and one row in the table for each.

An adapter runs a file once: `(path, feeds by input name) -> outputs in the file's order`. Whatever it raises is the
runtime's refusal. It runs in a process of its own, since a runtime may end the process that it is in.
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

#: numpy's element types as tract writes them.
TRACT_TYPES = {"float32": "f32", "float64": "f64", "int32": "i32", "int64": "i64", "bool": "bool", "int8": "i8"}


@dataclass(frozen=True)
class Runtime:
    """One way to run ONNX files.

    Attributes:
        name: as the document says it.
        run: its adapter.
        version: which one is here; called only where it is not missing.
        missing: why it cannot be tried here, or "".
        about: a sentence about how it is run, for the document.
    """

    name: str
    run: Adapter
    version: Callable[[], str]
    missing: Callable[[], str]
    about: str


def run_openvino(path: Path, feeds: Feeds) -> list[np.ndarray]:
    """OpenVINO on the processor, in full float32."""
    options = {"EXECUTION_MODE_HINT": "ACCURACY", "INFERENCE_NUM_THREADS": 1}
    compiled = _core().compile_model(str(path), "CPU", options)
    results = compiled(feeds)
    return [np.array(results[output]) for output in compiled.outputs]


@cache
def _core() -> Any:
    import openvino

    return openvino.Core()


def run_tract(path: Path, feeds: Feeds) -> list[np.ndarray]:
    """Tract, which is told the sizes of the inputs before it prepares the file."""
    return _run_tract(path, feeds, sizes_given=True)


def run_tract_free(path: Path, feeds: Feeds) -> list[np.ndarray]:
    """Tract, with batch and time left free as the file says."""
    return _run_tract(path, feeds, sizes_given=False)


def run_reference(path: Path, feeds: Feeds) -> list[np.ndarray]:
    """The evaluator of onnx itself, in numpy: the operators' definition, made to be read."""
    from onnx.reference import ReferenceEvaluator

    outputs = ReferenceEvaluator(str(path)).run(None, feeds)
    assert isinstance(outputs, list)
    return [np.asarray(output) for output in outputs]


def _run_tract(path: Path, feeds: Feeds, sizes_given: bool) -> list[np.ndarray]:
    import tract

    model = tract.Onnx().load(str(path))
    names = [model.input_name(index) for index in range(model.input_count())]
    for index, name in enumerate(names if sizes_given else []):
        sizes = [*map(str, feeds[name].shape), TRACT_TYPES[str(feeds[name].dtype)]]
        model.set_input_fact(index, ",".join(sizes))
    results = model.into_model().into_runnable().run([feeds[name] for name in names])
    return [result.to_numpy() for result in results]


def _package(name: str) -> tuple[Callable[[], str], Callable[[], str]]:
    """Version of a Python package, and why it is missing."""

    def missing() -> str:
        return "" if importlib.util.find_spec(name) else f"the package {name} is not installed"

    return lambda: version(name), missing


RUNTIMES = (
    Runtime("OpenVINO", run_openvino, *_package("openvino"), "On the processor, in float32, sizes free."),
    Runtime(
        "tract",
        run_tract,
        *_package("tract"),
        "Told the sizes of the inputs before it prepares a file.",
    ),
    Runtime("tract, sizes free", run_tract_free, *_package("tract"), "Batch and time free, as the files declare them."),
    Runtime("onnxruntime-web", web.run, web.version, web.missing, "Its WebAssembly build, under Node."),
    Runtime(
        "onnx ReferenceEvaluator",
        run_reference,
        *_package("onnx"),
        "The definition of the operators in numpy, made to be read and not to be run.",
    ),
)
