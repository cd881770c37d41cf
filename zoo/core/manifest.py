"""The manifest, which describes a bundle: frozen values as JSON, stored in the ONNX file's metadata and beside it."""

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, cast

from zoo.core.errors import BundleError
from zoo.core.events import EventRule
from zoo.core.plain import finite, from_plain
from zoo.core.provenance import DataFacts, Metrics, ModelFacts, Number, ParityFacts, Runtime
from zoo.core.transform import Fill
from zoo.core.upgrade import upgraded

#: Incremented when a reader of the older format would misread the newer one.
FORMAT_VERSION = 3

#: Keys of the ONNX file's metadata.
MANIFEST_KEY = "zoo.manifest"
TOKENIZER_KEY = "zoo.tokenizer"
SELFTEST_KEY = "zoo.selftest"
#: The resolved recipe as YAML: what `zoo evaluate` needs to find the same data and splits again.
RECIPE_KEY = "zoo.recipe"
#: Measurements in float32 and int8, as JSON, in files without a manifest: those of a user's own model.
INT8_KEY = "zoo.int8"


@dataclass(frozen=True)
class Feature:
    """One channel of a recording.

    Attributes:
        name: column name.
        unit: physical unit, "" if there is none.
        low: lowest value that the sensor can produce, or None if unknown; values outside the limits are refused.
        high: highest value that the sensor can produce, or None if unknown.
    """

    name: str
    unit: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class RecordingInput:
    """Input `name`: (batch, time, width) float32 at `sample_rate_hz`, unscaled: scaling is in the graph.

    Attributes:
        features: what the sensor measures.
        sample_rate_hz: time steps per second.
        fill: how a time step without a sample is filled: on the line between the samples around it, or with the last.
        gaps: whether ln(1 + seconds since the last step with a sample) follows the features as an extra channel.
        max_gap_s: longest time without a sample that is filled, in seconds; values in a longer gap are unknown.
    """

    features: tuple[Feature, ...]
    sample_rate_hz: float
    fill: Fill = "line"
    gaps: bool = False
    max_gap_s: float = 10.0
    name: str = "input"
    kind: Literal["recording"] = "recording"
    layout: Literal["batch,time,features"] = "batch,time,features"
    dtype: Literal["float32"] = "float32"

    @property
    def width(self) -> int:
        """How many numbers the graph reads at each time step."""
        return len(self.features) + self.gaps

    @property
    def sizes(self) -> tuple[int | None, ...]:
        """Sizes of the axes after the batch axis; None: variable."""
        return None, self.width

    @property
    def most_steps(self) -> int | None:
        """Maximum number of time steps that are read; None: all."""
        return None

    @property
    def vocabulary(self) -> int:
        """Number of token ids: none."""
        return 0

    @property
    def silence_s(self) -> float | None:
        """Longest time without input after which a stream continues, in seconds."""
        return self.max_gap_s


@dataclass(frozen=True)
class TextInput:
    """Input `name`: (batch, time) int32 token ids, right-padded with `pad_id`.

    Attributes:
        vocabulary: number of ids; they run from 0 to vocabulary - 1.
        max_tokens: longer texts are cut to this many tokens.
        keep: which end of a longer text is kept.
        pad_id: pads the shorter rows of a batch; the graph masks it.
        unknown_id: stands for every word that the tokeniser does not know.
        begin_id: prepended to every text, or None.
    """

    vocabulary: int
    max_tokens: int
    keep: Literal["start", "end"] = "end"
    pad_id: int = 0
    unknown_id: int = 1
    begin_id: int | None = None
    name: str = "input"
    kind: Literal["text"] = "text"
    layout: Literal["batch,time"] = "batch,time"
    dtype: Literal["int32"] = "int32"

    @property
    def sizes(self) -> tuple[int | None, ...]:
        """Sizes of the axes after the batch axis; None: variable."""
        return (None,)

    @property
    def most_steps(self) -> int | None:
        """Maximum number of time steps that are read; None: all."""
        return self.max_tokens

    @property
    def silence_s(self) -> float | None:
        """Longest time without input after which a stream continues, in seconds; None: a text has no limit."""
        return None


#: The input of a graph, of any kind.
ModelInput: TypeAlias = RecordingInput | TextInput


