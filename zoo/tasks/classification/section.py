"""The section `classes`: the labels that are distinguished, and what is labelled."""

from typing import Annotated, Literal

from pydantic import Field

from zoo.schema.parts import Parts
from zoo.schema.spec import Flag, Names, Spec


class Classes(Spec):
    """Which labels are told apart, and what has one label."""

    labels: Annotated[Annotated[Names, Field(min_length=2)] | None, Field(examples=[["walking", "sitting"]])] = None
    """Labels that are told apart. Inputs that have only other labels are left out, or with multi_label count as having
    none. Default: all labels of the data."""
    by: Literal["window", "stretch", "recording"] | None = None
    """What is classified, for recordings: window (each window of data.window_s that lies within a stretch of one
    label), stretch (each stretch of one label, whatever its length) or recording (each recording). Default: window."""
    multi_label: Flag = False
    """Whether an input may have several labels, separated by semicolons in the data: "drama;comedy". Each label gets
    its own threshold."""


def section_of(recipe: Parts) -> Classes:
    """The section `classes` of a recipe, or its default."""
    section = recipe.section
    return section if isinstance(section, Classes) else Classes()
