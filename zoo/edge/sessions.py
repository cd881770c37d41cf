"""onnxruntime sessions set up for small devices: one thread, no spinning, nothing printed."""

import re
from typing import Any, Protocol, cast

import numpy.typing as npt

from zoo.core.errors import BundleError
from zoo.core.manifest import Manifest, SensorInput, State
from zoo.edge.onnxfile import Header
from zoo.edge.releases import remedy
from zoo.edge.runtime import import_onnxruntime


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

    def io_binding(self) -> Any:
        """Inputs and outputs bound to memory."""
        ...

    def run_with_iobinding(self, iobinding: Any) -> None:
        """Computes the bound outputs from the bound inputs."""
        ...


def open_session(model: bytes, header: Header, where: str, threads: int = 1) -> Session:
    """Opens a model in onnxruntime.

    Threads and spinning would burn a small device's processor between two samples and gain nothing: a recurrent
    model of this size is faster on one thread.

    Args:
        model: the ONNX file.
        header: its outermost layer, for messages.
        where: its path, for messages.
        threads: that compute one operator together.

    Raises:
        BundleError: this onnxruntime cannot run the file, or there is none.
    """
    onnxruntime = import_onnxruntime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
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
    states = () if manifest.streaming is None else manifest.streaming.states
    kept = [(state.input, "tensor(float)", 1 + len(state.sizes)) for state in states]
    ports = [(port.name, port.type, len(port.shape)) for port in session.get_inputs()]
    if ports != [wanted, *kept]:
        alone = "" if kept else " alone"
        raise BundleError(f"{where}: expected the input {_ports([wanted, *kept])}{alone}, got {_ports(ports)}.")
    features = session.get_inputs()[0].shape[-1]
    if isinstance(spec, SensorInput) and isinstance(features, int) and features != spec.width:
        raise BundleError(f"{where}: expected an input of {spec.width} features, got {features}.")
    wanted = (output.name, "tensor(float)", 2 if manifest.task == "sentiment" else 3)
    ports = [(port.name, port.type, len(port.shape)) for port in session.get_outputs()]
    for port in [wanted, *((state.output, "tensor(float)", 1 + len(state.sizes)) for state in states)]:
        if port not in ports:
            raise BundleError(f"{where}: expected the output {_port(*port)}, got {_ports(ports)}.")
    if states:
        _check_states(session, states, where)


def _check_states(session: Session, states: tuple[State, ...], where: str) -> None:
    """Holds the sizes of the states against the manifest: memory is laid out by it."""
    sizes = {port.name: tuple(port.shape[1:]) for port in (*session.get_inputs(), *session.get_outputs())}
    for state in states:
        for name in (state.input, state.output):
            if sizes[name] != state.sizes:
                raise BundleError(f"{where}: expected '{name}' of sizes {state.sizes}, got {sizes[name]}.")


def _port(name: str, kind: str, axes: int) -> str:
    return f"'{name}' {kind} with {axes} axes"


def _ports(ports: list[tuple[str, str, int]]) -> str:
    return "; ".join(_port(*port) for port in ports)


def _refusal(message: str, header: Header, version: str) -> str:
    """Why onnxruntime refuses a file, and what to do: its own message tells how far it reads."""
    release = ".".join(version.split(".")[:2])
    advice = remedy(version, header.opset, header.ir_version)
    if found := re.search(r"max supported IR version: (\d+)", message):
        needs = f"needs opset {header.opset} and ONNX IR version {header.ir_version}"
        return f"{needs}, this onnxruntime ({release}) reads up to IR version {found[1]}. {advice}"
    if found := re.search(r"official support for domain ai\.onnx is till opset (\d+)", message):
        return f"needs opset {header.opset}, this onnxruntime ({release}) reads up to {found[1]}. {advice}"
    return f"this onnxruntime ({release}) cannot run the file: {' '.join(message.split())}"
