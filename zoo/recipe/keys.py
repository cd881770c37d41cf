"""Describes the keys of recipes: meaning, values, default, unit and an example of each, derived from the schema."""

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args, get_origin

from pydantic.fields import FieldInfo

from zoo.core.errors import RecipeError
from zoo.core.names import nearest
from zoo.inputs import INPUTS
from zoo.recipe.json_schema import Schema, field_schema
from zoo.recipe.recipe import Recipe
from zoo.recipe.syntax import write_inline
from zoo.schema.data import Data
from zoo.schema.problems import listed
from zoo.schema.spec import Keyed, Spec
from zoo.schema.vocabulary import first_sentence, members

#: Ending of the name of a physical quantity -> its unit.
UNITS = {"_s": "s", "_hz": "Hz"}
_DEFAULT = re.compile(r"\bDefault: ([^:]+)\.\Z")
#: An index in a list: `layers.1.units` and `layers[1].units` mean `layers.units`.
_INDEX = re.compile(r"\[\d*\]|\.\d+(?=\.|\Z)")


@dataclass(frozen=True)
class Key:
    """One key of a recipe.

    Attributes:
        path: path of the key, such as "data.window_s", or "model.layers.conv1d.filters" for a setting of a layer.
        meaning: one or more sentences, without the default.
        values: the possible values in words, such as "number > 0".
        required: whether every recipe must have it.
        default: the default in words; None if there is none.
        unit: unit of the value, such as "s"; None if it has none.
        example: the key with a value, as YAML; None for a section.
        forms: the forms of its section that have the key.
    """

    path: str
    meaning: str
    values: str
    required: bool
    default: str | None
    unit: str | None
    example: str | None
    forms: tuple[type[Spec], ...]

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition(".")[2]

    @property
    def summary(self) -> str:
        """The first sentence of its meaning."""
        return first_sentence(self.meaning)


@dataclass(frozen=True)
class Section:
    """A mapping of a recipe: the value of one key.

    Attributes:
        path: path of that key; empty for the recipe itself.
        meaning: what the section is for.
        keys: the keys that it may have.
        forms: its possible forms, which have different keys; most sections have one.
    """

    path: str
    meaning: str
    keys: tuple[Key, ...]
    forms: tuple[type[Spec], ...]


@functools.cache
def sections() -> tuple[Section, ...]:
    """All sections of a recipe, each before those inside it."""
    merged: dict[str, Section] = {}
    for section in _sections("", Recipe, ""):
        earlier = merged.get(section.path)
        merged[section.path] = section if earlier is None else _merge(earlier, section)
    return tuple(merged.values())


@functools.cache
def meanings() -> Mapping[str, str]:
    """The meaning of each key and each section, by its path."""
    section_meanings = {section.path: section.meaning for section in sections() if section.path}
    return section_meanings | {key.path: key.meaning for section in sections() for key in section.keys}


def find_key(path: str) -> Section | Key:
    """The section or key at a path. The end of a path is enough if it is unique.

    Args:
        path: such as "data.max_gap_s", "model.layers.1.recurrent.units" or "clip_norm"; "recipe" for the entire recipe.

    Raises:
        RecipeError: no key matches, or several do; names them.
    """
    plain = _INDEX.sub("", path).strip(".")
    if plain == "recipe":
        return sections()[0]
    known: dict[str, Section | Key] = {key.path: key for section in sections() for key in section.keys}
    known |= {section.path: section for section in sections() if section.path}
    if plain in known:
        return known[plain]
    matches = [full for full in known if full.endswith(f".{plain}")] if plain else []
    # The name of a layer, such as dropout, is also that of a setting.
    matches = [full for full in matches if isinstance(known[full], Section)] or matches
    if len(matches) == 1:
        return known[matches[0]]
    if matches:
        raise RecipeError(f"{path}: matches {len(matches)} keys. Choose one: {', '.join(matches)}.")
    near = nearest(plain, known) or nearest(plain.rpartition(".")[2], [full.rpartition(".")[2] for full in known])
    question = f"; did you mean '{near}'?" if near else "."
    raise RecipeError(f"{path}: no such key in recipes{question} `zoo schema recipe` lists the top-level keys.")


def forms_in_words(key: Key) -> str | None:
    """The forms of its section that have a key, such as "recordings" or "texts in files"; None if all have it."""
    section = next(section for section in sections() if key in section.keys)
    forms = frozenset(form for form in key.forms if issubclass(form, Data))
    if len(key.forms) == len(section.forms) or not forms:
        return None
    groups = {row.words: frozenset({row.from_source, row.from_files}) for row in INPUTS.values()}
    groups["data sets"] = frozenset(row.from_source for row in INPUTS.values())
    groups["your own files"] = frozenset(row.from_files for row in INPUTS.values())
    return next((words for words, group in groups.items() if group == forms), None) or listed(
        sorted(form.tag.strip("<>") for form in forms), "and"
    )


