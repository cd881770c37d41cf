"""A bundle's origin and measurements: the parts of a manifest that do not affect any answer.

Users who export their own model may know little of this: every part is optional.
"""

from dataclasses import dataclass, field

from zoo.core.choices import Int8

#: A count or a measurement; None stands for NaN and infinity, which JSON cannot express.
Number = int | float | None
#: Split -> metric -> value.
Metrics = dict[str, dict[str, Number]]


@dataclass(frozen=True)
class Int8Row:
    """Measurements of one file, float32 or int8.

    Attributes:
        candidate: which file: "float32", "int8 weights", "int8 LSTM".
        size_bytes: its size on disk.
        ratio: how many times smaller it is than float32.
        latency_ms: time of one run on one input of typical length, one thread.
        change: largest difference of any output from float32's on random inputs, as a share of that output's range.
        metric: the task's metric; None if there is none, or if the file was already ruled out.
        loss: relative loss of float32's metric; without a metric, `change`. None if the file was already ruled out.
        chosen: whether this file was written.
        why: reason for or against it.
    """

    candidate: str
    size_bytes: int
    ratio: float
    latency_ms: float
    change: float | None
    metric: float | None = None
    loss: float | None = None
    chosen: bool = False
    why: str = ""


@dataclass(frozen=True)
class Int8Report:
    """Comparison of float32 and int8, and which of them was written.

    Attributes:
        asked: the user's choice, auto or on.
        chosen: the candidate that was written.
        metric: name and split of `Int8Row.metric`; None if the loss is the change of the outputs.
        rows: the float32 file first.
    """

    asked: Int8
    chosen: str
    metric: str | None
    rows: tuple[Int8Row, ...]


@dataclass(frozen=True)
class Runtime:
    """What a runtime needs to run the graph.

    Attributes:
        opset: version of ONNX's operator set.
        ir_version: version of ONNX's file format.
        nodes: operator -> number of nodes.
        int8: measurements in float32 and int8; None if int8 was not requested.
    """

    opset: int
    ir_version: int
    nodes: dict[str, int] = field(default_factory=dict[str, int])
    int8: Int8Report | None = None


@dataclass(frozen=True)
class ModelFacts:
    """The Keras model.

    Attributes:
        cell: its recurrent cell, as a recipe names it; None if unknown.
        parameters: number of parameters; None if unknown.
        layers: "name: class" of each layer, in order.
    """

    cell: str | None = None
    parameters: int | None = None
    layers: tuple[str, ...] = ()


@dataclass(frozen=True)
class SplitFacts:
    """How the data was split.

    Attributes:
        by: subject, time, or given by the data set.
        validation: share used to choose the weights and the threshold.
        test: share used once, at the end.
        seed: determines which subjects are in which split.
        folds: number of folds of a cross-validation; None without one.
        fold: the fold used as the test split, counted from 1.
        test_parts: parts of the data set used as the test split; empty if not split by part.
    """

    by: str
    validation: float
    test: float
    seed: int = 0
    folds: int | None = None
    fold: int | None = None
    test_parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class DataFacts:
    """The data that the model was trained on; "" for what is unknown of a user's own data.

    Attributes:
        name: name of the data set, or of the user's files.
        title: one line for a reader.
        licence: as the publisher states it.
        cite: the paper to cite.
        sha256: digest of the file that was read, or of all files' digests if there were several.
        url: the publisher's page.
        split: how it was split; None if unknown.
    """

    name: str
    title: str = ""
    licence: str = ""
    cite: str = ""
    sha256: str = ""
    url: str = ""
    split: SplitFacts | None = None


@dataclass(frozen=True)
class MetricPair:
    """One metric of the test split, measured with Keras and with the file.

    Attributes:
        keras: of the Keras model.
        onnx: of the file as written.
        float32: of the file before its weights were quantised; None if they were not.
    """

    keras: Number
    onnx: Number
    float32: Number = None


@dataclass(frozen=True)
class PiecesFacts:
    """A streaming file, run in pieces and on complete inputs.

    Attributes:
        inputs: number of inputs that were cut.
        ways: number of ways in which they were cut, over all inputs.
        largest: largest difference of an output or a last state; relative where values exceed 1.
        allowed: the tolerance for it.
    """

    inputs: int
    ways: int
    largest: float
    allowed: float


@dataclass(frozen=True)
class ParityFacts:
    """The file and the Keras model, run on the same inputs.

    Attributes:
        cases: number of inputs.
        rows: number of real rows among them.
        largest_absolute: largest |ONNX - Keras|.
        largest_relative: largest |ONNX - Keras| / |Keras|, where |Keras| is at least 0.001.
        allowed: the tolerance for |ONNX - Keras|, as a formula.
        patterns: where the masked steps of random inputs were.
        pieces: result of running in pieces; None for a file that needs complete inputs.
        metrics: metric -> both measurements.
    """

    cases: int
    rows: int
    largest_absolute: float
    largest_relative: float
    allowed: str
    patterns: tuple[str, ...] = ()
    pieces: PiecesFacts | None = None
    metrics: dict[str, MetricPair] = field(default_factory=dict[str, MetricPair])
