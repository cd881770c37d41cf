"""From a recipe to splits that a model can be trained and scored on.

The order is fixed: load, split (by person, time or the data's own division), then learn the tokeniser on the training
split, then encode or resample. Windows are cut last.
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
from zoo.data.sources import find
from zoo.edge.text import Tokenizer
from zoo.inputs import InputKind
from zoo.recipe import Recipe
from zoo.schema.data import FromSource
from zoo.tasks import Task


@dataclass(frozen=True)
class RecipeData(Prepared):
    """A recipe's data, and the rows of their kind and of the task."""

    recipe: Recipe

    @property
    def kind(self) -> InputKind:
        """The row of the input kind."""
        return self.recipe.kind

    @property
    def task(self) -> Task:
        """The row of the task."""
        return self.recipe.does

    @cached_property
    def train(self) -> Examples:
        """Examples to train on, weighted as the recipe says."""
        return self.task.examples(self, "train")

    @cached_property
    def validation(self) -> Examples:
        """Examples to watch while training."""
        return self.task.examples(self, "validation")


#: Of a model that is built without its data.
UNKNOWN = About("", "", "", "", "", "")


def load(recipe: Recipe, progress: Progress = SILENT) -> Any:
    """The recipe's data set, fetched first if need be.

    Raises:
        DataError: unknown source or part, or the user's file cannot be used.
        FetchError: the data set cannot be had.
    """
    if isinstance(recipe.data, FromSource):
        return load_source(recipe.data.source, recipe.data.parts, progress)
    return recipe.kind.sets.read(recipe.data, progress)


def split(recipe: Recipe, data: Any) -> Mapping[str, Any]:
    """Side of the split -> a data set.

    Raises:
        DataError: a side would be empty.
    """
    return recipe.kind.sets.split(data, recipe.data.split)


def outlined(recipe: Recipe, data: Any, tokenizer: Tokenizer | None = None) -> RecipeData:
    """What a model of the recipe takes and gives, with nothing encoded.

    Raises:
        DataError: the data do not have the labels that the recipe names.
    """
    return _outline(recipe, data.about, data.features, data.label_names, tokenizer)


def outline(recipe: Recipe) -> RecipeData:
    """The same without a data set of the zoo: nothing is fetched. The user's own files are read.

    Raises:
        DataError: there is no such data set, or the files cannot be used.
    """
    if isinstance(recipe.data, FromSource):
        source = find(recipe.data.source)
        return _outline(recipe, UNKNOWN, source.features, source.labels, None)
    return outlined(recipe, load(recipe))


def _outline(
    recipe: Recipe,
    about: About,
    features: tuple[Feature, ...],
    names: tuple[str, ...],
    tokenizer: Tokenizer | None,
) -> RecipeData:
    source = recipe.kind.encoding.input(recipe, features, tokenizer, goes_on=recipe.does.goes_on)
    return RecipeData(recipe, about, source, recipe.does.labels(recipe, names), names, {}, tokenizer)


def prepare(recipe: Recipe, progress: Progress = SILENT, tokenizer: Tokenizer | None = None) -> RecipeData:
    """Loads, splits and encodes the recipe's data.

    Args:
        recipe: what to load and how to divide it.
        progress: hears about downloads and slow steps.
        tokenizer: use this one instead of learning it from the training texts again.

    Raises:
        DataError: the data does not fit the recipe: no such label, recordings shorter than a window.
        FetchError: the data cannot be had.
    """
    return prepare_loaded(recipe, load(recipe, progress), progress, tokenizer)


def prepare_loaded(
    recipe: Recipe, data: Any, progress: Progress = SILENT, tokenizer: Tokenizer | None = None
) -> RecipeData:
    """The same of data that are loaded already."""
    outlined(recipe, data)  # refuses labels that there are not, before anything slow
    sides = split(recipe, data)
    learn = recipe.kind.encoding.learn
    if tokenizer is None and learn is not None:
        tokenizer = learn(recipe, sides["train"], progress)
    prepared = outlined(recipe, data, tokenizer)
    prepared = replace(prepared, splits={side: encoded(prepared, part) for side, part in sides.items()})
    recipe.does.check(prepared)
    return prepared


def check_trainable(prepared: RecipeData) -> None:
    """Refuses data that give nothing to train on, or to choose the best weights by.

    Raises:
        DataError: a side without an example, or a weight for a label that there is not.
    """
    name, words = prepared.about.name, prepared.kind.words
    for verb, examples in (("train", prepared.train), ("validate", prepared.validation)):
        if not len(examples.lengths):
            raise DataError(
                f"{name}: expected examples to {verb} on, got none: its {words} there are too short. "
                "Change data.split, or make an example shorter."
            )


def encoded(prepared: RecipeData, data: Any) -> Any:
    """A data set as the model reads it, encoded as the recipe's own data are."""
    return prepared.kind.encoding.encode(data, prepared)
