"""Classification as a row of the table of tasks."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.core.errors import DataError
from zoo.core.manifest import Output
from zoo.core.predictor import Predictor
from zoo.core.progress import Progress
from zoo.data.examples import Clips, WholeInputs, class_weights
from zoo.data.prepared import Prepared
from zoo.edge.tasks.classification import CLASSIFICATION as DEVICE
from zoo.inputs import INPUTS, InputKind
from zoo.schema.architecture import one_output
from zoo.schema.draft import Draft
from zoo.schema.parts import Parts
from zoo.schema.problems import Problem, listed
from zoo.tasks.classification.section import Classes, section_of
from zoo.tasks.classification.thresholds import best_thresholds
from zoo.tasks.labels import (
    ACCURACY,
    CROSS_ENTROPY,
    MACRO_F1,
    MICRO_F1,
    RECALL,
    LabelOutcome,
    label_metrics,
    majority,
    probabilities,
)
from zoo.tasks.metric import measured
from zoo.tasks.targets import Targets, check_trained, targets
from zoo.tasks.task import CardTask, Example, Fitted, Scoring, Section, Task

if TYPE_CHECKING:
    import keras

    from zoo.edge import Runner

#: Number of inputs in the example.
SHOWN = 6

METRICS = (ACCURACY, MACRO_F1, MICRO_F1, CROSS_ENTROPY, RECALL)


def problems(draft: Draft) -> Iterator[Problem]:
    """Requires one output per input, a way to cut clips that fits the data, and no weights with several labels."""
    yield from one_output(draft.layers)
    by = draft.section.by if isinstance(draft.section, Classes) else None
    if by is not None and draft.kind is not None and by not in INPUTS[draft.kind].encoding.ways:
        supported = listed(row.words for row in INPUTS.values() if by in row.encoding.ways)
        text = f"applies to {supported}, but the data are {INPUTS[draft.kind].words}. Remove it."
        yield Problem(("classes", "by"), text)
    complete = draft.kind is not None and by is not None and by == INPUTS[draft.kind].encoding.whole
    if complete and draft.data is not None and draft.data.split.by == "time":
        text = f"expected subject or given with classes.by: {by}, because time divides every {by}. Change it."
        yield Problem(("data", "split", "by"), text)
    several = isinstance(draft.section, Classes) and draft.section.multi_label
    if several and draft.training is not None and draft.training.class_weights != "none":
        yield Problem(
            ("training", "class_weights"),
            "expected none with classes.multi_label, because an input may have several classes. Remove it.",
        )


def labels(recipe: Parts, names: Sequence[str]) -> tuple[str, ...]:
    """The labels that the recipe names, or all labels of the data."""
    return _targets_of(recipe, names).names


def check(prepared: Prepared) -> None:
    """Requires labelled inputs in every split, and training examples of every label.

    Raises:
        DataError: some are missing.
    """
    if not prepared.label_names:
        raise DataError(f"{prepared.about.name}: expected a label for every input, got none. Set data.label.")
    for side in prepared.splits:
        if not len(_clips(prepared, prepared.split(side))):
            remedy = "Shorten data.window_s, or change" if _kind(prepared).encoding.ways else "Change"
            raise DataError(
                f"{prepared.about.name}: expected inputs with one of {', '.join(prepared.labels)} in {side}, got none. "
                f"{remedy} data.split or classes.labels."
            )
    check_trained(np.asarray(_trained(prepared).any(0)), prepared.labels, "classes.labels")


def _trained(prepared: Prepared) -> np.ndarray:
    """(examples, labels) bool, of the training split."""
    return _targets(prepared).table[_clips(prepared, prepared.split("train")).labels]


def _targets_of(recipe: Parts, names: Sequence[str]) -> Targets:
    section = section_of(recipe)
    return targets(section.labels, names, "classes.labels", several=section.multi_label)


def _targets(prepared: Prepared) -> Targets:
    return _targets_of(prepared.recipe, prepared.label_names)


def _kind(prepared: Prepared) -> InputKind:
    return INPUTS[prepared.input.kind]


def _clips(prepared: Prepared, part: Any) -> Clips:
    """The inputs of a split that have a class."""
    clips = _kind(prepared).encoding.clips(prepared, part, section_of(prepared.recipe).by)
    return clips.only(_targets(prepared).has_class(clips.labels))


def examples(prepared: Prepared, side: str) -> WholeInputs:
    """Inputs with their class number, (batch,) int32, or with 0 or 1 for each label, (batch, labels) float32."""
    clips, weighting = _clips(prepared, prepared.split(side)), prepared.recipe.training.class_weights
    clips = clips.only(np.asarray([len(row) > 0 for row in clips.rows]))
    targets = _targets(prepared)
    batch = _kind(prepared).encoding.batch
    groups = None if _kind(prepared).encoding.padded else _groups(clips.rows, exact=side != "train")
    if section_of(prepared.recipe).multi_label:
        table = targets.table[clips.labels].astype(np.float32)
        return WholeInputs(clips.rows, table, np.ones(len(clips)), batch, groups)
    classes = targets.classes(clips.labels)
    trained = classes if side == "train" else targets.classes(_clips(prepared, prepared.split("train")).labels)
    weights = class_weights(weighting, trained, prepared.labels)[classes]
    return WholeInputs(clips.rows, classes, weights, batch, groups)


def _groups(rows: Sequence[np.ndarray], *, exact: bool) -> np.ndarray | None:
    """(rows,) group numbers: rows of one length, or without `exact` of lengths that differ by less than a tenth.

    None if all rows have the same length.
    """
    lengths = np.asarray([len(row) for row in rows])
    if len(np.unique(lengths)) <= 1:
        return None
    return lengths if exact else np.floor(np.log(lengths) / np.log(1.1)).astype(int)


def head(prepared: Prepared, x: "keras.KerasTensor", embedding: object) -> "keras.KerasTensor":
    """(batch, labels) probabilities: a distribution over the labels or, with several labels, one for each."""
    from keras import layers

    several = section_of(prepared.recipe).multi_label
    return layers.Dense(len(prepared.labels), "sigmoid" if several else "softmax", name="output")(x)


def trainee(model: "keras.Model") -> "tuple[keras.Model, keras.losses.Loss]":
    """Cross-entropy of the class, or of each label."""
    import keras

    several = model.get_layer("output").activation is keras.activations.sigmoid
    kind = keras.losses.BinaryCrossentropy if several else keras.losses.SparseCategoricalCrossentropy
    return model, kind(reduction="mean_with_sample_weight")


def fit(prepared: Prepared, predictor: Predictor, progress: Progress) -> Fitted:
    """Fits the threshold of each label if an input may have several."""
    if not section_of(prepared.recipe).multi_label:
        return Fitted()
    clips = _clips(prepared, prepared.split("validation"))
    thresholds = best_thresholds(_targets(prepared).table[clips.labels], _outputs(prepared, clips, predictor, progress))
    facts = {name: f"{threshold:g}" for name, threshold in zip(prepared.labels, thresholds, strict=True)}
    return Fitted(thresholds=thresholds, facts=("Label thresholds", facts))


def score(prepared: Prepared, part: Any, predictor: Predictor, fitted: Fitted, progress: Progress) -> dict[str, float]:
    """The label metrics of a split."""
    clips = _clips(prepared, part)
    outputs = _outputs(prepared, clips, predictor, progress)
    if fitted.thresholds:
        true, predicted = _targets(prepared).table[clips.labels], outputs >= np.asarray(fitted.thresholds)
        outcome = LabelOutcome(true, predicted, outputs, prepared.labels, clips.plural, several=True)
    else:
        classes = _targets(prepared).classes(clips.labels)
        outcome = LabelOutcome.single(classes, outputs, prepared.labels, clips.plural)
    return label_metrics(METRICS, outcome)


def _outputs(prepared: Prepared, clips: Clips, predictor: Predictor, progress: Progress) -> np.ndarray:
    """(clips, labels) outputs of the model."""
    return probabilities(
        clips.rows,
        predictor,
        progress,
        classes=len(prepared.labels),
        padded=_kind(prepared).encoding.padded,
        plural=clips.plural,
    )


def baseline(prepared: Prepared, part: Any) -> dict[str, float]:
    """Always predicts the most frequent training class; empty if an input may have several."""
    if section_of(prepared.recipe).multi_label:
        return {}
    targets = _targets(prepared)
    train, scored = (targets.classes(_clips(prepared, split).labels) for split in (prepared.split("train"), part))
    return measured((ACCURACY, MACRO_F1), majority(train, scored, prepared.labels, ""))


def output(prepared: Prepared, fitted: Fitted) -> Output:
    """The labels, their thresholds, and the length of a window."""
    window = _kind(prepared).encoding.window_steps(prepared.recipe, section_of(prepared.recipe).by)
    return Output(prepared.labels, thresholds=fitted.thresholds, window_steps=window)


def show(prepared: Prepared, runner: "Runner", data: Any) -> Example:
    """Predictions for some held-out inputs."""
    clips = _kind(prepared).encoding.shown(prepared, data, section_of(prepared.recipe).by)
    clips = clips.only(_targets(prepared).has_class(clips.labels))
    if not len(clips.rows):
        raise DataError(f"{data.name}: expected test {_kind(prepared).words} with a label to show, got none.")
    rows: list[dict[str, str]] = []
    for number in np.linspace(0, len(clips.rows) - 1, min(SHOWN, len(clips.rows))).astype(int):
        prediction = runner.predict(clips.rows[number])
        rows.append(
            {
                "input": str(clips.names[number]),
                "truth": prepared.label_names[clips.labels[number]],
                "prediction": prediction.label,
                "probability": f"{prediction.score:.2f}",
            }
        )
    return Example(f"Held-out {clips.plural}, through onnxruntime:", tuple(rows))


CLASSIFICATION = Task(
    device=DEVICE,
    section=Section("classes", Classes),
    labelled=True,
    problems=problems,
    labels=labels,
    check=check,
    examples=examples,
    head=head,
    trainee=trainee,
    scoring=Scoring(METRICS, score, baseline, fit),
    show=show,
    card=CardTask(
        "It reads {noun} and predicts its label.",
        "(batch, {classes}) probabilities of {labels}",
    ),
    output=output,
)
