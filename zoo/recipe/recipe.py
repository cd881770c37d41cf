"""A recipe: everything that the zoo needs to know to train, evaluate and export one model."""

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, ValidationError, create_model, model_validator

from zoo.inputs import INPUTS, InputKind
from zoo.recipe.catalogue import recipe_file
from zoo.recipe.checks import cross_check, foreign_sections
from zoo.recipe.document import Document, Value, read_file, read_text
from zoo.recipe.drafting import draft_of_values, section_keys
from zoo.recipe.former import rename_former_keys
from zoo.recipe.kinds import DataSpec, with_kind
from zoo.recipe.overrides import override
from zoo.recipe.syntax import write
from zoo.recipe.wording import problems_of
from zoo.schema.architecture import streamable
from zoo.schema.data import FromFiles
from zoo.schema.draft import Draft
from zoo.schema.parts import Parts
from zoo.schema.problems import InvalidRecipe, Problem, root_problems
from zoo.schema.spec import Spec
from zoo.tasks import TASKS, Task, named


def _current_name(value: Any) -> Any:
    """Replaces a task's former name."""
    return named(value) if isinstance(value, str) else value


if TYPE_CHECKING:
    TaskName = str
    Sections = Parts
else:
    TaskName = Annotated[Literal[tuple(TASKS)], BeforeValidator(_current_name)]
    #: The sections that belong to one task each.
    Sections = create_model(
        "Sections",
        __base__=Parts,
        **{task.section.key: (task.section.spec | None, None) for task in TASKS.values() if task.section is not None},
    )


class Recipe(Sections):
    """One model: its task, data, layers, training and export."""

    task: TaskName
    """What the model predicts."""
    data: DataSpec  # pyright: ignore[reportIncompatibleVariableOverride] - frozen
    """The data that the model learns from, and how they are split."""

    @classmethod
    def load(cls, name_or_path: str | Path, overrides: Sequence[str] = ()) -> "Recipe":
        """Reads a shipped recipe by its name, or any recipe by its path.

        Args:
            name_or_path: a shipped name such as "bed-exit", or a path that ends in .yaml or .yml.
            overrides: changes such as "training.epochs=3" or "model.layers.1.recurrent.units=32".

        Raises:
            InvalidRecipe: the file or an override is invalid; lists all problems.
        """
        file = recipe_file(name_or_path)
        return _load(read_file(file), overrides, file.parent.absolute())

    @classmethod
    def from_yaml(cls, text: str, name: str = "recipe.yaml") -> "Recipe":
        """Reads a recipe's text, such as that in a bundle; errors name the file `name`.

        Raises:
            InvalidRecipe: the text is invalid; lists all problems.
        """
        return _load(read_text(text, name), (), Path.cwd())

    @model_validator(mode="before")
    @classmethod
    def _add_kind_of_data(cls, value: Any) -> Any:
        """The keys of data depend on their kind."""
        return with_kind(value)

    @model_validator(mode="after")
    def _consistent(self) -> "Recipe":
        """Refuses parts that do not fit each other, and fills in defaults that depend on other keys."""
        if problems := cross_check(_draft_of(self)):
            raise InvalidRecipe([str(problem) for problem in problems])
        split = self.data.split
        if split.by is None:
            split = split.model_copy(update={"by": self.kind.default_split(self.data)})
            # The value is frozen; it may change only here, before it is returned.
            object.__setattr__(self, "data", self.data.model_copy(update={"split": split}))
        section = self.task_row.section
        if section is not None and section.resolve is not None:
            object.__setattr__(self, section.key, section.resolve(self.section, self.name))
        return self

    @property
    def kind(self) -> InputKind:
        """The row of its kind of data."""
        return INPUTS[self.data.kind]

    @property
    def task_row(self) -> Task:
        """The row of its task."""
        return TASKS[self.task]

    @property
    def section(self) -> Spec | None:
        """The task's section; None if there is none."""
        section = self.task_row.section
        return None if section is None else getattr(self, section.key)

    def _form(self, written: dict[str, Any]) -> dict[str, Any]:
        """Puts the task's section before the section `export`."""
        last = [*section_keys(), "export"]
        return dict(sorted(written.items(), key=lambda item: last.index(item[0]) if item[0] in last else -1))

    def to_yaml(self) -> str:
        """The recipe with every default written out; loads back to an equal recipe."""
        return write(self.model_dump(mode="json"))

    def seen_from(self, folder: Path) -> "Recipe":
        """The same recipe with the paths of the user's files relative to a folder, for use on other machines."""
        if not isinstance(self.data, FromFiles):
            return self
        files = tuple(_relative(Path(name), folder) for name in self.data.files)
        return self.model_copy(update={"data": self.data.model_copy(update={"files": files})})

    @property
    def causal(self) -> bool:
        """Whether each output depends on its own and earlier steps only: then the exported file runs on live input."""
        return self.task_row.device.axes == 3 and streamable(self.model.layers)

    @property
    def digest(self) -> str:
        """The sha256 of the resolved recipe: 64 hexadecimal digits that change with any part of it."""
        canonical = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def _draft_of(recipe: Recipe) -> Draft:
    """The draft of a recipe whose parts are all valid."""
    return Draft(
        task=recipe.task,
        kind=recipe.data.kind,
        data=recipe.data,
        layers=recipe.model.layers,
        tie_embeddings=recipe.model.tie_embeddings,
        training=recipe.training,
        section=recipe.section,
        sections=frozenset(key for key in section_keys() if getattr(recipe, key) is not None),
        streaming=recipe.export.streaming,
    )


def _load(document: Document, overrides: Sequence[str], folder: Path) -> Recipe:
    """The recipe of a document with overrides; files in it are relative to `folder`."""
    problems = document.problems + override(document, overrides)
    rename_former_keys(document)
    _resolve_files(document, folder)
    recipe, more_problems = _validate(document.value)
    if recipe is None or problems:
        raise InvalidRecipe(document.render(problems + more_problems))
    return recipe


def _relative(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # on another drive
        return path.name


def _validate(values: dict[str, Value]) -> tuple[Recipe | None, list[Problem]]:
    """The recipe, or None and all problems of its values."""
    try:
        return Recipe.model_validate(values), []
    except ValidationError as error:
        problems = problems_of(error, Recipe)
    except InvalidRecipe:
        problems = []
    draft = draft_of_values(values)
    return None, root_problems([*foreign_sections(draft), *problems, *cross_check(draft)])


def _resolve_files(document: Document, folder: Path) -> None:
    """Makes `data.files` absolute: relative to the recipe's folder, or to the working directory if set by --set."""
    data = document.value.get("data")
    if not isinstance(data, dict):
        return
    base = folder if document.origin(("data", "files")) in document.lines else Path.cwd()
    match data.get("files"):
        case str(file) if file:
            data["files"] = _absolute(file, base)
        case list(files):
            data["files"] = [_absolute(file, base) if isinstance(file, str) else file for file in files]
        case _:
            pass


def _absolute(file: str, base: Path) -> str:
    """The absolute path. A path that is already absolute is not normalised, so that the recipe reads back the same."""
    expanded = os.path.expanduser(file)
    return expanded if os.path.isabs(expanded) else str(base / expanded)
