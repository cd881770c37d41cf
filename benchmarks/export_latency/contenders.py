"""The contenders, and how one gets to the start: its file loaded, its answer compared with Keras's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.elsewhere import Elsewhere
from benchmarks.export_latency.exporters import EXPORTERS, export
from benchmarks.export_latency.results import FileFacts
from benchmarks.export_latency.runtimes import in_litert, in_onnxruntime, in_openvino, in_openvino_fixed, in_pytorch
from benchmarks.models import Case, expected, make_input
from benchmarks.quiet import silenced
from benchmarks.reasons import Unmeasured, why
from benchmarks.timing import Run

TOLERANCE = 1e-4  # of a probability

#: A file, or why there is none, by exporter and batch size.
Files = Mapping[tuple[str, int], tuple[Path | None, FileFacts]]


@dataclass(frozen=True)
class Contender:
    """A way to run a model.

    Attributes:
        load: called with the case, the file and the input; returns one inference.
        exporter: who writes the file, a key of `EXPORTERS`; None if no file is needed.
    """

    title: str
    load: Callable[[Case, Path, np.ndarray], Run]
    exporter: str | None


CONTENDERS = {
    "ours": Contender("ours", in_onnxruntime, "ours"),
    "ours-right-padded": Contender("ours, right-padded", in_onnxruntime, "ours-right-padded"),
    "keras": Contender("Keras export", in_onnxruntime, "keras"),
    "tf2onnx": Contender("tf2onnx", in_onnxruntime, "tf2onnx"),
    "litert": Contender("LiteRT", in_litert, "litert"),
    "openvino": Contender("OpenVINO, our file", in_openvino, "ours"),
    "openvino-fixed": Contender("OpenVINO, fixed batch", in_openvino_fixed, "ours"),
    "pytorch": Contender("PyTorch, eager", in_pytorch, None),
}


@dataclass(frozen=True)
class Start:
    """A contender at the start.

    Attributes:
        run: one inference; None if it cannot run.
        difference: largest absolute difference from Keras; None if there is none.
        reason: why it is not timed; None if it is.
    """

    run: Run | None
    difference: float | None
    reason: str | None

    @property
    def fit(self) -> bool:
        """Whether it runs and computes what Keras computes."""
        return self.reason is None

    def close(self) -> None:
        """Ends the process that it runs in, if it has one of its own."""
        if isinstance(self.run, Elsewhere):
            self.run.close()


def write_files(case: Case, batches: tuple[int, ...], folder: Path, tell: Callable[[str], None]) -> Files:
    """Lets every exporter that suits the case write its files."""
    files: dict[tuple[str, int], tuple[Path | None, FileFacts]] = {}
    for key, exporter in EXPORTERS.items():
        if exporter.masked_only and case.variant != "masked":
            continue
        for batch in batches:
            if batch == batches[0] or exporter.fixed_batch:
                tell(f"{case.title}: {exporter.title} writes a file")
                files[key, batch] = export(case, key, batch, folder)
            else:
                files[key, batch] = files[key, batches[0]]
    return files


def starts(case: Case, batch: int, files: Files) -> dict[str, Start]:
    """Brings to the start every contender that suits the case, by key."""
    x = make_input(case, batch)
    answer = expected(case, x)
    ready = {}
    for key, contender in CONTENDERS.items():
        if contender.exporter is None or (contender.exporter, batch) in files:
            ready[key] = start(case, contender, batch, files, x, answer)
    return ready


def start(case: Case, contender: Contender, batch: int, files: Files, x: np.ndarray, answer: np.ndarray) -> Start:
    """Loads one contender and compares what it computes from `x` with `answer`, (batch, classes)."""
    run = None
    try:
        path = Path()
        if contender.exporter is not None:
            written, facts = files[contender.exporter, batch]
            if written is None:
                raise Unmeasured(str(facts.reason))
            path = written
        with silenced():
            run = contender.load(case, path, x)
            given = run()
    except Exception as error:  # whatever goes wrong in a peer: it is that peer's cell in the table
        Start(run, None, None).close()
        return Start(None, None, why(error))
    if given.shape != answer.shape:
        return Start(run, None, f"computes shape {given.shape} where Keras computes {answer.shape}")
    difference = float(np.abs(given - answer).max())
    if not difference <= TOLERANCE:  # NaN as well
        reason = f"its probabilities differ from Keras's by {difference:.1g}"
        return Start(run, difference if np.isfinite(difference) else None, reason)
    return Start(run, difference, None)


def read_by_openvino(case: Case, path: Path) -> str | None:
    """Whether OpenVINO runs an ONNX file and computes what Keras does; None if OpenVINO is not installed."""
    x = make_input(case, 4)
    try:
        with silenced():
            difference = float(np.abs(in_openvino(case, path, x)() - expected(case, x)).max())
    except ModuleNotFoundError:
        return None
    except Exception as error:  # a refusal is what is asked for here
        return f"refused: {why(error)}"
    return "right" if difference <= TOLERANCE else f"wrong by {difference:.1g}"
