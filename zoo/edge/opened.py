"""The contents of a bundle, and the opened bundle that its input kind and its task work with."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.core.manifest import Manifest
from zoo.edge.onnxfile import Header

if TYPE_CHECKING:
    from zoo.edge.text import Tokenizer


@dataclass(frozen=True)
class Contents:
    """The contents of a checked bundle.

    Attributes:
        path: the ONNX file.
        model: its bytes.
        header: its versions and metadata.
        manifest: its manifest.
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
    """An opened bundle.

    Attributes:
        manifest: its manifest.
        where: its file, for messages.
        tokenizer: splits text into the model's tokens; None if the model reads no text.
    """

    manifest: Manifest
    where: str
    tokenizer: "Tokenizer | None" = None
