"""What a model of a recipe takes and gives, told without learning anything from the data."""

from dataclasses import replace

from zoo.core.manifest import Feature, RecordingInput, TextInput
from zoo.data.loading import load
from zoo.data.records import RecordingSet
from zoo.data.sources import find
from zoo.data.text import BEGIN_ID, PAD_ID, UNKNOWN_ID
from zoo.recipe import CsvData, Recipe, SourceData

#: Input of the model, and names of its classes or of its event.
Outline = tuple[RecordingInput | TextInput, tuple[str, ...]]


def outline(recipe: Recipe) -> Outline:
    """Input and labels of the recipe's model. Reads the user's own CSV files, but fetches nothing.

    Raises:
        DataError: there is no such data set, or the CSV files cannot be used.
    """
    match recipe.data:
        case SourceData(source=name):
            source = find(name)
            return outline_of(recipe, source.features, source.labels)
        case CsvData() as spec:
            data = load(spec)
            return outline_of(recipe, data.features if isinstance(data, RecordingSet) else (), data.label_names)


def outline_of(recipe: Recipe, features: tuple[Feature, ...], labels: tuple[str, ...]) -> Outline:
    """Input and labels of the recipe's model on data with these features and labels."""
    if recipe.events is not None:
        return _sensor_input(recipe, features), (recipe.events.name or recipe.name,)
    text, next_word = recipe.text, recipe.task == "next-word"
    source = TextInput(
        vocabulary=text.tokens.vocabulary,
        max_tokens=text.max_tokens,
        keep=text.keep,
        pad_id=PAD_ID,
        unknown_id=UNKNOWN_ID,
        begin_id=BEGIN_ID if next_word else None,
    )
    return source, () if next_word else labels


def _sensor_input(recipe: Recipe, features: tuple[Feature, ...]) -> RecordingInput:
    """What the recipe leaves out is as a manifest has it by default."""
    data = recipe.data
    said = {"fill": data.fill, "gaps": data.gaps, "max_gap_s": data.max_gap_s}
    given = {key: value for key, value in said.items() if value is not None}
    return replace(RecordingInput(features, recipe.sensor.sample_rate_hz), **given)
