"""The section `tags`: the labels of time steps."""

from typing import Annotated

from pydantic import Field

from zoo.schema.spec import Names, Spec


class Tags(Spec):
    """Which labels of time steps are told apart."""

    labels: Annotated[Annotated[Names, Field(min_length=2)] | None, Field(examples=[["walking", "sitting"]])] = None
    """Labels that are told apart. Time steps with other labels, or with none, are neither trained nor scored on.
    Default: all labels of the data."""
