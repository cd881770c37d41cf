"""Compares an operator between two versions of ONNX's operator set."""

from collections.abc import Sequence
from typing import Any

from onnx import defs


def still_valid(kind: str, old: int, new: int) -> bool:
    """Whether a valid node of one opset means the same in a newer one, where everything added since is optional."""
    before, after = (defs.get_schema(kind, max_inclusive_version=opset) for opset in (old, new))
    if before.since_version == after.since_version:
        return True
    sides = ((before.inputs, after.inputs), (before.outputs, after.outputs))
    return (
        not (before.deprecated or after.deprecated)
        and all(_takes(then, now) for then, now in sides)
        and all(
            name in after.attributes and after.attributes[name].default_value == attribute.default_value
            for name, attribute in before.attributes.items()
        )
        and not any(attribute.required for name, attribute in after.attributes.items() if name not in before.attributes)
    )


def _takes(then: Sequence[Any], now: Sequence[Any]) -> bool:
    """Whether a newer list of operands accepts everything that an older one accepted."""
    optional = defs.OpSchema.FormalParameterOption.Optional
    return (
        len(then) <= len(now)
        and all(a.option == b.option and a.types <= b.types for a, b in zip(then, now, strict=False))
        and all(added.option == optional for added in now[len(then) :])
    )
