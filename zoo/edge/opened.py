"""A bundle that was read, and one that is open: what its input kind and its task work with."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.core.manifest import Manifest
from zoo.edge.onnxfile import Header

if TYPE_CHECKING:
    from zoo.edge.text import Tokenizer


@dataclass(frozen=True)
class Contents:
    """A checked bundle.

    Attributes:
        path: the ONNX file.
        model: its bytes.
        header: its versions and metadata.
        manifest: what it says of itself.
        tokenizer: the tokeniser's JSON text, or None.
        selftest: JSON text of the inputs with known answers, or None.
    """

    path: Path
    model: bytes
    header: Header
    manifest: Manifest
    tokenizer: str | None
    selftest: str | None


@dataclass(frozen=True)
class Opened:
    """A bundle that is open.

    Attributes:
        manifest: what it says of itself.
        where: its file, for messages.
        tokenizer: cuts text into the model's tokens; None if it reads no text.
    """

    manifest: Manifest
    where: str
    tokenizer: "Tokenizer | None" = None
