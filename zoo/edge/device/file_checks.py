"""The file: whole, unchanged, of a format that is known here, and with operators that a runtime has."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from zoo.core.manifest import MANIFEST_KEY, SELFTEST_KEY, Manifest
from zoo.edge.bundle import MANIFEST_FILE, Contents, check_digest, compare_sidecar, model_file, tokenizer_text
from zoo.edge.device.findings import Finding, Findings
from zoo.edge.device.operators import foreign, operators
from zoo.edge.manifests import read_manifest
from zoo.edge.onnxfile import Header, read_header


@dataclass(frozen=True)
class Seen:
    """What could be read of a file.

    Attributes:
        path: the ONNX file.
        model: its bytes.
        header: its versions and metadata.
        contents: the bundle, even if a hash is wrong; None for a file without a manifest that can be read.
    """

    path: Path
    model: bytes
    header: Header
    contents: Contents | None = None

    @property
    def where(self) -> str:
        """The path, for messages."""
        return str(self.path)


def look_at(path: str | os.PathLike[str], found: Findings) -> Seen | None:
    """Reads what is given as far as it goes; None if it is no ONNX file at all."""
    file = found.attempt("file", lambda: model_file(Path(path)))
    model = None if file is None else found.attempt("file", file.read_bytes)
    if file is None or model is None:
        return None
    header = found.attempt("file", lambda: read_header(model, str(file)))
    if header is None:
        return None
    facts = {"path": str(file), "bytes": len(model)}
    found.add(Finding("file", "ok", f"{file}: {len(model)} bytes of ONNX, whole to the last field.", facts=facts))
    found.take("operators", lambda: [_operators(model, str(file))])
    seen = Seen(file, model, header)
    if MANIFEST_KEY not in header.metadata:
        text = "The file says nothing of its units, rate and answers: it is no bundle of the zoo."
        advice = "It is tried with made-up input; what it computes cannot be judged."
        found.add(Finding("manifest", "warning", text, advice))
        return seen
    manifest = found.attempt("manifest", lambda: read_manifest(header.metadata[MANIFEST_KEY], f"{file}: manifest"))
    if manifest is None:
        return seen
    # The file's own: what was read of an older one is in the newest format.
    version = json.loads(header.metadata[MANIFEST_KEY]).get("format_version", manifest.format_version)
    text = f"{manifest.name}, for {manifest.task}, format version {version}."
    found.add(Finding("manifest", "ok", text, facts={"format_version": version}))
    return Seen(file, model, header, _checked(seen, manifest, Path(path).is_dir(), found))


def _checked(seen: Seen, manifest: Manifest, folder: bool, found: Findings) -> Contents:
    """The bundle, with its hashes and the manifest beside it looked at."""
    before = len(found.all)
    found.attempt("hashes", lambda: check_digest(seen.model, manifest, seen.path))
    tokenizer = found.attempt("hashes", lambda: tokenizer_text(seen.header, manifest, seen.path))
    if len(found.all) == before:
        found.add(Finding("hashes", "ok", "The file is the one that was exported, to the bit."))
    if folder:
        found.take("sidecar", lambda: [_sidecar(seen)])
    return Contents(seen.path, seen.model, seen.header, manifest, tokenizer, seen.header.metadata.get(SELFTEST_KEY))


def _sidecar(seen: Seen) -> Finding:
    file = seen.path.with_name(MANIFEST_FILE)
    if not file.exists():
        text = f"{file} is missing: a runtime that cannot read ONNX metadata, as in a browser, needs it."
        return Finding("sidecar", "warning", text, "Copy the whole folder if you use such a runtime.")
    compare_sidecar(file, seen.header.metadata[MANIFEST_KEY])
    return Finding("sidecar", "ok", f"{MANIFEST_FILE} says what the file itself says.")


def _operators(model: bytes, where: str) -> Finding:
    """Which operators there are, and which of them only some runtimes have."""
    counted = operators(model, where)
    facts = {f"{domain or 'ai.onnx'}.{name}": count for (domain, name), count in sorted(counted.items())}
    strange = foreign(counted)
    if not strange:
        count = sum(counted.values())
        text = f"{count} {'node' if count == 1 else 'nodes'}, all of the ONNX standard."
        return Finding("operators", "ok", text, facts=facts)
    names = ", ".join(f"{name} ({domain})" for domain, name in strange)
    if {domain for domain, _ in strange} == {"com.microsoft"}:
        advice = "onnxruntime has them; for another runtime, export with --int8 off."
    else:
        advice = "A runtime needs a library that brings them."
    return Finding("operators", "warning", f"Not of the ONNX standard: {names}.", advice, facts)
