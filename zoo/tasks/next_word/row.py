"""The next word of a text as a row of the table of tasks."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from zoo.core.errors import DataError
from zoo.core.manifest import Output
from zoo.core.predictor import Predictor
from zoo.core.progress import Progress
from zoo.data.prepared import Prepared
from zoo.data.records import TextSet
from zoo.edge.tasks.next_word import NEXT_WORD as DEVICE
from zoo.inputs.text.texts import Texts, read_by
from zoo.schema.architecture import no_look_ahead, one_output_a_step, width
from zoo.schema.data import FromFiles
from zoo.schema.draft import Draft
from zoo.schema.layers import Embedding
from zoo.schema.parts import Parts
from zoo.schema.problems import Problem
from zoo.tasks.metric import measured
from zoo.tasks.next_word.language import METRICS, NEVER, count_tokens, trigram_baseline
from zoo.tasks.next_word.windows import NextTokens, next_token_windows
from zoo.tasks.task import CardTask, Example, Fitted, Scoring, Task

if TYPE_CHECKING:
    import keras

    from zoo.edge import Runner

#: Number of texts in the example, and characters of each.
TEXTS, CHARACTERS = 6, 60
#: Words of context in the example.
CONTEXT = 12


def problems(draft: Draft) -> Iterator[Problem]:
    """Forbids layers that see the word to predict, labels and their weights; requires tied matrices to fit."""
    yield from no_look_ahead(draft.layers, "and would see the word that it must predict")
    yield from one_output_a_step(draft.layers, DEVICE.name)
    if draft.training is not None and draft.training.class_weights != "none":
        yield Problem(("training", "class_weights"), f"{DEVICE.name} has no labels to weight. Remove it.")
    if isinstance(draft.data, FromFiles) and draft.data.label is not None:
        yield Problem(("data", "label"), f"{DEVICE.name} learns from the text only. Remove it.")
    first, last = draft.layers[0] if draft.layers else None, width(draft.layers)
    if draft.tie_embeddings and isinstance(first, Embedding) and last is not None and last != first.units:
        yield Problem(
            ("model", "tie_embeddings"),
            f"expected the last layer to be as wide as the embedding ({first.units}), got {last}. "
            f"Add '- dense: {{units: {first.units}}}' at the end.",
        )


def labels(recipe: Parts, names: Sequence[str]) -> tuple[str, ...]:
    """None: the tokeniser names the outputs."""
    return ()


def check(prepared: Prepared) -> None:
    """Requires nothing: every text can be trained on."""


def window_of(prepared: Prepared) -> int:
    """Maximum number of context tokens."""
    return read_by(prepared).max_tokens


def examples(prepared: Prepared, side: str) -> NextTokens:
    """Adjacent windows."""
    part, window = prepared.split(side), window_of(prepared)
    assert isinstance(part, Texts)
    return next_token_windows(part.corpus, window, window)


def head(prepared: Prepared, x: "keras.KerasTensor", embedding: "keras.layers.Layer | None") -> "keras.KerasTensor":
    """(batch, time, vocabulary) probabilities; tied logits are computed with the embedding's matrix."""
    from keras import layers

    tied = isinstance(embedding, layers.ReversibleEmbedding)
    logits = embedding(x, reverse=True) if tied else layers.Dense(read_by(prepared).vocabulary, name="logits")(x)
    return layers.Activation("softmax", name="output")(logits)


def trainee(model: "keras.Model") -> "tuple[keras.Model, keras.losses.Loss]":
    """The model without its softmax, which is part of the loss."""
    import keras

    from zoo.fast.losses import NextTokenCrossentropy

    return keras.Model(model.input, model.get_layer("output").input), NextTokenCrossentropy()


def score(
    prepared: Prepared, part: Texts, predictor: Predictor, fitted: Fitted, progress: Progress
) -> dict[str, float]:
    """Top-1, top-3 and perplexity over all tokens."""
    return measured(METRICS, count_tokens(part, window_of(prepared), predictor, progress))


def baseline(prepared: Prepared, part: Texts) -> dict[str, float]:
    """Top-1 and top-3 of a trigram counted on the training split."""
    train = prepared.split("train")
    assert isinstance(train, Texts)
    return trigram_baseline(train.corpus, part.corpus)


def show(prepared: Prepared, runner: "Runner", data: TextSet) -> Example:
    """Proposals for the next word after the beginnings of some texts."""
    rows: list[dict[str, str]] = []
    for number in np.linspace(0, len(data) - 1, min(TEXTS, len(data))).astype(int):
        words = data.texts[number].split()
        context = min(CONTEXT, len(words) - 1)
        if context < 1:
            continue
        text = " ".join(words[:context])
        proposals = ", ".join(f"{word} {p:.2f}" for word, p in runner.predict(text).scores.items())
        rows.append({"text": text[-CHARACTERS:], "truth": words[context], "proposed": proposals})
    if not rows:
        raise DataError(f"{data.name}: expected a test text of at least two words to show, found none.")
    return Example("Next words in held-out texts, through onnxruntime:", tuple(rows))


NEXT_WORD = Task(
    device=DEVICE,
    section=None,
    labelled=False,
    problems=problems,
    labels=labels,
    check=check,
    examples=examples,
    head=head,
    trainee=trainee,
    scoring=Scoring(METRICS, score, baseline),
    show=show,
    card=CardTask(
        "It reads the beginning of an English text and proposes the next word.",
        "(batch, time, vocabulary) probabilities of the word after each token",
        example='"thank you very"',
    ),
    output=lambda prepared, fitted: Output((), never=NEVER),
    continues_text=True,
    ties=True,
)
