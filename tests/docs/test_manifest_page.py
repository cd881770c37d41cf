"""The page about the manifest has every field of its dataclasses, with the type and the default of the code."""

import dataclasses
import json
import re
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from zoo.core import manifest, provenance
from zoo.core.events import EventRule

PAGE = (Path(__file__).parents[2] / "docs/reference/manifest.md").read_text("utf-8")
PARTS = [
    *(
        kind
        for module in (manifest, provenance)
        for kind in vars(module).values()
        if dataclasses.is_dataclass(kind) and isinstance(kind, type) and kind.__module__ == module.__name__
    ),
    EventRule,
]
KEYS = ("MANIFEST_KEY", "TOKENIZER_KEY", "SELFTEST_KEY", "RECIPE_KEY", "INT8_KEY")

_WORDS: dict[object, str] = {str: "text", int: "integer", float: "number", bool: "boolean", type(None): "null"}


def json_type(hint: Any) -> str:
    """What a field's annotation is called on the page."""
    origin = get_origin(hint)
    if origin is Literal:
        return " or ".join(f'`"{word}"`' for word in get_args(hint))
    if origin is tuple:
        return f"list of {json_type(get_args(hint)[0])}"
    if origin is dict:
        return f"object of {json_type(get_args(hint)[1])}"
    if get_args(hint):
        return " or ".join(json_type(member) for member in get_args(hint))
    return _WORDS.get(hint) or f"[{hint.__name__}](#{hint.__name__.lower()})"


def default_of(field: dataclasses.Field[Any]) -> str:
    """What the page shows as a field's default."""
    if field.default_factory is not dataclasses.MISSING:
        return "`{}`"  # of a part, too: each of its fields has a default
    if field.default is dataclasses.MISSING:
        return "required"
    return f"`{json.dumps(field.default)}`".replace("0" * 64, "0…0")


def rows(kind: type) -> dict[str, list[str]]:
    """The rows of the section of a dataclass: field -> type, default and meaning."""
    sections = re.findall(rf"^##+ {kind.__name__}$(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert len(sections) == 1, f"expected one section '{kind.__name__}', got {len(sections)}"
    return {
        name: cells.split(" | ") for name, cells in re.findall(r"^\| `(\w+)` \| (.*) \|$", sections[0], re.MULTILINE)
    }


def test_there_are_parts_and_keys() -> None:
    assert len(PARTS) >= 15
    assert all(f"`{getattr(manifest, key)}`" in PAGE for key in KEYS)


@pytest.mark.parametrize("kind", PARTS, ids=lambda kind: kind.__name__)
def test_every_field_is_on_the_page_as_the_code_has_it(kind: type) -> None:
    hints = get_type_hints(kind)
    declared = {field.name: [json_type(hints[field.name]), default_of(field)] for field in dataclasses.fields(kind)}
    described = rows(kind)
    assert list(described) == list(declared)
    assert {name: cells[:2] for name, cells in described.items()} == declared
    assert all(len(cells) == 4 and all(cell.strip() for cell in cells) for cells in described.values())


def test_the_page_names_the_current_format() -> None:
    assert f"format {manifest.FORMAT_VERSION}" in PAGE
