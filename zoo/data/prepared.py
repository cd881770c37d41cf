"""Data as a model reads them: split, encoded, and with everything that training, scoring and export need."""

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
        recipe: the recipe.
        about: origin of the data.
        input: what the model reads.
        labels: names of the model's outputs.
        label_names: names of the data's label numbers.
        splits: train, validation and test, each as the recipe's input kind encodes it; empty if nothing was encoded.
        tokenizer: for texts; None if there is none, or it has not been learnt yet.
    """

    recipe: Parts
    about: About
    input: ModelInput
    labels: tuple[str, ...]
    label_names: tuple[str, ...]
    splits: Mapping[str, Any]
    tokenizer: "Tokenizer | None" = None

    def split(self, name: str) -> Sized:
        """One split.

        Raises:
            DataError: there is no such split; names those that exist.
        """
        part = self.splits.get(name)
        if part is None:
            raise DataError(f"split: expected one of {', '.join(self.splits)}, got {name!r}.")
        return part
