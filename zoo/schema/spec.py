"""The base of all parts of a recipe: frozen values with a closed set of keys, and the types of their values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    SerializerFunctionWrapHandler,
    Strict,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

#: Nothing is converted silently: "3", 3.0 and true are not whole numbers.
Whole = Annotated[int, Strict()]
Count = Annotated[int, Strict(), Field(gt=0)]
Seed = Annotated[int, Strict(), Field(ge=0, lt=2**32)]
Positive = Annotated[float, Strict(), Field(gt=0)]
NotNegative = Annotated[float, Strict(), Field(ge=0)]
#: A share that leaves a rest: 0 is allowed, 1 is not.
Share = Annotated[float, Strict(), Field(ge=0, lt=1)]
Flag = Annotated[bool, Strict()]
Text = Annotated[str, Field(min_length=1)]
#: A name that is safe in file names, URLs and ONNX metadata.
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=64)]


def _different(names: tuple[str, ...]) -> tuple[str, ...]:
    """Refuses repeated names."""
    twice = next((name for number, name in enumerate(names) if name in names[:number]), None)
    if twice is not None:
        raise PydanticCustomError(
            "different", "expected different names, got {name} twice. Remove one.", {"name": repr(twice)}
        )
    return names


#: Names that are all different.
Names = Annotated[tuple[Text, ...], AfterValidator(_different)]


@dataclass(frozen=True)
class AlsoWritten:
    """A further form of a value, for the JSON schema: a validator of the field reads it.

    Attributes:
        form: JSON schema of the form, from that of the field's values.
    """

    form: Callable[[JsonSchemaValue], JsonSchemaValue]

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The field's own form, or this one."""
        own = handler(core_schema)
        about = {key: own.pop(key) for key in ("default", "examples") if key in own}
        return about | {"anyOf": [self.form(own), *own.get("anyOf", [own])]}


#: The word `off` for None.
OFF = AlsoWritten(lambda own: {"const": "off"})
#: A single value for a list of one.
ONE_OR_MANY = AlsoWritten(lambda own: own["items"])


class Spec(BaseModel):
    """One mapping of a recipe.

    The string below a field is its description: in the reference, in `zoo schema`, in editors, and in the message where
    the key is missing. It ends with "Default: …" where the default is not a value that could be written in its place.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)

    @model_serializer(mode="wrap")
    def _write(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leaves out keys that are None and are None by default."""
        fields = type(self).model_fields
        written = cast("dict[str, Any]", handler(self))
        return self._form({k: v for k, v in written.items() if v is not None or fields[k].default is not None})

    def _form(self, written: dict[str, Any]) -> dict[str, Any]:
        """The keys and values in the form and order of a recipe."""
        return written


class Keyed(Spec):
    """A spec that is written as a mapping from one key, its kind, to its settings: `recurrent: {units: 64}`."""

    key: ClassVar[str]

    @model_validator(mode="before")
    @classmethod
    def _unwrap(cls, value: Any) -> Any:
        """Reads `dropout: {rate: 0.3}`, `normalization:`, plain `normalization`, or the settings themselves."""
        if value == cls.key:
            return {}
        if isinstance(value, Mapping):
            mapping = cast("Mapping[Any, Any]", value)
            if set(mapping) == {cls.key}:
                settings = mapping[cls.key]
                return {} if settings is None else settings
        return cast("Any", value)

    def _form(self, written: dict[str, Any]) -> dict[str, Any]:
        """Writes the kind around the settings."""
        return {self.key: written}

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The form that is written: the kind with its settings, or the kind alone where no setting is required."""
        settings = handler.resolve_ref_schema(handler(core_schema))
        required = settings.get("required", [])
        about = {"description": settings.pop("description", "")}
        inner = settings if required else settings | {"type": ["object", "null"]}
        written = {
            "type": "object",
            "properties": {cls.key: inner},
            "required": [cls.key],
            "additionalProperties": False,
        }
        return about | (written if required else {"anyOf": [written, {"const": cls.key}]})


def kind_of(value: Any) -> str | None:
    """The kind of a keyed value, or None if it is not written as one kind."""
    if isinstance(value, Keyed):
        return value.key
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        keys = list(cast("Mapping[Any, Any]", value))
        return keys[0] if len(keys) == 1 and isinstance(keys[0], str) else None
    return None
