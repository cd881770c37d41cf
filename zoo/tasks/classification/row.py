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
    Told,
    majority,
    probabilities,
    told_metrics,
)
from zoo.tasks.metric import measured
from zoo.tasks.targets import Targets, check_trained, targets
from zoo.tasks.task import CardTask, Example, Fitted, Scoring, Section, Task

if TYPE_CHECKING:
    import keras

    from zoo.edge import Runner

#: Inputs that are shown.
SHOWN = 6

METRICS = (ACCURACY, MACRO_F1, MICRO_F1, CROSS_ENTROPY, RECALL)


def problems(draft: Draft) -> Iterator[Problem]:
    """One output an input at the end; nothing is weighed where several labels may be true."""
    yield from one_output(draft.layers)
    by = draft.section.by if isinstance(draft.section, Classes) else None
    if by is not None and draft.kind is not None and by not in INPUTS[draft.kind].encoding.ways:
        able = listed(row.words for row in INPUTS.values() if by in row.encoding.ways)
        yield Problem(("classes", "by"), f"is for {able}, and these are {INPUTS[draft.kind].words}. Remove it.")
    whole = draft.kind is not None and by is not None and by == INPUTS[draft.kind].encoding.whole
    if whole and draft.data is not None and draft.data.split.by == "time":
        text = f"expected subject or given with classes.by: {by}: a part of each would be on every side. Change it."
        yield Problem(("data", "split", "by"), text)
    several = isinstance(draft.section, Classes) and draft.section.multi_label
    if several and draft.training is not None and draft.training.class_weights != "none":
        yield Problem(
            ("training", "class_weights"),
            "expected none with classes.multi_label: an input has no one class. Remove it.",
        )


def labels(recipe: Parts, names: Sequence[str]) -> tuple[str, ...]:
    """Those that the recipe names, or all of the data."""
    return _targets_of(recipe, names).names


def check(prepared: Prepared) -> None:
    """There is something to train on, and to validate and test on."""
    if not prepared.label_names:
        raise DataError(f"{prepared.about.name}: expected a label for every input, got none. Name a 'label' column.")
    for side in prepared.splits:
        if not len(_clips(prepared, prepared.split(side))):
            remedy = "Shorten data.window_s, or change" if _kind(prepared).encoding.ways else "Change"
            raise DataError(
                f"{prepared.about.name}: expected inputs with one of {', '.join(prepared.labels)} in {side}, got none. "
                f"{remedy} data.split or classes.labels."
            )
    check_trained(np.asarray(_trained(prepared).any(0)), prepared.labels, "classes.labels")


def _trained(prepared: Prepared) -> np.ndarray:
    """(examples, labels) bool, of the training side."""
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
    found = _kind(prepared).encoding.clips(prepared, part, section_of(prepared.recipe).by)
    return found.only(_targets(prepared).has_class(found.labels))


def examples(prepared: Prepared, side: str) -> WholeInputs:
    """Inputs with the number of their class, (batch,) int32, or with 0 or 1 for each label, (batch, labels) float32."""
    clips, wanted = _clips(prepared, prepared.split(side)), prepared.recipe.training.class_weights
    clips = clips.only(np.asarray([len(row) > 0 for row in clips.rows]))
    told = _targets(prepared)
    batch = _kind(prepared).encoding.batch
    groups = None if _kind(prepared).encoding.padded else _groups(clips.rows, exact=side != "train")
    if section_of(prepared.recipe).multi_label:
        return WholeInputs(clips.rows, told.table[clips.labels].astype(np.float32), np.ones(len(clips)), batch, groups)
    classes = told.classes(clips.labels)
    trained = classes if side == "train" else told.classes(_clips(prepared, prepared.split("train")).labels)
    weights = class_weights(wanted, trained, prepared.labels)[classes]
    return WholeInputs(clips.rows, classes, weights, batch, groups)