@dataclass(frozen=True)
class State:
    """A recurrent state: an input of the graph, and the output that the next run feeds back into it.

    Attributes:
        input: name of the input, (batch, *sizes) float32.
        output: name of the output, of the same shape.
        sizes: sizes of one row.
        initial: value of every element when a stream or a recording begins.
    """

    input: str
    output: str
    sizes: tuple[int, ...]
    initial: float = 0.0


@dataclass(frozen=True)
class Streaming:
    """How the file runs on live input, piece by piece.

    Attributes:
        states: the states that are passed from piece to piece.
        piece: a piece has this many time steps or a multiple of it; the graph returns one output per `piece` steps.
        reset_after_s: for recordings: after this many seconds without a sample, states and events are reset. Time
            steps in a shorter gap are filled according to the input's `fill`.
    """

    states: tuple[State, ...]
    piece: int = 1
    reset_after_s: float = 10.0


@dataclass(frozen=True)
class Output:
    """Output `name` and what its last axis means.

    Attributes:
        labels: names of the entries on the last axis, as the task defines them; empty where the tokeniser names them.
        never: ids that are never proposed to a user, such as padding.
        thresholds: score from which each label is reported, where several may apply at the same time (multi-label);
            empty where only the likeliest label is reported.
        window_steps: time steps per window, for recordings that are labelled window by window; None: as a whole.
    """

    labels: tuple[str, ...]
    name: str = "output"
    dtype: Literal["float32"] = "float32"
    never: tuple[int, ...] = ()
    thresholds: tuple[float, ...] = ()
    window_steps: int | None = None


@dataclass(frozen=True)
class Manifest:
    """Everything that a runtime must know to use the file correctly, and where the file comes from.

    Attributes:
        name: the bundle's name.
        task: the task's name, a row of the table of tasks.
        summary: one line for a reader.
        recipe_sha256: digest of the resolved recipe.
        input: what the graph reads.
        output: what the graph returns.
        events: when scores become events; empty for tasks without events.
        runtime: what the graph requires of a runtime; None until it is exported.
        model: the Keras model that was exported.
        made_with: package name -> version.
        data: the training data; None if unknown.
        metrics: split -> metric -> value, measured on this file; None for a value that is not a finite number.
        parity: comparison with the Keras model; None until it is exported.
        tokenizer_sha256: digest of the tokeniser's JSON text, or None.
        streaming: how the file runs on live input; None if it needs the complete input.
        model_sha256: digest of the ONNX file with these 64 characters replaced by zeros.
        format_version: version of the manifest as written; older ones are upgraded when they are read.
    """

    name: str
    task: str
    summary: str
    recipe_sha256: str
    input: ModelInput
    output: Output
    events: tuple[EventRule, ...] = ()
    runtime: Runtime | None = None
    model: ModelFacts = field(default_factory=ModelFacts)
    made_with: dict[str, str] = field(default_factory=dict[str, str])
    data: DataFacts | None = None
    metrics: Metrics = field(default_factory=dict[str, dict[str, Number]])
    parity: ParityFacts | None = None
    tokenizer_sha256: str | None = None
    streaming: Streaming | None = None
    model_sha256: str = "0" * 64
    format_version: int = FORMAT_VERSION

    @property
    def piece(self) -> int:
        """Time steps of the input per output of the graph, where it returns one per time step."""
        return 1 if self.streaming is None else self.streaming.piece

    def to_json(self) -> str:
        """The manifest as JSON text, keys in field order; NaN and infinity, which JSON cannot express, become null."""
        return json.dumps(finite(dataclasses.asdict(self)), indent=1, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str, where: str = "manifest") -> "Manifest":
        """Reads a manifest of this format or an older one.

        Unknown keys are ignored; contradictions between fields are not checked.

        Args:
            text: what `to_json` wrote.
            where: location of the text, for messages.

        Raises:
            BundleError: the text is not JSON, was written for a newer reader, or has a field of another type.
        """
        try:
            plain: object = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise BundleError(f"{where}: expected JSON, got text that does not parse: {error}.") from None
        values = cast("dict[str, object]", plain) if isinstance(plain, dict) else {}
        version = values.get("format_version")
        if isinstance(version, int) and version > FORMAT_VERSION:
            raise BundleError(
                f"{where}.format_version: expected at most {FORMAT_VERSION}, got {version}. Upgrade sequence-zoo."
            )
        return from_plain(cls, upgraded(values) if values else cast("object", plain), where)
