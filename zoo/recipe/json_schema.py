"""The JSON schema of recipes, by which editors complete and check them."""

from collections.abc import Mapping
from typing import Annotated, Any, cast

from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from zoo.data.sources import SOURCES
from zoo.inputs import INPUTS
from zoo.recipe.recipe import Recipe
from zoo.tasks import TASKS

Schema = dict[str, Any]
#: The dialect that pydantic writes.
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def recipe_schema() -> Schema:
    """The JSON schema of a recipe file, in the dialect 2020-12.

    For each task it says which kinds of data may be read, and which section belongs to it.
    """
    schema = _tidied(Recipe.model_json_schema())
    for kind, row in INPUTS.items():
        names = sorted(name for name, source in SOURCES.items() if source.kind == kind)
        schema["$defs"][row.from_source.__name__]["properties"]["source"]["enum"] = names
    head = {"$schema": DIALECT, "title": "A recipe of the sequence model zoo"}
    return head | schema | {"allOf": [_of_task(name) for name in TASKS]}


def field_schema(field: FieldInfo) -> Schema:
    """The JSON schema of one key's value."""
    kind: Any = field.annotation
    if field.metadata:
        kind = Annotated[(kind, *field.metadata)]  # pyright: ignore
    return _tidied(TypeAdapter[Any](kind).json_schema())


def _of_task(name: str) -> Schema:
    """What a task requires of the other keys."""
    task = TASKS[name]
    rows = [row for kind, row in INPUTS.items() if kind in task.device.reads]
    data = [{"$ref": f"#/$defs/{spec.__name__}"} for row in rows for spec in (row.from_source, row.from_files)]
    sections = [row.section for row in TASKS.values() if row.section is not None and row.section != task.section]
    then: Schema = {"properties": {"data": {"anyOf": data}} | {section.key: False for section in sections}}
    if task.section is not None and task.section.missing is not None:
        then["required"] = [task.section.key]
    return {"if": {"properties": {"task": {"const": name}}, "required": ["task"]}, "then": then}


def _tidied(schema: Mapping[str, Any]) -> Schema:
    """What pydantic writes, without titles that repeat the keys and null for keys that may be left out."""
    tidy: Schema = {}
    for key, value in schema.items():
        match key, value:
            case "properties" | "$defs", _:
                tidy[key] = {name: _tidied(inner) for name, inner in value.items()}
            case "description", str():
                tidy[key] = " ".join(value.split())
            case "default", None | dict():
                pass
            case "anyOf" | "oneOf", list():
                forms = [_tidied(form) for form in cast("list[Schema]", value) if form != {"type": "null"}]
                tidy |= forms[0] if len(forms) == 1 else {key: forms}
            case (("items" | "additionalProperties"), dict()):
                tidy[key] = _tidied(cast("Schema", value))
            case "title", _:
                pass
            case _:
                tidy[key] = value
    if tidy.get("type") == "array" and "minLength" in tidy:
        # Of a list that a validator reads as well, pydantic gives the least length as that of a text.
        tidy["minItems"] = tidy.pop("minLength")
    # Of two lower limits, the one that matters.
    if "minimum" in tidy and "exclusiveMinimum" in tidy:
        del tidy["exclusiveMinimum" if tidy["minimum"] > tidy["exclusiveMinimum"] else "minimum"]
    return tidy
