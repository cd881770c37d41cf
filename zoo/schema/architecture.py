"""How layers fit together over time: what tasks, streams and Keras require of them."""

from collections.abc import Iterator, Sequence

from zoo.schema.layers import Conv1D, LayerSpec, Pooling, Trait
from zoo.schema.problems import Path, Problem, dotted

Layers = Sequence[LayerSpec | None]


def streamable(layers: Layers) -> bool:
    """Whether the layers can run in pieces on live input."""
    return next(stream_problems(layers), None) is None


def width(layers: Layers) -> int | None:
    """Number of features that the last layer returns; None if unknown."""
    features = None
    for layer in layers:
        features = None if layer is None else layer.width(features)
    return features


def at(index: int, layer: LayerSpec, *rest: str) -> Path:
    """The path of a layer, or of one of its settings, in the recipe."""
    return ("model", "layers", index, layer.key, *rest)


def trait_problem(index: int, layer: LayerSpec, trait: Trait, why: str, choice: str = "") -> Problem:
    """The problem with a layer whose trait is not allowed.

    Args:
        index: position in the list of layers.
        layer: the layer.
        trait: what it does.
        why: why that is not allowed: the end of a sentence that begins with the trait.
        choice: another way to solve it, appended to the trait's remedy.
    """
    expected = f"expected {trait.expected}: " if trait.expected else ""
    remedy = trait.remedy or ("Change it" if choice else "")
    advice = f" {remedy}{choice}." if remedy else ""
    path = at(index, layer, *([trait.setting] if trait.setting else []))
    return Problem(path, f"{expected}{trait.does}, {why}.{advice}")


def no_look_ahead(layers: Layers, why: str) -> Iterator[Problem]:
    """Finds layers whose outputs depend on later inputs."""
    for index, layer in enumerate(layers):
        if layer is not None and layer.looks_ahead is not None:
            yield trait_problem(index, layer, layer.looks_ahead, why)


def one_output_a_step(layers: Layers, task: str) -> Iterator[Problem]:
    """Finds layers that return fewer time steps than they read."""
    for index, layer in enumerate(layers):
        if layer is not None:
            ends = () if layer.ends_time is None else (layer.ends_time,)
            for trait in (*ends, *layer.thins_time):
                yield trait_problem(index, layer, trait, f"but {task} needs one output per time step")


def one_output(layers: Layers) -> Iterator[Problem]:
    """Follows the time axis: each layer that needs it must still have it, and the last one must have removed it."""
    ended: tuple[int, LayerSpec] | None = None  # the layer that removed the time axis, and its index
    for index, layer in enumerate(layers):
        if layer is None:
            return
        if ended is not None and layer.needs_time:
            yield _no_time_axis(ended, index, layer)
            ended = None
        if layer.ends_time is not None:
            ended = index, layer
    if layers and ended is None:
        yield Problem(
            ("model", "layers"),
            "expected one output per input, got one per time step. Add '- pooling: {kind: average, scope: global}', or "
            "remove return_sequences from the last recurrent layer.",
        )


def _no_time_axis(ended: tuple[int, LayerSpec], index: int, layer: LayerSpec) -> Problem:
    trait = ended[1].ends_time
    if trait is not None and trait.setting is not None:
        return Problem(
            at(*ended, trait.setting),
            f"expected {trait.expected}: {dotted(at(index, layer))} after it needs the complete sequence.",
        )
    earlier = dotted(at(*ended))
    return Problem(
        at(index, layer), f"needs a sequence, but {earlier} returns a single vector. Move it up, or remove it."
    )


def stream_problems(layers: Layers) -> Iterator[Problem]:
    """Finds layers that a stream cannot run: those that look ahead or return fewer time steps."""
    choice = ", or set export.streaming: false"
    for index, layer in enumerate(layers):
        if layer is None:
            continue
        if layer.looks_ahead is not None:
            yield trait_problem(index, layer, layer.looks_ahead, "but a stream has no future", choice)
        for trait in layer.thins_time:
            yield trait_problem(index, layer, trait, "but a stream returns one output per step", choice)


def settings(layers: Layers) -> Iterator[Problem]:
    """Finds settings that have no effect, or that Keras cannot combine."""
    for index, layer in enumerate(layers):
        if isinstance(layer, Pooling) and layer.scope == "global" and layer.size != 2:
            yield Problem(at(index, layer, "size"), "applies only to scope: local. Remove it.")
        if isinstance(layer, Conv1D) and layer.strides > 1 and layer.dilation_rate > 1:
            yield Problem(
                at(index, layer, "dilation_rate"),
                f"expected 1 with strides > 1, got {layer.dilation_rate}: Keras does not support both.",
            )
