"""What training must know of a task: one row of `TASKS`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zoo.core.events import EventRule
from zoo.core.manifest import Output
from zoo.core.predictor import Predictor
from zoo.core.progress import Progress
from zoo.data.examples import Examples
from zoo.data.prepared import Prepared
from zoo.edge.tasks import DeviceTask
from zoo.schema.draft import Draft
from zoo.schema.parts import Parts
from zoo.schema.problems import Problem
from zoo.schema.spec import Spec
from zoo.tasks.metric import Metric

if TYPE_CHECKING:
    import keras

    from zoo.edge import Runner


@dataclass(frozen=True)
class Section:
    """A task's own part of a recipe.

    Attributes:
        key: what it stands under.
        spec: what may stand in it.
        missing: what to say where it is not there and must be; None if it may be left out.
        resolve: the section, and the recipe's name -> the section with the defaults that depend on it.
    """

    key: str
    spec: type[Spec]
    missing: str | None = None
    resolve: Callable[[Any, str], Spec] | None = None


@dataclass(frozen=True)
class Picture:
    """A picture of a report, and the numbers behind it.

    Attributes:
        name: of its files, without their endings.
        title: of its section.
        png: the picture.
        alt: what is to be seen in it, for who cannot see it.
        caption: below it.
        csv: the numbers.
    """

    name: str
    title: str
    png: bytes
    alt: str
    caption: str
    csv: str


@dataclass(frozen=True)
class Fitted:
    """What is chosen on validation after training, and how.

    Attributes:
        events: rules that make events of scores.
        thresholds: score from which each label is told, where several may be true at once.
        facts: what was chosen, in words, a title and pairs; None if there is nothing to tell.
        pictures: how it was chosen.
    """

    events: tuple[EventRule, ...] = ()
    thresholds: tuple[float, ...] = ()
    facts: tuple[str, Mapping[str, object]] | None = None
    pictures: tuple[Picture, ...] = ()

    @property
    def record(self) -> dict[str, Any]:
        """What was chosen, as JSON values; keys of what was not are left out."""
        found = {"events": [vars(rule) for rule in self.events], "thresholds": list(self.thresholds)}
        return {key: value for key, value in found.items() if value}

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "Fitted":
        """What `record` says, among other things; a single rule as older runs wrote it, too."""
        rules = record.get("events", ())
        return cls(
            tuple(EventRule(**rule) for rule in ([rules] if isinstance(rules, Mapping) else rules)),
            tuple(record.get("thresholds", ())),
        )


@dataclass(frozen=True)
class Example:
    """What a model says of held-out input, beside the truth: a title and a table."""

    title: str
    rows: tuple[dict[str, str], ...]


@dataclass(frozen=True)
class Scoring:
    """How well a model does.

    Attributes:
        metrics: in the order in which they are told; the first stands for all.
        score: the data, one split, the model as a function, what was fitted, progress -> metric -> number.
        baseline: the data, one split -> metric -> number that a naive method reaches on it; may be empty.
        fit: the data, the model as a function, progress -> what is chosen on validation; None if nothing is.
        live: an open bundle, the data, one split's data set, progress -> the metrics from a stream; None if it has
            none.
    """

    metrics: tuple[Metric, ...]
    score: "Callable[[Prepared, Any, Predictor, Fitted, Progress], dict[str, float]]"
    baseline: "Callable[[Prepared, Any], dict[str, float]]"
    fit: "Callable[[Prepared, Predictor, Progress], Fitted] | None" = None
    live: "Callable[[Runner, Prepared, Any, Progress], dict[str, float]] | None" = None


@dataclass(frozen=True)
class CardTask:
    """What a card says of a task.

    Attributes:
        does: what the model gives, as a sentence; `{noun}` stands for what it reads, `{along}` for "as it goes along".
        output: shape and meaning of the output; `{labels}` and `{classes}` stand for its labels and their number,
            `{causal}` for that an output depends on the steps up to it alone.
        answer: what a push into a stream gives, in a word.
        example: of a text to give to it, if not that of every text.
    """

    does: str
    output: str
    answer: str = "answer"
    example: str | None = None


@dataclass(frozen=True)
class Task:
    """One task.

    Attributes:
        device: what a device knows of it.
        section: its own part of a recipe.
        labelled: whether the data must have labels.
        problems: what does not fit in a recipe for it: settings and layers.
        labels: the recipe and the labels of the data -> what the model's outputs stand for. Refuses labels that the
            data do not have.
        check: the prepared data: refuses what cannot be trained on.
        examples: the data and a side of the split -> numbered inputs, targets and weights.
        head: the data and the last layer's output, and the embedding that the model begins with or None -> the
            model's output.
        trainee: the model -> what is trained of it, and the loss.
        scoring: how well it does.
        show: the data, an open bundle, and the test side's data set -> what it says of held-out input.
        card: what a card says of it.
        output: the data, and what was fitted -> what the manifest says of the output.
        goes_on: whether it goes on with its own input: texts are then not cut, and begin with a begin token.
        ties: whether its outputs may be scored with the embedding's own matrix.
    """

    device: DeviceTask
    section: Section | None
    labelled: bool
    problems: "Callable[[Draft], Iterator[Problem]]"
    labels: "Callable[[Parts, Sequence[str]], tuple[str, ...]]"
    check: "Callable[[Prepared], None]"
    examples: "Callable[[Prepared, str], Examples]"
    head: "Callable[..., keras.KerasTensor]"
    trainee: "Callable[[keras.Model], tuple[keras.Model, keras.losses.Loss]]"
    scoring: Scoring
    show: "Callable[[Prepared, Runner, Any], Example]"
    card: CardTask
    output: "Callable[[Prepared, Fitted], Output]" = lambda prepared, fitted: Output(prepared.labels)
    goes_on: bool = False
    ties: bool = False

    @property
    def name(self) -> str:
        """What recipes and manifests call it."""
        return self.device.name

    @property
    def headline(self) -> str:
        """The metric that stands for all."""
        return self.scoring.metrics[0].name
