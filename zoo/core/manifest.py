"""What a bundle says of itself: frozen values, one JSON text, kept in the ONNX file's metadata and beside it."""

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

#: Raised by one when a reader of the older format would misread the newer one.
FORMAT_VERSION = 3

#: Keys of the ONNX file's metadata.
MANIFEST_KEY = "zoo.manifest"
TOKENIZER_KEY = "zoo.tokenizer"
SELFTEST_KEY = "zoo.selftest"
#: The resolved recipe as YAML: what `zoo evaluate` needs to find the same data and splits again.
RECIPE_KEY = "zoo.recipe"
#: What was measured in float32 and in int8, as JSON, where there is no manifest: in a file of a user's own model.
INT8_KEY = "zoo.int8"


@dataclass(frozen=True)
class Feature:
    """One channel of a recording.

    Attributes:
        name: column name.
        unit: physical unit, "" if there is none.
        low: lowest value that the sensor can give, or None if not known; values outside are refused.
        high: highest value that the sensor can give, or None.
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
        sample_rate_hz: time steps a second.
        fill: what stands in a time step without a sample: the line between the samples around it, or the last one.
        gaps: whether ln(1 + seconds since the last step with a sample) comes behind the features.
        max_gap_s: longest time without a sample that is filled; over a longer one nothing is known.
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
        """Numbers that the graph reads at each time step."""
        return len(self.features) + self.gaps

    @property
    def sizes(self) -> tuple[int | None, ...]:
        """Sizes of the axes behind the batch; None: free."""
        return None, self.width

    @property
    def most_steps(self) -> int | None:
        """Time steps that are read at most; None: all."""
        return None

    @property
    def vocabulary(self) -> int:
        """How many ids there are: none."""
        return 0

    @property
    def silence_s(self) -> float | None:
        """Seconds without input that a stream bears."""
        return self.max_gap_s


@dataclass(frozen=True)
class TextInput:
    """Input `name`: (batch, time) int32 token ids, right-padded with `pad_id`.

    Attributes:
        vocabulary: ids run from 0 to vocabulary - 1.
        max_tokens: longer texts are cut to this many tokens.
        keep: which end of a longer text is kept.
        pad_id: fills up shorter rows of a batch; the graph masks it.
        unknown_id: stands for what the tokeniser does not know.
        begin_id: put in front of every text, or None.
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
        """Sizes of the axes behind the batch; None: free."""
        return (None,)

    @property
    def most_steps(self) -> int | None:
        """Time steps that are read at most; None: all."""
        return self.max_tokens

    @property
    def silence_s(self) -> float | None:
        """Seconds without input that a stream bears; None: a text waits for ever."""
        return None


#: What a graph reads, of any kind.
ModelInput: TypeAlias = RecordingInput | TextInput


@dataclass(frozen=True)
class State:
    """What the graph needs of the steps before: an input of it, and the output that the next run is given there.

    Attributes:
        input: name of the input, (batch, *sizes) float32.
        output: name of the output, of the same sizes.
        sizes: of one row.
        initial: what every number of it is when a stream begins, and for a whole recording.
    """

    input: str
    output: str
    sizes: tuple[int, ...]
    initial: float = 0.0


@dataclass(frozen=True)
class Streaming:
    """How the file runs on live input, piece by piece.

    Attributes:
        states: what is kept from piece to piece.
        piece: a piece has this many time steps or a multiple of it; the graph gives an output for each `piece` steps.
        reset_after_s: recordings: after so many seconds without a sample everything begins anew, states and events. In
            a shorter gap, time steps are filled as the input's `fill` says.
    """

    states: tuple[State, ...]
    piece: int = 1
    reset_after_s: float = 10.0


@dataclass(frozen=True)
class Output:
    """Output `name` and what its last axis means.

    Attributes:
        labels: names of what the last axis holds, as the task has it; empty where the tokeniser names it.
        never: ids that are never proposed to a user, such as padding.
        thresholds: score from which each label is told, where several may be true at once (multi-label); empty where
            the likeliest label alone is told.
        window_steps: recordings that are labelled window by window: time steps of a window; None: as a whole.
    """

    labels: tuple[str, ...]
    name: str = "output"
    dtype: Literal["float32"] = "float32"
    never: tuple[int, ...] = ()
    thresholds: tuple[float, ...] = ()
    window_steps: int | None = None


@dataclass(frozen=True)
class Manifest:
    """Everything that a runtime must know to use the file rightly, and where the file comes from.

    Attributes:
        name: the bundle's name.
        task: what it does, a row of the tasks' table.
        summary: one line for a reader.
        recipe_sha256: digest of the resolved recipe.
        input: what the graph reads.
        output: what it gives.
        events: when scores become events; empty for tasks without events.
        runtime: what the graph needs of a runtime; None until it is exported.
        model: the Keras model that it was made of.
        made_with: package name -> version.
        data: what it was trained on; None if nobody said.
        metrics: split -> metric -> value, measured on this file; None for a value that is not a finite number.
        parity: how it compares with the Keras model; None until it is exported.
        tokenizer_sha256: of the tokenizer's JSON text, or None.
        streaming: how the file runs on live input; None if it needs the whole of it.
        model_sha256: of the ONNX file with these 64 characters replaced by zeros.
        format_version: of the manifest as it is written; older ones are upgraded when they are read.
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
        """Time steps of the input for each output of the graph, where it gives one a time step."""
        return 1 if self.streaming is None else self.streaming.piece

    def to_json(self) -> str:
        """The manifest as JSON text, keys in the order of the fields; NaN and infinity, unknown to JSON, as null."""
        return json.dumps(finite(dataclasses.asdict(self)), indent=1, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str, where: str = "manifest") -> "Manifest":
        """Reads a manifest of this format or an older one.

        Keys that are not known are passed over; whether fields fit each other is not looked at.

        Args:
            text: what `to_json` wrote.
            where: where it stands, for messages.

        Raises:
            BundleError: the text is not JSON, was written for a newer reader, or has a field of another type.
        """
        try:
            plain: object = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise BundleError(f"{where}: expected JSON, got a text with an error: {error}.") from None
        values = cast("dict[str, object]", plain) if isinstance(plain, dict) else {}
        version = values.get("format_version")
        if isinstance(version, int) and version > FORMAT_VERSION:
            raise BundleError(
                f"{where}.format_version: expected at most {FORMAT_VERSION}, got {version}. Upgrade sequence-zoo."
            )
        return from_plain(cls, upgraded(values) if values else cast("object", plain), where)
