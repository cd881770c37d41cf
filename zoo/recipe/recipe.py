"""A recipe: everything that the zoo needs to know to train, evaluate and export one model."""

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError, model_validator

from zoo.recipe.architecture import streamable
from zoo.recipe.catalogue import find
from zoo.recipe.checks import check
from zoo.recipe.data import CsvData, DataSpec, SensorSettings, Task, TextSettings, resolved
from zoo.recipe.document import Document, Value, read_file, read_text
from zoo.recipe.draft import Draft
from zoo.recipe.events import Events
from zoo.recipe.model import ExportSpec, ModelSpec
from zoo.recipe.overrides import override
from zoo.recipe.problems import InvalidRecipe, Problem, settled
from zoo.recipe.spec import Slug, Spec, Text
from zoo.recipe.syntax import write
from zoo.recipe.training import Training
from zoo.recipe.wording import problems_of


class Recipe(Spec):
    """One model: its task, data, layers, training and export."""

    name: Slug
    """What the recipe, its runs and its exported files are called: small letters, digits and hyphens."""
    task: Task
    """What the model is to do."""
    summary: Text
    """One sentence that says what the model does."""
    data: DataSpec
    """What the model learns from."""
    model: ModelSpec
    """What the model is made of."""
    training: Training = Training()
    """How it is trained."""
    events: Events | None = None
    """What counts as an event. event-detection only."""
    export: ExportSpec = ExportSpec()
    """What the exported file must be able to do."""

    @classmethod
    def load(cls, name_or_path: str | Path, overrides: Sequence[str] = ()) -> "Recipe":
        """Reads a shipped recipe by its name, or any recipe by its path.

        Args:
            name_or_path: a shipped name such as "bed-exit", or a path that ends in .yaml or .yml.
            overrides: changes such as "training.epochs=3" or "model.layers.1.recurrent.units=32".

        Raises:
            InvalidRecipe: with every problem of the file and of the overrides at once.
        """
        file = find(name_or_path)
        return _checked(read_file(file), overrides, file.parent.absolute())

    @classmethod
    def from_yaml(cls, text: str, name: str = "recipe.yaml") -> "Recipe":
        """Reads a recipe's text, such as that in a bundle; `name` stands for the file in errors.

        Raises:
            InvalidRecipe: with every problem at once.
        """
        return _checked(read_text(text, name), (), Path.cwd())

    @model_validator(mode="after")
    def _consistent(self) -> "Recipe":
        """Refuses parts that do not fit each other, and fills in the defaults that depend on other keys."""
        if problems := check(_drafted(self)):
            raise InvalidRecipe([str(problem) for problem in problems])
        # A frozen value is changed here once, before anybody has seen it.
        object.__setattr__(self, "data", resolved(self.data, self.task))
        if self.events is not None and self.events.name is None:
            object.__setattr__(self, "events", self.events.model_copy(update={"name": self.name}))
        return self

    @property
    def sensor(self) -> SensorSettings:
        """What the recipe says of its recordings. Only where the task reads a sensor."""
        data = self.data
        assert data.sample_rate_hz is not None
        assert data.window_s is not None
        assert data.stride_s is not None
        return SensorSettings(data.sample_rate_hz, data.window_s, data.stride_s)

    @property
    def text(self) -> TextSettings:
        """What the recipe says of its texts. Only where the task reads text."""
        data = self.data
        assert data.tokens is not None
        assert data.max_tokens is not None
        return TextSettings(data.tokens, data.max_tokens, data.keep)

    def to_yaml(self) -> str:
        """The recipe with every default written out; loads back to an equal recipe."""
        return write(self.model_dump(mode="json"))

    def seen_from(self, folder: Path) -> "Recipe":
        """The same recipe with its CSV files named relative to a folder: fit to be given away."""
        if not isinstance(self.data, CsvData):
            return self
        files = tuple(_relative(Path(name), folder) for name in self.data.csv)
        return self.model_copy(update={"data": self.data.model_copy(update={"csv": files})})

    @property
    def causal(self) -> bool:
        """Whether each output comes from its own and earlier steps alone: the exported file runs on live input then."""
        return self.task != "classification" and streamable(self.model.layers)

    @property
    def digest(self) -> str:
        """The sha256 of the resolved recipe: 64 characters that change if anything in it does."""
        canonical = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def _drafted(recipe: Recipe) -> Draft:
    """The draft of a recipe whose parts are all right."""
    return Draft(
        task=recipe.task,
        data=recipe.data,
        layers=recipe.model.layers,
        tie_embeddings=recipe.model.tie_embeddings,
        training=recipe.training,
        events=recipe.events,
        has_events=recipe.events is not None,
        streaming=recipe.export.streaming,
    )


def _checked(document: Document, overrides: Sequence[str], folder: Path) -> Recipe:
    """The recipe that a document and the overrides make; files in it are relative to `folder`."""
    problems = document.problems + override(document, overrides)
    _resolve_files(document, folder)
    recipe, found = _validated(document.value)
    if recipe is None or problems:
        raise InvalidRecipe(document.render(problems + found))
    return recipe


def _relative(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # on another drive
        return path.name


def _validated(value: dict[str, Value]) -> tuple[Recipe | None, list[Problem]]:
    """The recipe, or everything that keeps the values from being one."""
    try:
        return Recipe.model_validate(value), []
    except ValidationError as error:
        problems = problems_of(error, Recipe)
    except InvalidRecipe:
        problems = []
    return None, settled(problems + check(Draft.read(value)))


def _resolve_files(document: Document, folder: Path) -> None:
    """Makes `data.csv` absolute: relative to the recipe's folder, or to the working directory if given by --set."""
    data = document.value.get("data")
    if not isinstance(data, dict):
        return
    base = folder if document.origin(("data", "csv")) in document.lines else Path.cwd()
    match data.get("csv"):
        case str(file) if file:
            data["csv"] = _placed(file, base)
        case list(files):
            data["csv"] = [_placed(file, base) if isinstance(file, str) else file for file in files]
        case _:
            pass


def _placed(file: str, base: Path) -> str:
    """An absolute name. One that is absolute already stays as it was written: its recipe must read back the same."""
    expanded = os.path.expanduser(file)
    return expanded if os.path.isabs(expanded) else str(base / expanded)
