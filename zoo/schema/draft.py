"""The readable parts of a recipe, for the checks that compare them."""

from dataclasses import dataclass

from zoo.schema.data import FromFiles, FromSource
from zoo.schema.layers import LayerSpec
from zoo.schema.spec import Spec
from zoo.schema.training import Training


@dataclass(frozen=True)
class Draft:
    """What could be read of a recipe. None marks a part that could not be read; it is not checked further.

    Attributes:
        task: name of the task.
        kind: name of the input kind.
        data: the section `data`; required keys that could not be read are None.
        layers: the layers, in order.
        tie_embeddings: whether the output layer is the transposed embedding.
        training: the section `training`.
        section: the task's own section.
        sections: keys of all task sections in the recipe, readable or not.
        streaming: whether the exported file must run on live input.
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
