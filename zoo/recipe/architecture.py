"""Layers that do not fit each other, the task, or streaming."""

from collections.abc import Iterator, Sequence

from zoo.recipe.draft import Draft
from zoo.recipe.layers import (
    Bidirectional,
    Conv1D,
    Dense,
    Embedding,
    LayerSpec,
    Normalization,
    Pooling,
    Recurrent,
    SpatialDropout,
)
from zoo.recipe.problems import Path, Problem, dotted

Layers = Sequence[LayerSpec | None]


def check_layers(draft: Draft) -> Iterator[Problem]:
    """Everything about the layers that does not fit, the more telling problem of a place first."""
    match draft.task:
        case "event-detection":
            yield from _sensor_input(draft.layers)
            yield from _one_output_a_step(draft.layers, "event-detection")
        case "next-word":
            yield from _text_input(draft.layers, "next-word")
            yield from _no_look_ahead(draft.layers)
            yield from _one_output_a_step(draft.layers, "next-word")
        case "sentiment":
            yield from _text_input(draft.layers, "sentiment")
            yield from _one_output_a_text(draft.layers)
        case None:
            pass
    if draft.streaming:
        yield from _streamable(draft.layers)
    if draft.tie_embeddings and draft.task is not None:
        yield from _tied(draft)
    yield from _sizes(draft.layers)


def streamable(layers: Layers) -> bool:
    """Whether the layers can run piece by piece on live input."""
    return next(_streamable(layers), None) is None


def width(layers: Layers) -> int | None:
    """Features that come out of the last layer, or None if that is not known."""
    features = None
    for layer in layers:
        match layer:
            case None:
                features = None
            case Bidirectional(units=units, merge_mode=merge_mode):
                features = 2 * units if merge_mode == "concat" else units
            case Embedding(units=units) | Recurrent(units=units) | Dense(units=units) | Conv1D(filters=units):
                features = units
            case _:
                pass
    return features


def _at(index: int, layer: LayerSpec, *rest: str) -> Path:
    return ("model", "layers", index, layer.key, *rest)


def _sensor_input(layers: Layers) -> Iterator[Problem]:
    for index, layer in enumerate(layers):
        if isinstance(layer, Embedding):
            yield Problem(_at(index, layer), "is for tokens, and event-detection reads sensor values. Remove it.")
        if isinstance(layer, Normalization) and index > 0:
            yield Problem(
                _at(index, layer), "expected as the first layer: it scales the sensor's own values. Move it up."
            )


def _text_input(layers: Layers, task: str) -> Iterator[Problem]:
    for index, layer in enumerate(layers):
        if isinstance(layer, Normalization):
            yield Problem(_at(index, layer), f"is for sensors, and {task} reads text. Remove it.")
        if isinstance(layer, Embedding) and index > 0:
            yield Problem(_at(index, layer), "expected as the first layer: it is what reads the tokens. Move it up.")
    if layers and not any(layer is None or isinstance(layer, Embedding) for layer in layers):
        yield Problem(
            ("model", "layers", 0),
            f"expected an embedding first: {task} reads tokens. Add '- embedding: {{units: 96}}'.",
        )


def _no_look_ahead(layers: Layers) -> Iterator[Problem]:
    for index, layer in enumerate(layers):
        if isinstance(layer, Bidirectional):
            yield Problem(
                _at(index, layer), "reads backwards too: it would see the word that it is to guess. Use recurrent."
            )
        if isinstance(layer, Conv1D) and layer.padding == "same":
            yield Problem(
                _at(index, layer, "padding"),
                "expected causal: 'same' looks ahead, and would see the word that it is to guess.",
            )


