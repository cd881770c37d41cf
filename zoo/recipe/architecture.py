"""Layers that do not fit each other, the task, or streaming."""

from collections.abc import Iterator, Sequence

from zoo.recipe.draft import Draft
from zoo.recipe.layers import Conv1D, Embedding, LayerSpec, Pooling, Trait
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
        case "classification":
            yield from _text_input(draft.layers, "classification")
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
        features = None if layer is None else layer.width(features)
    return features


def _at(index: int, layer: LayerSpec, *rest: str) -> Path:
    return ("model", "layers", index, layer.key, *rest)


def _unlike(index: int, layer: LayerSpec, trait: Trait, why: str, choice: str = "") -> Problem:
    """What a layer does that cannot be: `why` not, and what to do instead."""
    expected = f"expected {trait.expected}: " if trait.expected else ""
    remedy = trait.remedy or ("Change it" if choice else "")
    do = f" {remedy}{choice}." if remedy else ""
    place = _at(index, layer, *([trait.setting] if trait.setting else []))
    return Problem(place, f"{expected}{trait.does}, {why}.{do}")


def _sensor_input(layers: Layers) -> Iterator[Problem]:
    for index, layer in enumerate(layers):
        if layer is not None and layer.reads == "tokens":
            yield Problem(_at(index, layer), "is for tokens, and event-detection reads sensor values. Remove it.")
        if layer is not None and layer.reads == "recordings" and index > 0:
            yield Problem(
                _at(index, layer), "expected as the first layer: it scales the sensor's own values. Move it up."
            )


def _text_input(layers: Layers, task: str) -> Iterator[Problem]:
    for index, layer in enumerate(layers):
        if layer is not None and layer.reads == "recordings":
            yield Problem(_at(index, layer), f"is for sensors, and {task} reads text. Remove it.")
        if layer is not None and layer.reads == "tokens" and index > 0:
            yield Problem(_at(index, layer), "expected as the first layer: it is what reads the tokens. Move it up.")
    if layers and not any(layer is None or layer.reads == "tokens" for layer in layers):
        yield Problem(
            ("model", "layers", 0),
            f"expected an embedding first: {task} reads tokens. Add '- embedding: {{units: 96}}'.",
        )


def _no_look_ahead(layers: Layers) -> Iterator[Problem]:
    for index, layer in enumerate(layers):
        if layer is not None and layer.looks_ahead is not None:
            yield _unlike(index, layer, layer.looks_ahead, "and would see the word that it is to guess")


def _one_output_a_step(layers: Layers, task: str) -> Iterator[Problem]:
    for index, layer in enumerate(layers):
        if layer is not None:
            ends = () if layer.ends_time is None else (layer.ends_time,)
            for trait in (*ends, *layer.thins_time):
                yield _unlike(index, layer, trait, f"and {task} needs one output at each time step")


def _one_output_a_text(layers: Layers) -> Iterator[Problem]:
    """Follows the time axis through the layers: it must be gone at the end, and must be there where it is needed."""
    gone: tuple[int, LayerSpec] | None = None
    for index, layer in enumerate(layers):
        if layer is None:
            return
        if gone is not None and layer.needs_time:
            yield _time_is_gone(gone, index, layer)
            gone = None
        if layer.ends_time is not None:
            gone = index, layer
    if layers and gone is None:
        yield Problem(
            ("model", "layers"),
            "expected one output a text at the end, got one a token. Add '- pooling: {kind: average, scope: global}', "
            "or leave out return_sequences on the last recurrent layer.",
        )


def _time_is_gone(gone: tuple[int, LayerSpec], index: int, layer: LayerSpec) -> Problem:
    ended = gone[1].ends_time
    if ended is not None and ended.setting is not None:
        return Problem(
            _at(*gone, ended.setting),
            f"expected {ended.expected}: {dotted(_at(index, layer))} after it needs the whole sequence.",
        )
    last = dotted(_at(*gone))
    return Problem(_at(index, layer), f"needs a sequence, and {last} leaves a single vector. Move it up, or remove it.")


def _streamable(layers: Layers) -> Iterator[Problem]:
    """A stream has no future: nothing may look ahead, nothing may wait for the end."""
    choice = ", or set export.streaming: false"
    for index, layer in enumerate(layers):
        if layer is None:
            continue
        if layer.looks_ahead is not None:
            yield _unlike(index, layer, layer.looks_ahead, "and a stream has no future", choice)
        for trait in layer.thins_time:
            yield _unlike(index, layer, trait, "and a stream has an output a step", choice)


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
