"""Recipes that were written when some keys had other names."""

from zoo.inputs import INPUTS
from zoo.recipe.document import Document, Value
from zoo.recipe.kinds import kind_of
from zoo.schema.problems import Path

#: Keys of data that have got another name, and their names before.
FORMERLY = {"files": "csv", "rate_hz": "csv_rate_hz"}
#: Keys of data that were written out for every kind, and their defaults.
DEFAULTS: dict[str, Value] = {"keep": "end", "units": {}}


def in_new_words(document: Document) -> None:
    """Gives keys their present names; in place. Of two names for one key, the one that was typed last counts.

    A file that has both is left as it is: the former name is then an unknown key.
    """
    data = document.value.get("data")
    if not isinstance(data, dict):
        return
    for new, old in FORMERLY.items():
        typed = [path[-1] for path in document.given if path in (("data", new), ("data", old))]
        if old in data and new in data and typed[-1:] == [new]:
            data.pop(old)
        elif old in data and (new not in data or typed):
            kept = {key: value for key, value in data.items() if key != new}
            document.value["data"] = data = {new if key == old else key: value for key, value in kept.items()}
            _move(document, ("data", old), ("data", new))
    # Every default was written out, those of other kinds too.
    row = INPUTS[kind_of(document.value.get("task"), data)]
    for key, default in DEFAULTS.items():
        if key not in row.from_files.model_fields and data.get(key) == default:
            data.pop(key)


def _move(document: Document, old: Path, new: Path) -> None:
    """The lines, and the overrides, of what has another place now."""
    for places in (document.lines, document.given):
        for path in [path for path in places if path[: len(old)] == old]:
            places[(*new, *path[len(old) :])] = places.pop(path)  # pyright: ignore[reportArgumentType]
