"""The keys that every recipe has, whatever its task and data."""

from typing import Annotated

from pydantic import Field

from zoo.schema.data import Data
from zoo.schema.model import ExportSpec, ModelSpec
from zoo.schema.spec import Slug, Spec, Text
from zoo.schema.training import Training


class Parts(Spec):
    """One model: its task, data, layers, training and export."""

    name: Annotated[Slug, Field(examples=["my-exit"])]
    """Name of the recipe, its runs and its exported files: lower-case letters, digits and hyphens."""
    task: str
    """What the model predicts."""
    summary: Annotated[Text, Field(examples=["Detects a person leaving bed."])]
    """One sentence that says what the model does. It is shown by `zoo list` and on the model's card."""
    data: Data
    """The data that the model learns from, and how they are split."""
    model: ModelSpec
    """The layers that the model consists of."""
    training: Training = Training()
    """How the model is trained."""
    export: ExportSpec = ExportSpec()
    """What the exported file must support."""

    @property
    def section(self) -> Spec | None:
        """The section that belongs to the task, such as `events`; None if the task has none."""
        return None
