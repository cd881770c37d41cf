"""Prepares a recipe's data: splits that a model can be trained and scored on.

The order is fixed: load, split (by person, time or the data's own division), learn the tokeniser on the training
split, encode or resample. Windows are cut last.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from zoo.core.errors import DataError
from zoo.core.manifest import Feature
from zoo.core.progress import SILENT, Progress
from zoo.data.examples import Examples
from zoo.data.loading import load_source
from zoo.data.prepared import Prepared
from zoo.data.records import About
from zoo.data.sources import find_source
from zoo.edge.text import Tokenizer
from zoo.inputs import InputKind
from zoo.recipe import Recipe
from zoo.schema.data import FromSource
from zoo.tasks import Task


@dataclass(frozen=True)
class RecipeData(Prepared):
    """A recipe's data, with the table rows of its input kind and its task."""

    recipe: Recipe

    @property
    def kind(self) -> InputKind:
        """The recipe's row in the table of input kinds."""
        return self.recipe.kind

    @property
    def task(self) -> Task:
        """The recipe's row in the table of tasks."""
        return self.recipe.task_row

    @cached_property
    def train(self) -> Examples:
        """The training examples, weighted as the recipe specifies."""
        return self.task.examples(self, "train")

    @cached_property
    def validation(self) -> Examples:
        """The validation examples, scored after each epoch."""
        return self.task.examples(self, "validation")


#: Describes the data of a model that is built without them.
UNKNOWN = About("", "", "", "", "", "")


def load_data(recipe: Recipe, progress: Progress = SILENT) -> Any:
    """Loads the recipe's data set; fetches it first if necessary.

    Raises:
        DataError: the source or a part is unknown, or the user's file cannot be used.
        FetchError: the data set cannot be fetched.
    """
    if isinstance(recipe.data, FromSource):
        return load_source(recipe.data.source, recipe.data.parts, progress)
    return recipe.kind.sets.read(recipe.data, progress)


def split(recipe: Recipe, data: Any) -> Mapping[str, Any]:
    """Splits a data set; returns the name of each split -> its part of the data.

    Raises:
        DataError: a split would be empty.
    """
    return recipe.kind.sets.split(data, recipe.data.split)


def outlined(recipe: Recipe, data: Any, tokenizer: Tokenizer | None = None) -> RecipeData:
    """Describes the input and output of the recipe's model, without encoding any data.

    Raises:
        DataError: the data lack labels that the recipe names.
    """
    return _outline(recipe, data.about, data.features, data.label_names, tokenizer)


def outline(recipe: Recipe) -> RecipeData:
    """Like `outlined`, without loading a registered data set: nothing is fetched. The user's own files are read.

    Raises:
        DataError: the data set is unknown, or the files cannot be used.
    """
    if isinstance(recipe.data, FromSource):
        source = find_source(recipe.data.source)
        return _outline(recipe, UNKNOWN, source.features, source.labels, None)
    return outlined(recipe, load_data(recipe))


def _outline(
    recipe: Recipe,
    about: About,
    features: tuple[Feature, ...],
    names: tuple[str, ...],
    tokenizer: Tokenizer | None,
) -> RecipeData:
    source = recipe.kind.encoding.input(recipe, features, tokenizer, continues_text=recipe.task_row.continues_text)
    return RecipeData(recipe, about, source, recipe.task_row.labels(recipe, names), names, {}, tokenizer)


def prepare(recipe: Recipe, progress: Progress = SILENT, tokenizer: Tokenizer | None = None) -> RecipeData:
    """Loads, splits and encodes the recipe's data.

    Args:
        recipe: what to load and how to divide it.
        progress: reports downloads and slow steps.
        tokenizer: used instead of learning one from the training texts.

    Raises:
        DataError: the data do not fit the recipe: an unknown label, or recordings shorter than a window.
        FetchError: the data cannot be fetched.
    """
    return prepare_loaded(recipe, load_data(recipe, progress), progress, tokenizer)


def prepare_loaded(
    recipe: Recipe, data: Any, progress: Progress = SILENT, tokenizer: Tokenizer | None = None
) -> RecipeData:
    """Like `prepare`, for data that are already loaded."""
    outlined(recipe, data)  # refuses unknown labels before any slow step
    sides = split(recipe, data)
    learn = recipe.kind.encoding.learn
    if tokenizer is None and learn is not None:
        tokenizer = learn(recipe, sides["train"], progress)
    prepared = outlined(recipe, data, tokenizer)
    prepared = replace(prepared, splits={side: encoded(prepared, part) for side, part in sides.items()})
    recipe.task_row.check(prepared)
    return prepared


def check_trainable(prepared: RecipeData) -> None:
    """Refuses data without examples to train on or to choose the best weights on.

    Raises:
        DataError: a split has no example, or a weight is set for an unknown label.
    """
    name, words = prepared.about.name, prepared.kind.words
    for verb, examples in (("train", prepared.train), ("validate", prepared.validation)):
        if not len(examples.lengths):
            raise DataError(
                f"{name}: expected examples to {verb} on, got none: the {words} of that split are too short. "
                "Change data.split, or make the examples shorter."
            )


def encoded(prepared: RecipeData, data: Any) -> Any:
    """Encodes a data set for the model, as the recipe's own data are encoded."""
    return prepared.kind.encoding.encode(data, prepared)
