"""The run directory `runs/<recipe>/<id>/`. Training writes each file completely or not at all.

`recipe.yaml` (resolved), `environment.json`, `tokenizer.json` (text), `history.csv`, `model.keras` (best on
validation), `plots/` (`history.png`; for event detection `trade-off.png` and its data, `trade-off.csv`),
`report.html` (everything on one page), `metrics.json` (only in a finished run) and `checkpoints/` (only in an
unfinished one).
"""

import importlib.metadata
import json
import os
import platform
import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from zoo.core.atomic import appearing
from zoo.core.errors import RunError
from zoo.edge.text import Tokenizer
from zoo.recipe import Recipe
from zoo.tasks.task import Fitted

#: Packages whose versions a run and a bundle record.
PACKAGES = ("sequence-zoo", "tensorflow", "tensorflow-cpu", "keras", "numpy", "onnx", "onnxruntime", "tokenizers")


@dataclass(frozen=True)
class Run:
    """One training run."""

    path: Path

    @classmethod
    def open(cls, path: str | Path) -> "Run":
        """Opens a run directory.

        Raises:
            RunError: it contains no `recipe.yaml`.
        """
        run = cls(Path(path))
        if not (run.path / "recipe.yaml").is_file():
            raise RunError(f"{path}: expected a run directory with a recipe.yaml, got none. `zoo train` creates one.")
        return run

    @classmethod
    def create(cls, recipe: Recipe, root: Path | None = None) -> "Run":
        """Creates a run directory and records the recipe and the environment."""
        id_ = f"{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        run = cls((root or runs_root()) / recipe.name / id_)
        run.write("environment.json", json.dumps(environment(), indent=1))
        run.write("recipe.yaml", recipe.to_yaml())
        return run

    @property
    def id(self) -> str:
        """Name of the directory: date, time and two random bytes."""
        return self.path.name

    @cached_property
    def recipe(self) -> Recipe:
        """The resolved recipe."""
        return Recipe.load(self.path / "recipe.yaml")

    @property
    def model_path(self) -> Path:
        """The Keras model that was best on validation."""
        return self.path / "model.keras"

    @property
    def tokenizer(self) -> Tokenizer | None:
        """The tokeniser that the run started with; None for a sensor."""
        path = self.path / "tokenizer.json"
        return Tokenizer.from_json(path.read_text("utf-8"), str(path)) if path.exists() else None

    @property
    def fitted(self) -> Fitted:
        """What was chosen on validation after training."""
        return Fitted.of(self.metrics)

    @property
    def report_path(self) -> Path:
        """The HTML report."""
        return self.path / "report.html"

    @property
    def checkpoint_path(self) -> Path:
        """The state after the last complete epoch."""
        return self.path / "checkpoints" / "last.npz"

    @property
    def finished(self) -> bool:
        """Whether the run has written its metrics."""
        return (self.path / "metrics.json").is_file()

    @property
    def metrics(self) -> dict[str, Any]:
        """Split -> metric -> number, and what was chosen on validation under `events` and `thresholds`.

        Raises:
            RunError: the run is not finished.
        """
        if not self.finished:
            raise RunError(f"{self.path}: the run is not finished. Resume with: zoo train {self.recipe.name} --resume")
        try:
            return json.loads((self.path / "metrics.json").read_text("utf-8"))
        except ValueError:
            raise RunError(f"{self.path / 'metrics.json'}: expected JSON, got a damaged file. Train again.") from None

    def write(self, name: str, content: str | bytes) -> Path:
        """Writes one file of the run, completely or not at all."""
        target = self.path / name
        with appearing(target) as stream:
            stream.write(content.encode() if isinstance(content, str) else content)
        return target


def runs_root() -> Path:
    """The folder of all runs: the environment's `ZOO_RUNS`, or else `runs` in the working directory."""
    return Path(os.environ.get("ZOO_RUNS", "runs"))


def all_runs(recipe_name: str, root: Path | None = None) -> list[Run]:
    """The runs of a recipe, oldest first."""
    folder = (root or runs_root()) / recipe_name
    return [Run(path.parent) for path in sorted(folder.glob("*/recipe.yaml"))]


def latest(recipe_name: str, root: Path | None = None, *, finished: bool = True) -> Run:
    """The newest finished run of a recipe, or the newest unfinished one.

    Raises:
        RunError: there is none.
    """
    runs = [run for run in all_runs(recipe_name, root) if run.finished == finished]
    if not runs:
        folder = (root or runs_root()) / recipe_name
        if finished:
            raise RunError(f"{folder}: expected a finished run, found none. Train one with: zoo train {recipe_name}")
        raise RunError(
            f"{folder}: expected an interrupted run to resume, found none. Start with: zoo train {recipe_name}"
        )
    return runs[-1]


def environment() -> dict[str, Any]:
    """The versions and the machine that results depend on."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpus": os.cpu_count(),
        "packages": versions(),
    }


def versions() -> dict[str, str]:
    """The installed versions of the packages that results depend on."""
    installed: dict[str, str] = {}
    for package in PACKAGES:
        try:
            installed[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return installed
