"""The base class of all parts of a recipe, frozen and with a closed set of keys, and the types of their values."""

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
#: A share less than the whole: 0 is allowed, 1 is not.
Share = Annotated[float, Strict(), Field(ge=0, lt=1)]
Flag = Annotated[bool, Strict()]
Text = Annotated[str, Field(min_length=1)]
#: A name that is safe in file names, URLs and ONNX metadata.
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=64)]


def _refuse_duplicates(names: tuple[str, ...]) -> tuple[str, ...]:
    duplicate = next((name for number, name in enumerate(names) if name in names[:number]), None)
    if duplicate is not None:
        raise PydanticCustomError(
            "duplicate", "expected different names, got {name} twice. Remove one.", {"name": repr(duplicate)}
        )
    return names


#: Names that are all different.
Names = Annotated[tuple[Text, ...], AfterValidator(_refuse_duplicates)]


@dataclass(frozen=True)
class AlternativeForm:
    """Another way to write a value, for the JSON schema; a validator of the field reads it.

    Attributes:
        form: makes the JSON schema of the form from that of the field's values.
    """

    form: Callable[[JsonSchemaValue], JsonSchemaValue]

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The schema of either form."""
        schema = handler(core_schema)
        annotations = {key: schema.pop(key) for key in ("default", "examples") if key in schema}
        return annotations | {"anyOf": [self.form(schema), *schema.get("anyOf", [schema])]}


#: The word `off` for None.
OFF = AlternativeForm(lambda schema: {"const": "off"})
#: A single value for a list of one.
ONE_OR_MANY = AlternativeForm(lambda schema: schema["items"])


class Spec(BaseModel):
    """One mapping of a recipe.

    The string below a field is its description. It is shown in the reference, by `zoo schema`, in editors, and in the
    message about a missing key. It ends with "Default: …" if the default cannot be written as a value.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)

    @model_serializer(mode="wrap")
    def _write(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Omits keys that are None and None by default."""
        fields = type(self).model_fields
        written = cast("dict[str, Any]", handler(self))
        return self._form({k: v for k, v in written.items() if v is not None or fields[k].default is not None})

    def _form(self, written: dict[str, Any]) -> dict[str, Any]:
        """Arranges keys and values as a recipe has them."""
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
        """The schema of the written form: the kind with its settings, or the kind alone if no setting is required."""
        settings = handler.resolve_ref_schema(handler(core_schema))
        required = settings.get("required", [])
        annotations = {"description": settings.pop("description", "")}
        inner = settings if required else settings | {"type": ["object", "null"]}
        written = {
            "type": "object",
            "properties": {cls.key: inner},
            "required": [cls.key],
            "additionalProperties": False,
        }
        return annotations | (written if required else {"anyOf": [written, {"const": cls.key}]})


def kind_of(value: Any) -> str | None:
    """The kind of a keyed value; None if the value does not have exactly one kind."""
    if isinstance(value, Keyed):
        return value.key
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        keys = list(cast("Mapping[Any, Any]", value))
        return keys[0] if len(keys) == 1 and isinstance(keys[0], str) else None
    return None