def _groups(rows: Sequence[np.ndarray], *, exact: bool) -> np.ndarray | None:
    """(rows,) numbers of groups of one length, or if not `exact` of lengths that differ by less than a tenth.

    None if all are equally long.
    """
    lengths = np.asarray([len(row) for row in rows])
    if len(np.unique(lengths)) <= 1:
        return None
    return lengths if exact else np.floor(np.log(lengths) / np.log(1.1)).astype(int)


def head(prepared: Prepared, x: "keras.KerasTensor", embedding: object) -> "keras.KerasTensor":
    """(batch, labels) probabilities: of one of them, or of each by itself."""
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
    """Where several labels may be true, the score from which each is told."""
    if not section_of(prepared.recipe).multi_label:
        return Fitted()
    clips = _clips(prepared, prepared.split("validation"))
    thresholds = best_thresholds(_targets(prepared).table[clips.labels], _outputs(prepared, clips, predictor, progress))
    told = {name: f"{threshold:g}" for name, threshold in zip(prepared.labels, thresholds, strict=True)}
    return Fitted(thresholds=thresholds, facts=("Told from a score of", told))


def score(prepared: Prepared, part: Any, predictor: Predictor, fitted: Fitted, progress: Progress) -> dict[str, float]:
    """The metrics of the labels."""
    clips = _clips(prepared, part)
    outputs = _outputs(prepared, clips, predictor, progress)
    if fitted.thresholds:
        true = _targets(prepared).table[clips.labels]
        told = Told(true, outputs >= np.asarray(fitted.thresholds), outputs, prepared.labels, clips.what, several=True)
    else:
        told = Told.one(_targets(prepared).classes(clips.labels), outputs, prepared.labels, clips.what)
    return told_metrics(METRICS, told)


def _outputs(prepared: Prepared, clips: Clips, predictor: Predictor, progress: Progress) -> np.ndarray:
    """(clips, labels) of the model."""
    return probabilities(
        clips.rows,
        predictor,
        progress,
        classes=len(prepared.labels),
        padded=_kind(prepared).encoding.padded,
        what=clips.what,
    )


def baseline(prepared: Prepared, part: Any) -> dict[str, float]:
    """Always the class that is commonest in training; none where several may be true."""
    if section_of(prepared.recipe).multi_label:
        return {}
    told = _targets(prepared)
    train, own = (told.classes(_clips(prepared, each).labels) for each in (prepared.split("train"), part))
    return measured((ACCURACY, MACRO_F1), majority(train, own, prepared.labels, ""))


def output(prepared: Prepared, fitted: Fitted) -> Output:
    """The labels, and how they are told."""
    window = _kind(prepared).encoding.window_steps(prepared.recipe, section_of(prepared.recipe).by)
    return Output(prepared.labels, thresholds=fitted.thresholds, window_steps=window)


def show(prepared: Prepared, runner: "Runner", data: Any) -> Example:
    """What is said of some inputs."""
    shown = _kind(prepared).encoding.shown(prepared, data, section_of(prepared.recipe).by)
    chosen = shown.only(_targets(prepared).has_class(shown.labels))
    if not len(chosen.rows):
        raise DataError(f"{data.name}: expected test {_kind(prepared).words} with a label to show, got none.")
    places = np.linspace(0, len(chosen.rows) - 1, min(SHOWN, len(chosen.rows))).astype(int)
    rows: list[dict[str, str]] = []
    for place in places:
        said = runner.predict(chosen.rows[place])
        rows.append(
            {
                "input": str(chosen.names[place]),
                "truth": prepared.label_names[chosen.labels[place]],
                "said": said.label,
                "probability": f"{said.score:.2f}",
            }
        )
    return Example(f"Held-out {chosen.what}, through onnxruntime:", tuple(rows))


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
        "It reads {noun} and says which of its labels fits.",
        "(batch, {classes}) probabilities of {labels}",
    ),
    output=output,
)
