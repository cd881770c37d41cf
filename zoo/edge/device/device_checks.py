"""Checks the device: whether Python, numpy and onnxruntime are installed, new enough, and suitable for the file."""

import importlib
import platform
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from zoo.core.manifest import Manifest
from zoo.edge.device.findings import Finding
from zoo.edge.inputs import INPUTS, DeviceInput
from zoo.edge.inputs.kind import Package
from zoo.edge.onnxfile import Header
from zoo.edge.releases import OLDEST, number, oldest_for, reads, remedy
from zoo.edge.runtime import Unusable, import_onnxruntime

_CPU = "CPUExecutionProvider"


@dataclass(frozen=True)
class Device:
    """The installed versions, and onnxruntime's execution providers.

    Attributes:
        onnxruntime: None if it cannot be used.
        failure: why it cannot be used.
        advice: what to do about that.
    """

    python: str
    numpy: str
    onnxruntime: str | None
    providers: tuple[str, ...] = ()
    failure: str = ""
    advice: str = ""


def device() -> Device:
    """Describes this device."""
    python, numpy = platform.python_version(), str(cast(Any, np).__version__)
    try:
        onnxruntime = import_onnxruntime()
        providers = tuple(map(str, onnxruntime.get_available_providers()))
        return Device(python, numpy, str(onnxruntime.__version__), providers)
    except Unusable as error:
        return Device(python, numpy, None, failure=error.reason, advice=error.advice)
    except Exception as error:  # loaded, but broken: it can fail with any exception
        message = " ".join(str(error).split())[:300] or type(error).__name__
        return Device(python, numpy, None, failure=f"onnxruntime is broken: {message}.", advice="Reinstall it.")


def installed(here: Device) -> list[Finding]:
    """Checks that everything a model needs is installed and new enough."""
    findings = [_new_enough("python", here.python), _new_enough("numpy", here.numpy)]
    if here.onnxruntime is None:
        return [*findings, Finding("onnxruntime", "problem", f"No model can run: {here.failure}", here.advice)]
    findings.append(_new_enough("onnxruntime", here.onnxruntime))
    if _CPU not in here.providers:
        text = f"onnxruntime computes on {', '.join(here.providers) or 'nothing'}, not on the processor ({_CPU})."
        findings.append(Finding("providers", "problem", text, "Install the package onnxruntime itself."))
    else:
        unused = [name for name in here.providers if name != _CPU]
        note = f"; {', '.join(unused)} would be available but is not used" if unused else ""
        findings.append(Finding("providers", "ok", f"onnxruntime computes on the processor{note}."))
    return findings


def _new_enough(package: str, version: str) -> Finding:
    oldest = OLDEST[package]
    facts = {"version": version, "oldest": oldest}
    if number(version) < number(oldest):
        advice = "Upgrade it." if package == "python" else f'Upgrade it: pip install --upgrade "{package}>={oldest}"'
        return Finding(package, "problem", f"{version} is older than {oldest}, the oldest supported.", advice, facts)
    return Finding(package, "ok", f"{version}, {oldest} or newer is needed.", facts=facts)


def versions(here: Device, header: Header, opened: bool) -> Finding:
    """Checks whether this onnxruntime is known to read the file's opset and IR version.

    Args:
        here: the device.
        header: the file's header.
        opened: whether onnxruntime opened the file, which is decisive.
    """
    needs = f"opset {header.opset}, IR version {header.ir_version}"
    facts = {"opset": header.opset, "ir_version": header.ir_version}
    known = None if here.onnxruntime is None else reads(here.onnxruntime)
    if known is None:
        reason = "onnxruntime is missing" if here.onnxruntime is None else f"onnxruntime {here.onnxruntime} is too old"
        oldest = oldest_for(header.opset, header.ir_version)
        advice = f"onnxruntime {oldest} or newer reads it." if oldest else "Use the newest onnxruntime."
        return Finding("opset", "warning", f"The file needs {needs}; {reason}.", advice, facts)
    facts |= {"reads_opset": known.opset, "reads_ir_version": known.ir_version}
    most = f"opset {known.opset} and IR version {known.ir_version}"
    if header.opset <= known.opset and header.ir_version <= known.ir_version:
        least = "" if known.known else "at least "
        text = f"The file needs {needs}; onnxruntime {here.onnxruntime} reads up to {least}{most}."
        return Finding("opset", "ok", text, facts=facts)
    if opened or not known.known:
        text = f"The file needs {needs}; onnxruntime {here.onnxruntime} is known to read up to {most}."
        return Finding("opset", "warning", text, "Whether it opens the file, below, is decisive.", facts)
    text = f"The file needs {needs}; onnxruntime {here.onnxruntime} reads up to {most} only."
    advice = remedy(here.onnxruntime or "", header.opset, header.ir_version)
    return Finding("opset", "problem", text, advice, facts)


def against(here: Device, manifest: Manifest) -> list[Finding]:
    """Compares the device with what the file was made with, and checks the additional packages that it needs."""
    findings: list[Finding] = []
    local = {"python": here.python, "numpy": here.numpy, "onnxruntime": here.onnxruntime}
    made = {name: version for name, version in manifest.made_with.items() if local.get(name)}
    older = {name: version for name, version in made.items() if number(local[name] or "") < number(version)}
    facts = {"made_with": made, "here": {name: local[name] for name in made}}
    if older:
        packages = ", ".join(f"{name} {version} (here {local[name]})" for name, version in older.items())
        advice = "The self-test shows whether the answers are the same."
        findings.append(Finding("made with", "warning", f"The file was made with {packages}.", advice, facts))
    elif made:
        packages = ", ".join(f"{name} {version}" for name, version in made.items())
        findings.append(Finding("made with", "ok", f"{packages}: nothing here is older.", facts=facts))
    kind = INPUTS[manifest.input.kind]
    return findings + [_needed(package, kind) for package in kind.needs]


def _needed(package: Package, kind: DeviceInput) -> Finding:
    try:
        importlib.import_module(package.name)
    except ImportError:
        advice = f'Install it: pip install "sequence-zoo[{package.extra}]"'
        text = f"The model reads {kind.kind}, but the package {package.name} is missing."
        return Finding(package.name, "problem", text, advice)
    return Finding(package.name, "ok", f"{package.why} is installed.")