def _values_in_words(schema: Schema, sections: Mapping[str, str]) -> list[str]:
    """The values that a schema allows, in words: ["number > 0"], ["adam", "sgd"], ["off", "whole number > 0"].

    Args:
        schema: schema of the value.
        sections: name of a definition in the schema -> word for such a section.
    """
    if forms := [*schema.get("anyOf", ()), *schema.get("oneOf", ())]:
        return list(dict.fromkeys(word for form in forms for word in _values_in_words(form, sections)))
    if "$ref" in schema:
        return [sections[schema["$ref"].rpartition("/")[2]]]
    if "enum" in schema or "const" in schema:
        return [str(value) for value in schema.get("enum", [schema.get("const")])]
    if schema.get("type") == "null":
        return []
    if "properties" in schema:
        return ["section"]
    if schema.get("type") == "array":
        return [f"list of {listed(_values_in_words(schema['items'], sections))}"]
    if isinstance(schema.get("additionalProperties"), dict):
        return [f"mapping of names to {listed(_values_in_words(schema['additionalProperties'], sections))}"]
    return [_type_in_words(schema)]


def _type_in_words(schema: Schema) -> str:
    match schema.get("type"):
        case "integer":
            return f"whole number{_bounds(schema)}"
        case "number":
            return f"number{_bounds(schema)}"
        case "boolean":
            return "true or false"
        case "string":
            return "name (lower case)" if "pattern" in schema else "text"
        case _:
            raise ValueError(f"expected the schema of a recipe's value, got {schema}")


def _bounds(schema: Schema) -> str:
    signs = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}
    bounds = [f" {sign} {_yaml(schema[name])}" for name, sign in signs.items() if name in schema]
    return " and".join(bounds)


def _sections(path: str, spec: type[Spec], meaning: str) -> Iterator[Section]:
    """The section that a class describes, and those inside it; `meaning` is the meaning of its key, or ""."""
    fields = sorted(spec.model_fields.items(), key=lambda item: not item[1].is_required())
    keys = tuple(_key(f"{path}.{name}".strip("."), field, spec) for name, field in fields)
    yield Section(path, meaning or " ".join((spec.__doc__ or "").split()), keys, (spec,))
    for key, (_, field) in zip(keys, fields, strict=True):
        for inner in _specs(field.annotation):
            if issubclass(inner, Keyed):
                yield from _sections(f"{key.path}.{inner.key}", inner, "")
            else:
                yield from _sections(key.path, inner, key.meaning)


def _specs(annotation: Any) -> Iterator[type[Spec]]:
    """The classes of the sections that a value, or an item of a list, may be."""
    for kind in members(annotation):
        if get_origin(kind) is tuple:
            yield from _specs(get_args(kind)[0])
        elif isinstance(kind, type) and issubclass(kind, Spec):
            yield kind


def _key(path: str, field: FieldInfo, spec: type[Spec]) -> Key:
    name = path.rpartition(".")[2]
    schema = field_schema(field)
    meaning = " ".join((field.description or "").split())
    inner = list(_specs(field.annotation))
    words = {kind.__name__: kind.key if issubclass(kind, Keyed) else "section" for kind in inner}
    values = listed(_values_in_words(schema, words))
    if inner and not meaning:
        meaning = " ".join((inner[0].__doc__ or "").split())
    default = None if field.is_required() else _default(field, meaning, values)
    meaning = _DEFAULT.sub("", meaning).strip()
    unit = next((unit for ending, unit in UNITS.items() if name.endswith(ending)), None)
    return Key(path, meaning, values, field.is_required(), default, unit, _example(name, field, schema), (spec,))


def _default(field: FieldInfo, meaning: str, values: str) -> str | None:
    """The default in words: from the description if it states one, otherwise the value."""
    if stated := _DEFAULT.search(meaning):
        return stated[1]
    value = field.get_default(call_default_factory=True)
    if value is None:
        return "off" if values.startswith("off or ") else None
    return None if isinstance(value, Spec) or value == {} else _yaml(value)


def _example(name: str, field: FieldInfo, schema: Schema) -> str | None:
    """The key with the example of its field, or with a value that is not the default if there is one."""
    default = None if field.is_required() else field.get_default(call_default_factory=True)
    forms = (schema, *schema.get("anyOf", ()), *schema.get("oneOf", ()))
    choices = [choice for form in forms for choice in form.get("enum", ())]
    if field.examples:
        value = field.examples[0]
    elif choices:
        value = next((choice for choice in choices if choice != default), choices[0])
    elif isinstance(default, bool) or schema.get("type") == "boolean":
        value = not default
    elif default is None or isinstance(default, Spec):
        return None
    else:
        value = default
    return f"{name}: {_yaml(value)}"


def _yaml(value: Any) -> str:
    """A value as written after a key, without the quotes that YAML 1.1 would need."""
    return format(value, "g") if isinstance(value, float) else "off" if value == "off" else write_inline(value)


def _merge(section: Section, other: Section) -> Section:
    """One section with the forms and the keys of both."""
    keys = {key.name: key for key in section.keys}
    for key in other.keys:
        same = keys.get(key.name)
        keys[key.name] = key if same is None else replace(same, forms=same.forms + key.forms)
    return replace(section, keys=tuple(keys.values()), forms=section.forms + other.forms)
