"""The contenders, and their preparation: the file is loaded, and the output is compared with Keras's."""

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

TOLERANCE = 1e-4  # largest difference of a probability

#: A file and the facts about it, or None and the reason why there is none, by exporter and batch size.
Files = Mapping[tuple[str, int], tuple[Path | None, FileFacts]]


@dataclass(frozen=True)
class Contender:
    """A way to run a model.

    Attributes:
        title: name in tables.
        load: called with the case, the file and the input; returns a function that runs one inference.
        exporter: key in `EXPORTERS` of the exporter that writes the file; None if no file is needed.
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
    """A contender that is ready, or the reason why it is not.

    Attributes:
        run: runs one inference; None if it cannot run.
        difference: largest absolute difference from Keras; None if there is no output to compare.
        reason: why it is not timed; None if it is timed.
    """

    run: Run | None
    difference: float | None
    reason: str | None

    @property
    def fit(self) -> bool:
        """Whether it runs and its output equals Keras's."""
        return self.reason is None

    def close(self) -> None:
        """Ends its separate process, if it has one."""
        if isinstance(self.run, Elsewhere):
            self.run.close()


def write_files(case: Case, batches: tuple[int, ...], folder: Path, report: Callable[[str], None]) -> Files:
    """Writes the files of every exporter that suits the case."""
    files: dict[tuple[str, int], tuple[Path | None, FileFacts]] = {}
    for key, exporter in EXPORTERS.items():
        if exporter.masked_only and case.variant != "masked":
            continue
        for batch in batches:
            if batch == batches[0] or exporter.fixed_batch:
                report(f"{case.title}: {exporter.title} writes a file")
                files[key, batch] = export(case, key, batch, folder)
            else:
                files[key, batch] = files[key, batches[0]]
    return files


def starts(case: Case, batch: int, files: Files) -> dict[str, Start]:
    """Prepares every contender that suits the case, by key."""
    x = make_input(case, batch)
    reference = expected(case, x)
    ready = {}
    for key, contender in CONTENDERS.items():
        if contender.exporter is None or (contender.exporter, batch) in files:
            ready[key] = start(case, contender, batch, files, x, reference)
    return ready


def start(case: Case, contender: Contender, batch: int, files: Files, x: np.ndarray, reference: np.ndarray) -> Start:
    """Loads one contender, and compares its output for `x` with `reference`, (batch, classes)."""
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
            output = run()
    except Exception as error:  # any error of a contender is shown in its cell of the table
        Start(run, None, None).close()
        return Start(None, None, why(error))
    if output.shape != reference.shape:
        return Start(run, None, f"its output has shape {output.shape}, Keras's {reference.shape}")
    difference = float(np.abs(output - reference).max())
    if not difference <= TOLERANCE:  # also if it is NaN
        reason = f"its probabilities differ from Keras's by {difference:.1g}"
        return Start(run, difference if np.isfinite(difference) else None, reason)
    return Start(run, difference, None)


def read_by_openvino(case: Case, path: Path) -> str | None:
    """Whether OpenVINO runs an ONNX file with the same output as Keras; None if OpenVINO is not installed."""
    x = make_input(case, 4)
    try:
        with silenced():
            difference = float(np.abs(in_openvino(case, path, x)() - expected(case, x)).max())
    except ModuleNotFoundError:
        return None
    except Exception as error:  # a refusal is a result
        return f"refused: {why(error)}"
    return "right" if difference <= TOLERANCE else f"wrong by {difference:.1g}"