def _one_output_a_step(layers: Layers, task: str) -> Iterator[Problem]:
    why = f"{task} needs one output at each time step"
    for index, layer in enumerate(layers):
        match layer:
            case Recurrent(return_sequences=False) | Bidirectional(return_sequences=False):
                yield Problem(_at(index, layer, "return_sequences"), f"expected true: {why}.")
            case Pooling():
                yield Problem(_at(index, layer), f"{why}, and pooling leaves fewer. Remove it.")
            case Conv1D():
                if layer.strides > 1:
                    yield Problem(_at(index, layer, "strides"), f"expected 1: {why}, got {layer.strides}.")
                if layer.padding == "valid":
                    yield Problem(_at(index, layer, "padding"), f"expected causal: {why}, and 'valid' leaves fewer.")
            case _:
                pass


def _one_output_a_text(layers: Layers) -> Iterator[Problem]:
    """Follows the time axis through the layers: it must be gone at the end, and must be there where it is needed."""
    gone: tuple[int, LayerSpec] | None = None
    for index, layer in enumerate(layers):
        if layer is None:
            return
        if gone is not None and isinstance(layer, Recurrent | Bidirectional | Conv1D | Pooling | SpatialDropout):
            yield _time_is_gone(gone, index, layer)
            gone = None
        if isinstance(layer, Recurrent | Bidirectional) and not layer.return_sequences:
            gone = index, layer
        if isinstance(layer, Pooling) and layer.scope == "global":
            gone = index, layer
    if layers and gone is None:
        yield Problem(
            ("model", "layers"),
            "expected one output a text at the end, got one a token. Add '- pooling: {kind: average, scope: global}', "
            "or leave out return_sequences on the last recurrent layer.",
        )


def _time_is_gone(gone: tuple[int, LayerSpec], index: int, layer: LayerSpec) -> Problem:
    last = dotted(_at(*gone))
    if isinstance(gone[1], Recurrent | Bidirectional):
        return Problem(
            _at(*gone, "return_sequences"),
            f"expected true: {dotted(_at(index, layer))} after it needs the whole sequence.",
        )
    return Problem(_at(index, layer), f"needs a sequence, and {last} leaves a single vector. Move it up, or remove it.")


def _streamable(layers: Layers) -> Iterator[Problem]:
    """A stream has no future: nothing may look ahead, nothing may wait for the end."""
    choice = "or set export.streaming: false"
    for index, layer in enumerate(layers):
        match layer:
            case Bidirectional():
                yield Problem(
                    _at(index, layer), f"reads the future, which a stream does not have. Use recurrent, {choice}."
                )
            case Conv1D(padding="same" | "valid" as padding):
                yield Problem(
                    _at(index, layer, "padding"),
                    f"expected causal: a stream has no future, got {padding}. Change it, {choice}.",
                )
            case Conv1D(strides=strides) if strides > 1:
                yield Problem(
                    _at(index, layer, "strides"),
                    f"expected 1: a stream has an output a step, got {strides}. Change it, {choice}.",
                )
            case Pooling():
                yield Problem(
                    _at(index, layer), f"waits for later readings, which a stream does not have. Remove it, {choice}."
                )
            case _:
                pass


def _tied(draft: Draft) -> Iterator[Problem]:
    path: Path = ("model", "tie_embeddings")
    if draft.task != "next-word":
        yield Problem(path, f"expected only with task: next-word, got task: {draft.task}. Remove it.")
        return
    first, last = draft.layers[0] if draft.layers else None, width(draft.layers)
    if isinstance(first, Embedding) and last is not None and last != first.units:
        yield Problem(
            path,
            f"expected the last layer to be as wide as the embedding ({first.units}), got {last}. "
            f"Add '- dense: {{units: {first.units}}}' at the end.",
        )


def _sizes(layers: Layers) -> Iterator[Problem]:
    """Settings that have no effect, or that Keras cannot combine."""
    for index, layer in enumerate(layers):
        if isinstance(layer, Pooling) and layer.scope == "global" and layer.size != 2:
            yield Problem(_at(index, layer, "size"), "is for scope: local only. Remove it.")
        if isinstance(layer, Conv1D) and layer.strides > 1 and layer.dilation_rate > 1:
            yield Problem(
                _at(index, layer, "dilation_rate"),
                f"expected 1 together with strides > 1, got {layer.dilation_rate}: Keras cannot do both.",
            )
