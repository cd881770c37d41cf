"""onnxruntime sessions configured for small devices: one thread, no spinning, no output."""

import re
from typing import Any, Protocol, cast

import numpy.typing as npt

from zoo.core.errors import BundleError
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
        """Element type, such as "tensor(float)"."""
        ...

    @property
    def shape(self) -> list[int | str | None]:
        """Sizes, or the names of sizes that may vary."""
        ...


class Session(Protocol):
    """The part of `onnxruntime.InferenceSession` that the zoo uses."""

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

    Threads and spinning would load a small device's processor between samples without benefit: a recurrent model
    of this size is faster on one thread.

    Args:
        model: the ONNX file.
        header: its versions, for messages.
        where: its path, for messages.
        threads: number of threads that compute one operator.

    Raises:
        BundleError: this onnxruntime cannot run the file, or none is installed.
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


def _refusal(message: str, header: Header, version: str) -> str:
    """Why onnxruntime refuses a file, and what to do; onnxruntime's message contains the versions that it reads."""
    release = ".".join(version.split(".")[:2])
    advice = remedy(version, header.opset, header.ir_version)
    if match := re.search(r"max supported IR version: (\d+)", message):
        needs = f"needs opset {header.opset} and ONNX IR version {header.ir_version}"
        return f"{needs}, this onnxruntime ({release}) reads up to IR version {match[1]}. {advice}"
    if match := re.search(r"official support for domain ai\.onnx is till opset (\d+)", message):
        return f"needs opset {header.opset}, this onnxruntime ({release}) reads up to {match[1]}. {advice}"
    return f"this onnxruntime ({release}) cannot run the file: {' '.join(message.split())}"
