"""What training needs to know about a task: one row of `TASKS`."""

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
    """A task's own section of a recipe.

    Attributes:
        key: its key in the recipe.
        spec: its fields.
        missing: the error if it is missing; None if it may be omitted.
        resolve: the section, the recipe's name -> the section with the defaults that depend on the name.
    """

    key: str
    spec: type[Spec]
    missing: str | None = None
    resolve: Callable[[Any, str], Spec] | None = None


@dataclass(frozen=True)
class Picture:
    """A picture in a report, and its data.

    Attributes:
        name: name of its files, without suffix.
        title: title of its section.
        png: the picture.
        alt: description for readers who cannot see it.
        caption: text below it.
        csv: its data.
    """

    name: str
    title: str
    png: bytes
    alt: str
    caption: str
    csv: str


@dataclass(frozen=True)
class Fitted:
    """Settings that are fitted on validation after training.

    Attributes:
        events: rules that turn scores into events.
        thresholds: score from which each label is predicted, if an input may have several.
        facts: the settings for a report: a title, and description -> value; None if there are none.
        pictures: pictures that explain the choice.
    """

    events: tuple[EventRule, ...] = ()
    thresholds: tuple[float, ...] = ()
    facts: tuple[str, Mapping[str, object]] | None = None
    pictures: tuple[Picture, ...] = ()

    @property
    def record(self) -> dict[str, Any]:
        """The settings as JSON values, without empty ones."""
        values = {"events": [vars(rule) for rule in self.events], "thresholds": list(self.thresholds)}
        return {key: value for key, value in values.items() if value}

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "Fitted":
        """Reads the settings from a `record`, which may have other keys; also reads the single rule of older runs."""
        rules = record.get("events", ())
        return cls(
            tuple(EventRule(**rule) for rule in ([rules] if isinstance(rules, Mapping) else rules)),
            tuple(record.get("thresholds", ())),
        )


@dataclass(frozen=True)
class Example:
    """Predictions for held-out input beside the truth: a title and a table."""

    title: str
    rows: tuple[dict[str, str], ...]


@dataclass(frozen=True)
class Scoring:
    """How a model is scored.

    Attributes:
        metrics: the metrics in the order in which they are reported; the first is the headline.
        score: the data, one split, the model as a function, the fitted settings, progress -> metric -> number.
        baseline: the data, one split -> metric -> number that a naive method reaches; may be empty.
        fit: the data, the model as a function, progress -> settings fitted on validation; None if nothing is fitted.
        live: an open bundle, the data, one split's data set, progress -> the metrics from streams; None if streams
            cannot be scored.
    """

    metrics: tuple[Metric, ...]
    score: "Callable[[Prepared, Any, Predictor, Fitted, Progress], dict[str, float]]"
    baseline: "Callable[[Prepared, Any], dict[str, float]]"
    fit: "Callable[[Prepared, Predictor, Progress], Fitted] | None" = None
    live: "Callable[[Runner, Prepared, Any, Progress], dict[str, float]] | None" = None


@dataclass(frozen=True)
class CardTask:
    """A card's texts for a task.

    Attributes:
        does: what the model does, as a sentence; `{noun}` stands for what it reads, `{along}` for ", as it goes along"
            if it can stream.
        output: shape and meaning of the output; `{labels}` and `{classes}` stand for its labels and their number,
            `{causal}` for a note that an output depends only on the steps up to it.
        answer: one word for the result of a push into a stream.
        example: an example text, if not the one for all texts.
    """

    does: str
    output: str
    answer: str = "answer"
    example: str | None = None


@dataclass(frozen=True)
class Task:
    """One task.

    Attributes:
        device: the device's half of the task.
        section: its own section of a recipe, or None.
        labelled: whether the data must have labels.
        problems: a draft recipe -> problems of its settings and layers.
        labels: the recipe, the labels of the data -> names of the model's outputs. Refuses labels that the data do
            not have.
        check: the prepared data; refuses data that cannot be trained on.
        examples: the data, the name of a split -> numbered inputs, targets and weights.
        head: the data, the last layer's output, the embedding that the model begins with or None -> the model's
            output.
        trainee: the model -> the model to train, and the loss.
        scoring: how a model is scored.
        show: the data, an open bundle, the test split's data set -> predictions for held-out input.
        card: a card's texts for it.
        output: the data, the fitted settings -> the manifest's description of the output.
        continues_text: whether the model continues its own input: texts are then not cut, and begin with a begin token.
        ties: whether the embedding's matrix may also compute the outputs.
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
    continues_text: bool = False
    ties: bool = False

    @property
    def name(self) -> str:
        """Its name in recipes and manifests."""
        return self.device.name

    @property
    def headline(self) -> str:
        """Name of the metric that represents the others."""
        return self.scoring.metrics[0].name
