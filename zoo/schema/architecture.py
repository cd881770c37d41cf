"""How layers fit together over time: what tasks, streams and Keras ask of them."""

from collections.abc import Iterator, Sequence

from zoo.schema.layers import Conv1D, LayerSpec, Pooling, Trait
from zoo.schema.problems import Path, Problem, dotted

Layers = Sequence[LayerSpec | None]


def streamable(layers: Layers) -> bool:
    """Whether the layers can run piece by piece on live input."""
    return next(stream_problems(layers), None) is None


def width(layers: Layers) -> int | None:
    """Features that come out of the last layer, or None if that is not known."""
    features = None
    for layer in layers:
        features = None if layer is None else layer.width(features)
    return features


def at(index: int, layer: LayerSpec, *rest: str) -> Path:
    """The place of a layer in the recipe."""
    return ("model", "layers", index, layer.key, *rest)


def unlike(index: int, layer: LayerSpec, trait: Trait, why: str, choice: str = "") -> Problem:
    """What a layer does that cannot be: `why` not, and what to do instead."""
    expected = f"expected {trait.expected}: " if trait.expected else ""
    remedy = trait.remedy or ("Change it" if choice else "")
    do = f" {remedy}{choice}." if remedy else ""
    place = at(index, layer, *([trait.setting] if trait.setting else []))
    return Problem(place, f"{expected}{trait.does}, {why}.{do}")


def no_look_ahead(layers: Layers, why: str) -> Iterator[Problem]:
    """Layers of which an output depends on later inputs."""
    for index, layer in enumerate(layers):
        if layer is not None and layer.looks_ahead is not None:
            yield unlike(index, layer, layer.looks_ahead, why)


def one_output_a_step(layers: Layers, task: str) -> Iterator[Problem]:
    """Layers that leave fewer time steps than they are given."""
    for index, layer in enumerate(layers):
        if layer is not None:
            ends = () if layer.ends_time is None else (layer.ends_time,)
            for trait in (*ends, *layer.thins_time):
                yield unlike(index, layer, trait, f"and {task} needs one output at each time step")


def one_output(layers: Layers) -> Iterator[Problem]:
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
            "expected one output an input at the end, got one a time step. Add '- pooling: {kind: average, scope: "
            "global}', or leave out return_sequences on the last recurrent layer.",
        )


def _time_is_gone(gone: tuple[int, LayerSpec], index: int, layer: LayerSpec) -> Problem:
    ended = gone[1].ends_time
    if ended is not None and ended.setting is not None:
        return Problem(
            at(*gone, ended.setting),
            f"expected {ended.expected}: {dotted(at(index, layer))} after it needs the whole sequence.",
        )
    last = dotted(at(*gone))
    return Problem(at(index, layer), f"needs a sequence, and {last} leaves a single vector. Move it up, or remove it.")


def stream_problems(layers: Layers) -> Iterator[Problem]:
    """A stream has no future: nothing may look ahead, nothing may wait for the end."""
    choice = ", or set export.streaming: false"
    for index, layer in enumerate(layers):
        if layer is None:
            continue
        if layer.looks_ahead is not None:
            yield unlike(index, layer, layer.looks_ahead, "and a stream has no future", choice)
        for trait in layer.thins_time:
            yield unlike(index, layer, trait, "and a stream has an output a step", choice)


def settings(layers: Layers) -> Iterator[Problem]:
    """Settings that have no effect, or that Keras cannot combine."""
    for index, layer in enumerate(layers):
        if isinstance(layer, Pooling) and layer.scope == "global" and layer.size != 2:
            yield Problem(at(index, layer, "size"), "is for scope: local only. Remove it.")
        if isinstance(layer, Conv1D) and layer.strides > 1 and layer.dilation_rate > 1:
            yield Problem(
                at(index, layer, "dilation_rate"),
                f"expected 1 together with strides > 1, got {layer.dilation_rate}: Keras cannot do both.",
            )
