"""The run directory `runs/<recipe>/<id>/`: what training writes, each file whole or not there at all.

`recipe.yaml` (resolved), `environment.json`, `tokenizer.json` (text), `history.csv`, `model.keras` (best on
validation), `plots/` (`history.png`; for event detection `trade-off.png` and its data, `trade-off.csv`),
`report.html` (all of it on one page), `metrics.json` (the run is finished once it is there) and `checkpoints/`
(only while it is not).
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
            RunError: there is no `recipe.yaml` in it.
        """
        run = cls(Path(path))
        if not (run.path / "recipe.yaml").is_file():
            raise RunError(f"{path}: expected a run directory with a recipe.yaml, got none. `zoo train` makes one.")
        return run

    @classmethod
    def create(cls, recipe: Recipe, root: Path | None = None) -> "Run":
        """Makes a new run directory and records the recipe and the environment."""
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
        """The tokeniser that the run was started with; None for a sensor."""
        path = self.path / "tokenizer.json"
        return Tokenizer.from_json(path.read_text("utf-8"), str(path)) if path.exists() else None

    @property
    def fitted(self) -> Fitted:
        """What was chosen on validation after training."""
        return Fitted.of(self.metrics)

    @property
    def report_path(self) -> Path:
        """The page for a person to look at."""
        return self.path / "report.html"

    @property
    def checkpoint_path(self) -> Path:
        """The state after the last whole epoch."""
        return self.path / "checkpoints" / "last.npz"

    @property
    def finished(self) -> bool:
        """Whether the run ended with its metrics."""
        return (self.path / "metrics.json").is_file()

    @property
    def metrics(self) -> dict[str, Any]:
        """Split -> metric -> number, and what was chosen on validation under `events` and `thresholds`.

        Raises:
            RunError: the run is not finished.
        """
        if not self.finished:
            raise RunError(f"{self.path}: the run is not finished. Go on with: zoo train {self.recipe.name} --resume")
        try:
            return json.loads((self.path / "metrics.json").read_text("utf-8"))
        except ValueError:
            raise RunError(f"{self.path / 'metrics.json'}: expected JSON, got a damaged file. Train again.") from None

    def write(self, name: str, content: str | bytes) -> Path:
        """Writes one file of the run, whole or not at all."""
        target = self.path / name
        with appearing(target) as stream:
            stream.write(content.encode() if isinstance(content, str) else content)
        return target


def runs_root() -> Path:
    """`runs` in the working directory, or what `ZOO_RUNS` says."""
    return Path(os.environ.get("ZOO_RUNS", "runs"))


def all_runs(recipe_name: str, root: Path | None = None) -> list[Run]:
    """The runs of a recipe, oldest first."""
    folder = (root or runs_root()) / recipe_name
    return [Run(path.parent) for path in sorted(folder.glob("*/recipe.yaml"))]


def latest(recipe_name: str, root: Path | None = None, *, finished: bool = True) -> Run:
    """The newest run of a recipe that is finished, or that is not.

    Raises:
        RunError: there is none.
    """
    found = [run for run in all_runs(recipe_name, root) if run.finished == finished]
    if not found:
        place = (root or runs_root()) / recipe_name
        if finished:
            raise RunError(f"{place}: expected a finished run, found none. Train one with: zoo train {recipe_name}")
        raise RunError(
            f"{place}: expected an interrupted run to resume, found none. Start with: zoo train {recipe_name}"
        )
    return found[-1]


def environment() -> dict[str, Any]:
    """Versions and machine that results depend on."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpus": os.cpu_count(),
        "packages": versions(),
    }


def versions() -> dict[str, str]:
    """Installed versions of the packages that results depend on."""
    found: dict[str, str] = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
