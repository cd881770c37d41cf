"""onnxruntime sessions set up for small devices: one thread, no spinning, nothing printed."""

import importlib
import re
from typing import Any, Protocol, cast

import numpy.typing as npt

from zoo.edge.manifest import Manifest, SensorInput
from zoo.edge.onnxfile import Header
from zoo.errors import BundleError


class Port(Protocol):
    """A named input or output of a session."""

    @property
    def name(self) -> str:
        """Name in the graph."""
        ...

    @property
    def type(self) -> str:
        """Such as "tensor(float)"."""
        ...

    @property
    def shape(self) -> list[int | str | None]:
        """Sizes, or the names of sizes that may vary."""
        ...


class Session(Protocol):
    """What is used of `onnxruntime.InferenceSession`."""

    def get_inputs(self) -> list[Port]:
        """The graph's inputs."""
        ...

    def get_outputs(self) -> list[Port]:
        """The graph's outputs."""
        ...

    def run(self, output_names: list[str] | None, input_feed: dict[str, npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
        """Computes the outputs."""
        ...


def open_session(model: bytes, header: Header, where: str) -> Session:
    """Opens a model in onnxruntime.

    Threads and spinning would burn a small device's processor between two samples and gain nothing: a recurrent
    model of this size is faster on one thread.

    Args:
        model: the ONNX file.
        header: its outermost layer, for messages.
        where: its path, for messages.

    Raises:
        BundleError: this onnxruntime cannot run the file.
    """
    # 0.1 s and 30 MB: only when a model is opened. The package has no types of its own.
    onnxruntime: Any = importlib.import_module("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own classes are private
        raise BundleError(f"{where}: {_refusal(str(error), header, str(onnxruntime.__version__))}") from None
    return cast(Session, session)


def check_ports(session: Session, manifest: Manifest, where: str) -> None:
    """Holds the graph's inputs and outputs against the manifest.

    Raises:
        BundleError: a name, type or number of axes differs.
    """
    spec, output = manifest.input, manifest.output
    sensor = isinstance(spec, SensorInput)
    wanted = (spec.name, "tensor(float)" if sensor else "tensor(int32)", 3 if sensor else 2)
    ports = [(port.name, port.type, len(port.shape)) for port in session.get_inputs()]
    if ports != [wanted]:
        raise BundleError(f"{where}: expected the input {_port(*wanted)} alone, got {_ports(ports)}.")
    features = session.get_inputs()[0].shape[-1]
    if isinstance(spec, SensorInput) and isinstance(features, int) and features != len(spec.features):
        raise BundleError(f"{where}: expected an input of {len(spec.features)} features, got {features}.")
    wanted = (output.name, "tensor(float)", 2 if manifest.task == "sentiment" else 3)
    ports = [(port.name, port.type, len(port.shape)) for port in session.get_outputs()]
    if wanted not in ports:
        raise BundleError(f"{where}: expected the output {_port(*wanted)}, got {_ports(ports)}.")


def _port(name: str, kind: str, axes: int) -> str:
    return f"'{name}' {kind} with {axes} axes"


def _ports(ports: list[tuple[str, str, int]]) -> str:
    return "; ".join(_port(*port) for port in ports)


def _refusal(message: str, header: Header, version: str) -> str:
    """Why onnxruntime refuses a file, and what to do: its own message tells how far it reads."""
    release = ".".join(version.split(".")[:2])
    if found := re.search(r"max supported IR version: (\d+)", message):
        return (
            f"needs ONNX IR version {header.ir_version}, this onnxruntime ({release}) reads up to {found[1]}. "
            "Upgrade onnxruntime, or export with a lower --opset."
        )
    if found := re.search(r"official support for domain ai\.onnx is till opset (\d+)", message):
        return (
            f"needs opset {header.opset}, this onnxruntime ({release}) reads up to {found[1]}. "
            f"Upgrade onnxruntime, or export with --opset {found[1]}."
        )
    return f"this onnxruntime ({release}) cannot run the file: {' '.join(message.split())}"
