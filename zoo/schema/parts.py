"""What every recipe has, whatever its task and its data."""

from zoo.schema.data import Data
from zoo.schema.model import ExportSpec, ModelSpec
from zoo.schema.spec import Slug, Spec, Text
from zoo.schema.training import Training


class Parts(Spec):
    """One model: its task, data, layers, training and export."""

    name: Slug
    """What the recipe, its runs and its exported files are called: small letters, digits and hyphens."""
    task: str
    """What the model is to do."""
    summary: Text
    """One sentence that says what the model does."""
    data: Data
    """What the model learns from."""
    model: ModelSpec
    """What the model is made of."""
    training: Training = Training()
    """How it is trained."""
    export: ExportSpec = ExportSpec()
    """What the exported file must be able to do."""

    @property
    def section(self) -> Spec | None:
        """The task's own part of it; None if there is none."""
        return None
