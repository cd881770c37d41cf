"""Where a bundle comes from and what was measured of it: the parts of a manifest that no answer depends on.

Whoever exports a model of their own may know little of this: every part can be left out.
"""

from dataclasses import dataclass, field

from zoo.core.choices import Int8

#: A count, or a measure; None stands for NaN and infinity, which JSON cannot write.
Number = int | float | None
#: Split -> metric -> value.
Metrics = dict[str, dict[str, Number]]


@dataclass(frozen=True)
class Int8Row:
    """What was measured of one file, float32 or int8.

    Attributes:
        candidate: which file: "float32", "int8 weights", "int8 LSTM".
        size_bytes: its size on disk.
        ratio: how many times smaller it is than float32.
        latency_ms: time of one run on one input of typical length, one thread.
        change: largest difference of any output to float32's on random inputs, as a share of that output's range.
        metric: the task's metric; None if there is none, or if the file was ruled out before.
        loss: share of float32's metric that is lost; without a metric, `change`. None if the file was ruled out before.
        chosen: whether it is the file that was written.
        why: what spoke for or against it.
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
    """Float32 and int8 beside each other, and which of them was written.

    Attributes:
        asked: auto or on.
        chosen: the candidate that was written.
        metric: what `Int8Row.metric` is, and its split; None if the loss is the change of the outputs.
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
        nodes: operator -> how many nodes of it there are.
        int8: what was measured in float32 and in int8; None if int8 was not asked for.
    """

    opset: int
    ir_version: int
    nodes: dict[str, int] = field(default_factory=dict[str, int])
    int8: Int8Report | None = None


@dataclass(frozen=True)
class ModelFacts:
    """The Keras model.

    Attributes:
        cell: its recurrent cell, as a recipe names it; None if nobody said.
        parameters: how many; None if nobody counted.
        layers: "name: class" of each, in order.
    """

    cell: str | None = None
    parameters: int | None = None
    layers: tuple[str, ...] = ()


@dataclass(frozen=True)
class SplitFacts:
    """How the data was divided.

    Attributes:
        by: subject, time, or given by the data set.
        validation: share that chose the weights and the threshold.
        test: share that was looked at once, at the end.
        seed: chose which subjects went where.
        folds: for cross-validation, how many parts were dealt out; None without it.
        fold: which of them was tested on, from 1.
        test_parts: parts of the data set that were tested on; empty if not divided so.
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
    """The data that the model was trained on; "" for what a user's own data does not say.

    Attributes:
        name: the data set's name, or that of the user's files.
        title: one line for a reader.
        licence: as the publisher states it.
        cite: the paper to cite.
        sha256: of the file that was read, or of all files' digests if there were several.
        url: the publisher's page.
        split: how it was divided; None if nobody said.
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
        onnx: of the file as it was written.
        float32: of the file before its weights were rounded; None if they were not.
    """

    keras: Number
    onnx: Number
    float32: Number = None


@dataclass(frozen=True)
class PiecesFacts:
    """A file for streams, run in pieces and whole.

    Attributes:
        inputs: how many inputs were cut.
        ways: in how many ways, all inputs together.
        largest: largest difference of an output or a last state; relative where values are over 1.
        allowed: what it might have been.
    """

    inputs: int
    ways: int
    largest: float
    allowed: float


@dataclass(frozen=True)
class ParityFacts:
    """The file and the Keras model, run on the same inputs.

    Attributes:
        cases: how many inputs.
        rows: how many of them were real.
        largest_absolute: largest |ONNX - Keras|.
        largest_relative: largest |ONNX - Keras| / |Keras|, where |Keras| is at least 0.001.
        allowed: what |ONNX - Keras| might have been, as a formula.
        patterns: where the masked steps of random inputs were.
        pieces: what running in pieces showed; None of a file that needs whole inputs.
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
