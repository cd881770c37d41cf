"""The parts of a recipe that can be read, even where other parts cannot: what the cross checks look at."""

from dataclasses import dataclass

from zoo.schema.data import FromFiles, FromSource
from zoo.schema.layers import LayerSpec
from zoo.schema.spec import Spec
from zoo.schema.training import Training


@dataclass(frozen=True)
class Draft:
    """What could be read of a recipe. None stands for what could not, and is not checked any further.

    Attributes:
        task: its name.
        kind: name of the input kind.
        data: may have None for required keys that could not be read.
        layers: one each.
        tie_embeddings: whether they are tied.
        training: how it is trained.
        section: the task's own part.
        sections: keys of all tasks' parts that are there, readable or not.
        streaming: whether the file is to run live.
    """

    task: str | None
    kind: str | None
    data: FromSource | FromFiles | None
    layers: tuple[LayerSpec | None, ...]
    tie_embeddings: bool
    training: Training | None
    section: Spec | None
    sections: frozenset[str]
    streaming: bool
