"""The JSON schema of recipes, with which editors complete and check them."""

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

    For each task it defines the kinds of data that it reads and the section that belongs to it.
    """
    schema = _tidy(Recipe.model_json_schema())
    for kind, row in INPUTS.items():
        names = sorted(name for name, source in SOURCES.items() if source.kind == kind)
        schema["$defs"][row.from_source.__name__]["properties"]["source"]["enum"] = names
    head = {"$schema": DIALECT, "title": "A recipe of the sequence model zoo"}
    return head | schema | {"allOf": [_task_condition(name) for name in TASKS]}


def field_schema(field: FieldInfo) -> Schema:
    """The JSON schema of one key's value."""
    kind: Any = field.annotation
    if field.metadata:
        kind = Annotated[(kind, *field.metadata)]  # pyright: ignore
    return _tidy(TypeAdapter[Any](kind).json_schema())


def _task_condition(name: str) -> Schema:
    """The condition that a task imposes on the other keys."""
    task = TASKS[name]
    rows = [row for kind, row in INPUTS.items() if kind in task.device.reads]
    data = [{"$ref": f"#/$defs/{spec.__name__}"} for row in rows for spec in (row.from_source, row.from_files)]
    sections = [row.section for row in TASKS.values() if row.section is not None and row.section != task.section]
    then: Schema = {"properties": {"data": {"anyOf": data}} | {section.key: False for section in sections}}
    if task.section is not None and task.section.missing is not None:
        then["required"] = [task.section.key]
    return {"if": {"properties": {"task": {"const": name}}, "required": ["task"]}, "then": then}


def _tidy(schema: Mapping[str, Any]) -> Schema:
    """Removes from pydantic's schema the titles that repeat keys, and null for optional keys."""
    result: Schema = {}
    for key, value in schema.items():
        match key, value:
            case "properties" | "$defs", _:
                result[key] = {name: _tidy(inner) for name, inner in value.items()}
            case "description", str():
                result[key] = " ".join(value.split())
            case "default", None | dict():
                pass
            case "anyOf" | "oneOf", list():
                forms = [_tidy(form) for form in cast("list[Schema]", value) if form != {"type": "null"}]
                result |= forms[0] if len(forms) == 1 else {key: forms}
            case (("items" | "additionalProperties"), dict()):
                result[key] = _tidy(cast("Schema", value))
            case "title", _:
                pass
            case _:
                result[key] = value
    if result.get("type") == "array" and "minLength" in result:
        # For a list with a validator, pydantic writes the smallest length as that of a string.
        result["minItems"] = result.pop("minLength")
    # Keep the stricter of two lower limits.
    if "minimum" in result and "exclusiveMinimum" in result:
        del result["exclusiveMinimum" if result["minimum"] > result["exclusiveMinimum"] else "minimum"]
    return result
