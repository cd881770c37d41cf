"""Checks the file: whether it is complete, unchanged, in a known format, and uses operators that runtimes support."""

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
class InspectedFile:
    """The readable contents of a file.

    Attributes:
        path: the ONNX file.
        model: its bytes.
        header: its versions and metadata.
        contents: the bundle, even if a hash is wrong; None for a file without a readable manifest.
    """

    path: Path
    model: bytes
    header: Header
    contents: Contents | None = None

    @property
    def where(self) -> str:
        """The path, for messages."""
        return str(self.path)


def inspect_file(path: str | os.PathLike[str], findings: Findings) -> InspectedFile | None:
    """Reads as much of the file as possible; None if it is not an ONNX file."""
    file = findings.attempt("file", lambda: model_file(Path(path)))
    model = None if file is None else findings.attempt("file", file.read_bytes)
    if file is None or model is None:
        return None
    header = findings.attempt("file", lambda: read_header(model, str(file)))
    if header is None:
        return None
    facts = {"path": str(file), "bytes": len(model)}
    findings.add(Finding("file", "ok", f"{file}: {len(model)} bytes of ONNX, complete to the last field.", facts=facts))
    findings.take("operators", lambda: [_operators(model, str(file))])
    inspected = InspectedFile(file, model, header)
    if MANIFEST_KEY not in header.metadata:
        text = "The file does not describe its units, rate and answers: it is not a bundle of the zoo."
        advice = "It is run on made-up input; whether it computes correctly is unknown."
        findings.add(Finding("manifest", "warning", text, advice))
        return inspected
    manifest = findings.attempt("manifest", lambda: read_manifest(header.metadata[MANIFEST_KEY], f"{file}: manifest"))
    if manifest is None:
        return inspected
    # The version in the file: the manifest itself has been upgraded to the newest format.
    version = json.loads(header.metadata[MANIFEST_KEY]).get("format_version", manifest.format_version)
    text = f"{manifest.name}, for {manifest.task}, format version {version}."
    findings.add(Finding("manifest", "ok", text, facts={"format_version": version}))
    return InspectedFile(file, model, header, _checked(inspected, manifest, Path(path).is_dir(), findings))


def _checked(inspected: InspectedFile, manifest: Manifest, folder: bool, findings: Findings) -> Contents:
    """Checks the hashes and the manifest beside the file; returns the bundle."""
    before = len(findings.all)
    findings.attempt("hashes", lambda: check_digest(inspected.model, manifest, inspected.path))
    tokenizer = findings.attempt("hashes", lambda: tokenizer_text(inspected.header, manifest, inspected.path))
    if len(findings.all) == before:
        findings.add(Finding("hashes", "ok", "The file is identical to the exported one."))
    if folder:
        findings.take("sidecar", lambda: [_sidecar(inspected)])
    return Contents(
        inspected.path,
        inspected.model,
        inspected.header,
        manifest,
        tokenizer,
        inspected.header.metadata.get(SELFTEST_KEY),
    )


def _sidecar(inspected: InspectedFile) -> Finding:
    file = inspected.path.with_name(MANIFEST_FILE)
    if not file.exists():
        text = f"{file} is missing: a runtime that cannot read ONNX metadata, such as one in a browser, needs it."
        return Finding("sidecar", "warning", text, "Copy the whole folder if you use such a runtime.")
    compare_sidecar(file, inspected.header.metadata[MANIFEST_KEY])
    return Finding("sidecar", "ok", f"{MANIFEST_FILE} matches the manifest in the file.")


def _operators(model: bytes, where: str) -> Finding:
    """Reports the operators, and those that only some runtimes support."""
    counts = operators(model, where)
    facts = {f"{domain or 'ai.onnx'}.{name}": count for (domain, name), count in sorted(counts.items())}
    nonstandard = foreign(counts)
    if not nonstandard:
        count = sum(counts.values())
        text = f"{count} {'node' if count == 1 else 'nodes'}, all in the ONNX standard."
        return Finding("operators", "ok", text, facts=facts)
    names = ", ".join(f"{name} ({domain})" for domain, name in nonstandard)
    if {domain for domain, _ in nonstandard} == {"com.microsoft"}:
        advice = "onnxruntime supports them; for another runtime, export with --int8 off."
    else:
        advice = "The runtime needs a library that provides them."
    return Finding("operators", "warning", f"Not in the ONNX standard: {names}.", advice, facts)
