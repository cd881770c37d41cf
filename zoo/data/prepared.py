"""Data as a model reads them: divided, encoded, with all that training, scoring and exporting ask of them."""

from collections.abc import Mapping, Sized
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zoo.core.errors import DataError
from zoo.core.manifest import ModelInput
from zoo.data.records import About
from zoo.schema.parts import Parts

if TYPE_CHECKING:
    from zoo.edge.text import Tokenizer


@dataclass(frozen=True)
class Prepared:
    """A recipe's data.

    Attributes:
        recipe: what the data are for.
        about: where they came from.
        input: what the model reads.
        labels: what the model's outputs stand for.
        label_names: what the labels' numbers in the data mean.
        splits: train, validation and test, each as the recipe's input kind encodes it; empty if nothing was encoded.
        tokenizer: of texts; None if there is none, or if it is not learnt yet.
    """

    recipe: Parts
    about: About
    input: ModelInput
    labels: tuple[str, ...]
    label_names: tuple[str, ...]
    splits: Mapping[str, Any]
    tokenizer: "Tokenizer | None" = None

    def split(self, name: str) -> Sized:
        """One split; a `DataError` that names the others if there is no such split."""
        found = self.splits.get(name)
        if found is None:
            raise DataError(f"split: expected one of {', '.join(self.splits)}, got {name!r}.")
        return found
