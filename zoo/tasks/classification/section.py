"""What a recipe says of the labels that are told apart."""

from typing import Annotated, Literal

from pydantic import Field

from zoo.schema.parts import Parts
from zoo.schema.spec import Flag, Names, Spec


class Classes(Spec):
    """Labels of whole inputs."""

    labels: Annotated[Names, Field(min_length=2)] | None = None
    """The labels that are told apart, such as [walking, sitting]; inputs with others alone are left out, or with
    multi_label have none of them. All of the data's labels if not given."""
    by: Literal["window", "stretch", "recording"] | None = None
    """What has one label, of recordings. window, if not given: each window of data.window_s within a stretch of one
    label; stretch: each stretch of one label as a whole; recording: each recording as a whole."""
    multi_label: Flag = False
    """Whether an input may have several labels, written with semicolons between them: "drama;comedy"."""


def section_of(recipe: Parts) -> Classes:
    """What a recipe says of its labels."""
    section = recipe.section
    return section if isinstance(section, Classes) else Classes()
