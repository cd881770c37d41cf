"""What a recipe says of the labels of time steps."""

from typing import Annotated

from pydantic import Field

from zoo.schema.spec import Names, Spec


class Tags(Spec):
    """Labels of single time steps."""

    labels: Annotated[Names, Field(min_length=2)] | None = None
    """The labels that are told apart; time steps with others, or with none, are not trained or scored on. All of the
    data's labels if not given."""
