"""Shared by all tests: TensorFlow with one thread and no logs, tiny recipes, and their runs and bundles."""

import gc
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from tiny import write_sensor, write_text

if TYPE_CHECKING:
    from zoo.rundir import Run

pytest_plugins = ["sampling"]

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "Agg")
# Several processes (pytest-xdist) share the cores, so each computes with one thread.
for threads in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

# No deadline, because a slow example on shared cores is not a failure. The same examples in every run, to reproduce
# failures.
settings.register_profile("zoo", deadline=None, derandomize=True)
settings.load_profile("zoo")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    # Every process must collect the same names, but compressed bytes may contain their time of creation.
    return argname if isinstance(val, bytes) else None


def pytest_collection_finish() -> None:
    # All modules imported so far stay in memory; the garbage collector need not examine them again.
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _torch_is_not_imported() -> Iterator[None]:
    """The compilers in PyTorch and TensorFlow conflict: a process that imports both aborts."""
    yield
    assert not {"torch", "tensorflow"} <= sys.modules.keys(), "expected PyTorch in a separate process, got it here"


#: Returns the folder of a name; the function writes it when the first process of the tests requests it.
Once = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    from filelock import FileLock

    root = tmp_path_factory.getbasetemp()
    root = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root

    def folder(name: str, write: Callable[[Path], object]) -> Path:
        path = root / f"once-{name}"
        with FileLock(root / f"once-{name}.lock"):
            if not (path / "complete").exists():
                shutil.rmtree(path, ignore_errors=True)
                path.mkdir()
                write(path)
                (path / "complete").touch()
        return path

    return folder


def _train(recipe: Path) -> None:
    from zoo.recipe import Recipe
    from zoo.training import train

    train(Recipe.load(recipe, ["training.epochs=12"]), root=recipe.parent / "runs")


def _export(run: "Run", bundle: Path, **options: int) -> None:
    from zoo.bundles import export_run

    export_run(run, bundle, **options)


def _run(folder: Path) -> "Run":
    from zoo.rundir import Run

    (path,) = folder.glob("runs/*/*")
    return Run.open(path)


@pytest.fixture
def tiny_sensor(tmp_path: Path) -> Path:
    """A recipe with synthetic recordings of eight people."""
    return write_sensor(tmp_path)


@pytest.fixture
def tiny_text(tmp_path: Path) -> Path:
    """A recipe with synthetic sentences."""
    return write_text(tmp_path)


@pytest.fixture(scope="session")
def sensor_run(once: Once) -> "Run":
    """`tiny_sensor` after 12 epochs. All tests share it and must not change it."""
    return _run(once("sensor-run", lambda folder: _train(write_sensor(folder))))


@pytest.fixture(scope="session")
def text_run(once: Once) -> "Run":
    """`tiny_text` after 12 epochs. All tests share it and must not change it."""
    return _run(once("text-run", lambda folder: _train(write_text(folder))))


@pytest.fixture(scope="session")
def sensor_bundle(once: Once, sensor_run: "Run") -> Path:
    """The bundle of `sensor_run`. All tests share it and must not change it."""
    return once("sensor-bundle", lambda folder: _export(sensor_run, folder / "bundle")) / "bundle"


@pytest.fixture(scope="session")
def text_bundle(once: Once, text_run: "Run") -> Path:
    """The bundle of `text_run`, with opset 14. All tests share it and must not change it."""
    return once("text-bundle", lambda folder: _export(text_run, folder / "bundle", opset=14)) / "bundle"
