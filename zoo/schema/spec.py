"""What every part of a recipe is made of: frozen values with a closed set of keys, and the number types they use."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    Strict,
    model_serializer,
    model_validator,
)
from pydantic_core import PydanticCustomError

#: Nothing is converted silently: "3", 3.0 and true are not whole numbers.
Whole = Annotated[int, Strict()]
Count = Annotated[int, Strict(), Field(gt=0)]
Seed = Annotated[int, Strict(), Field(ge=0, lt=2**32)]
Positive = Annotated[float, Strict(), Field(gt=0)]
NotNegative = Annotated[float, Strict(), Field(ge=0)]
#: A share that leaves something over: 0 is allowed, 1 is not.
Share = Annotated[float, Strict(), Field(ge=0, lt=1)]
Flag = Annotated[bool, Strict()]
Text = Annotated[str, Field(min_length=1)]
#: A name that is safe in file names, URLs and ONNX metadata.
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=64)]


def _different(names: tuple[str, ...]) -> tuple[str, ...]:
    """Refuses a name that is given twice."""
    twice = next((name for number, name in enumerate(names) if name in names[:number]), None)
    if twice is not None:
        raise PydanticCustomError(
            "different", "expected different names, got {name} twice. Remove one.", {"name": repr(twice)}
        )
    return names


#: Names that are all different.
Names = Annotated[tuple[Text, ...], AfterValidator(_different)]


class Spec(BaseModel):
    """One mapping of a recipe. The string below each field is its description, shown where the key is missing."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)

    @model_serializer(mode="wrap")
    def _write(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leaves out what is not given and would not be given by default either."""
        fields = type(self).model_fields
        written = cast("dict[str, Any]", handler(self))
        return self._form({k: v for k, v in written.items() if v is not None or fields[k].default is not None})

    def _form(self, written: dict[str, Any]) -> dict[str, Any]:
        """The form in which the keys and values stand in a recipe."""
        return written


class Keyed(Spec):
    """A spec that is written as a mapping of one key, its kind, to its settings: `recurrent: {units: 64}`."""

    key: ClassVar[str]

    @model_validator(mode="before")
    @classmethod
    def _unwrap(cls, value: Any) -> Any:
        """Takes `dropout: {rate: 0.3}`, `normalization:`, plain `normalization`, or the settings themselves."""
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


def kind_of(value: Any) -> str | None:
    """The kind that a keyed value is written under, or None if it is not written as one kind."""
    if isinstance(value, Keyed):
        return value.key
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        keys = list(cast("Mapping[Any, Any]", value))
        return keys[0] if len(keys) == 1 and isinstance(keys[0], str) else None
    return None
