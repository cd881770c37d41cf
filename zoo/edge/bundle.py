"""Finds a bundle on disk, reads it and verifies its hashes before any of it reaches onnxruntime."""

import hashlib
import json
import os
from pathlib import Path

from zoo.core.errors import BundleError
from zoo.core.manifest import MANIFEST_KEY, SELFTEST_KEY, TOKENIZER_KEY, Manifest
from zoo.edge.manifests import read_manifest
from zoo.edge.onnxfile import Header, read_header
from zoo.edge.opened import Contents

#: The only file of a bundle's folder that is required, and the copy of its manifest for other runtimes.
MODEL_FILE = "model.onnx"
MANIFEST_FILE = "manifest.json"

#: Placeholder for the model's hash in the manifest while the hash is computed.
NO_DIGEST = "0" * 64


def digest(model: bytes, recorded: str) -> str:
    """The sha256 that a model's manifest records.

    The manifest is part of the file that it hashes, so the hash is computed with its own characters set to zeros.

    Args:
        model: the ONNX file.
        recorded: the 64 characters that the manifest contains now; `NO_DIGEST` before the hash is known.
    """
    return hashlib.sha256(model.replace(recorded.encode(), NO_DIGEST.encode())).hexdigest()


def read_bundle(path: str | os.PathLike[str]) -> Contents:
    """Reads a bundle and checks that it is complete.

    Args:
        path: a bundle's folder, or only its ONNX file.

    Raises:
        BundleError: it is missing, damaged, not a bundle, or written for a newer reader.
    """
    file = model_file(Path(path))
    try:
        model = file.read_bytes()
    except OSError as error:
        raise BundleError(f"{file}: cannot be read: {error.strerror or error}.") from None
    header = read_header(model, str(file))
    if MANIFEST_KEY not in header.metadata:
        raise BundleError(
            f"{file}: expected a bundle of the zoo, got an ONNX file without the metadata '{MANIFEST_KEY}'. "
            "Export a run with: zoo export. To run the ONNX file of your own Keras model, use onnxruntime directly."
        )
    manifest = read_manifest(header.metadata[MANIFEST_KEY], f"{file}: manifest")
    check_digest(model, manifest, file)
    tokenizer = tokenizer_text(header, manifest, file)
    if Path(path).is_dir():
        compare_sidecar(file.with_name(MANIFEST_FILE), header.metadata[MANIFEST_KEY])
    return Contents(file, model, header, manifest, tokenizer, header.metadata.get(SELFTEST_KEY))


def model_file(path: Path) -> Path:
    """The ONNX file that a path refers to.

    Raises:
        BundleError: the path does not exist, or is neither a bundle's folder nor an ONNX file.
    """
    if path.is_dir():
        if not (path / MODEL_FILE).is_file():
            raise BundleError(f"{path}: expected a bundle, got a folder without {MODEL_FILE}. Copy it there.")
        return path / MODEL_FILE
    if not path.exists():
        raise BundleError(f"{path}: expected a bundle's folder or .onnx file, got nothing there.")
    if not path.is_file():
        raise BundleError(
            f"{path}: expected a bundle's folder or .onnx file, got something that is not a regular file."
        )
    if path.suffix != ".onnx":
        raise BundleError(f"{path}: expected a bundle's folder or .onnx file, got a file '{path.name}'.")
    return path


def check_digest(model: bytes, manifest: Manifest, file: Path) -> None:
    """Refuses a file that is not the one that was exported."""
    actual = digest(model, manifest.model_sha256)
    if actual != manifest.model_sha256:
        raise BundleError(
            f"{file}: the file is damaged: expected sha256 {manifest.model_sha256}, got {actual}. Copy it again."
        )


def tokenizer_text(header: Header, manifest: Manifest, file: Path) -> str | None:
    """The tokeniser's JSON text, or None if the manifest has none; refuses a tokeniser other than the exported one."""
    text = header.metadata.get(TOKENIZER_KEY)
    actual = None if text is None else hashlib.sha256(text.encode()).hexdigest()
    if actual != manifest.tokenizer_sha256:
        raise BundleError(
            f"{file}: tokenizer: expected sha256 {manifest.tokenizer_sha256}, got {actual}. Export the bundle again."
        )
    return text


def compare_sidecar(file: Path, manifest: str) -> None:
    """Refuses a folder whose two manifests disagree: other runtimes would use the model differently."""
    if not file.exists():
        return
    try:
        # Compared as values, not as text: version control may have changed the line endings.
        same = json.loads(file.read_text(encoding="utf-8")) == json.loads(manifest)
    except (OSError, ValueError, RecursionError) as error:
        raise BundleError(f"{file}: cannot be read: {error}. Export the bundle again.") from None
    if not same:
        raise BundleError(f"{file}: expected the manifest of {MODEL_FILE}, got another one. Export the bundle again.")
