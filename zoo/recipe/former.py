"""Reads recipes that use the former names of keys."""

from zoo.inputs import INPUTS
from zoo.recipe.document import Document, Value
from zoo.recipe.kinds import kind_of
from zoo.schema.problems import Path

#: Keys of data that were renamed -> their former names.
FORMER_NAMES = {"files": "csv", "rate_hz": "csv_rate_hz"}
#: Keys of data that earlier versions wrote for every kind of data -> their defaults.
DEFAULTS: dict[str, Value] = {"keep": "end", "units": {}}


def rename_former_keys(document: Document) -> None:
    """Gives keys their present names, in place. If overrides use both names of a key, the last one counts.

    A file with both names is not changed: the former name is then reported as an unknown key.
    """
    data = document.value.get("data")
    if not isinstance(data, dict):
        return
    for new, old in FORMER_NAMES.items():
        overridden = [path[-1] for path in document.overridden if path in (("data", new), ("data", old))]
        if old in data and new in data and overridden[-1:] == [new]:
            data.pop(old)
        elif old in data and (new not in data or overridden):
            kept = {key: value for key, value in data.items() if key != new}
            document.value["data"] = data = {new if key == old else key: value for key, value in kept.items()}
            _move(document, ("data", old), ("data", new))
    # Earlier versions wrote out every default, including those of other kinds of data.
    row = INPUTS[kind_of(document.value.get("task"), data)]
    for key, default in DEFAULTS.items():
        if key not in row.from_files.model_fields and data.get(key) == default:
            data.pop(key)


def _move(document: Document, old: Path, new: Path) -> None:
    """Moves lines and overrides from the old path, and all paths below it, to the new one."""
    for places in (document.lines, document.overridden):
        for path in [path for path in places if path[: len(old)] == old]:
            places[(*new, *path[len(old) :])] = places.pop(path)  # pyright: ignore[reportArgumentType]
