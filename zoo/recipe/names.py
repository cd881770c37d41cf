"""Problems with unknown names: the name that was probably meant, and where it belongs."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from zoo.core.names import nearest
from zoo.inputs import INPUTS
from zoo.schema.data import FromFiles
from zoo.schema.problems import Problem, listed, value_text
from zoo.schema.spec import Spec
from zoo.schema.vocabulary import choices_at, recipe_path, section_with_key, siblings_of, spec_at

#: Names of keys in other libraries -> their names in recipes.
SYNONYMS = {
    "lr": "learning_rate",
    "num_epochs": "epochs",
    "hidden_size": "units",
    "hidden": "units",
    "size": "units",
    "channels": "filters",
    "kernel": "kernel_size",
    "stride": "strides",
    "bs": "batch_size",
    "gradient_clip": "clip_norm",
    "clipnorm": "clip_norm",
    "vocab_size": "vocabulary",
    "max_len": "max_tokens",
    "max_length": "max_tokens",
    "sampling_rate": "sample_rate_hz",
    "file": "files",
    "path": "files",
    "dataset": "source",
    "random_state": "seed",
}
#: Names of layers in other libraries -> how to write them in recipes.
LAYER_SYNONYMS = {
    "lstm": "'recurrent' with model.cell: lstm",
    "gru": "'recurrent' with model.cell: gru",
    "rnn": "'recurrent' with model.cell: rnn",
    "simple_rnn": "'recurrent' with model.cell: rnn",
    "bilstm": "'bidirectional' with model.cell: lstm",
    "bigru": "'bidirectional' with model.cell: gru",
    "linear": "'dense'",
    "batchnorm": "'batch_normalization'",
    "layernorm": "'layer_normalization'",
    "max_pooling": "'pooling: {kind: max, scope: local}'",
    "average_pooling": "'pooling: {kind: average, scope: local}'",
    "global_max_pooling": "'pooling: {kind: max, scope: global}'",
    "global_average_pooling": "'pooling: {kind: average, scope: global}'",
    "attention": "'pooling' over a 'bidirectional' layer (there is no attention)",
}


_DATA = "source (a data set of the zoo) or files (your own)"


def unknown_key(root: type[Spec], place: Sequence[str | int]) -> Problem:
    """The problem with a key that does not exist at its place.

    Args:
        root: class of the entire recipe.
        place: pydantic's place of the key.
    """
    path, key = recipe_path(place), str(place[-1])
    spec = spec_at(root, place[:-1])
    fields = spec.model_fields if spec else {}
    known = sorted(fields, key=lambda name: not fields[name].is_required())
    siblings = siblings_of(root, place[:-1], key)
    if siblings and spec is not None:
        return Problem(path, _sibling_message(spec, siblings))
    synonym = SYNONYMS.get(key.lower())
    near = synonym if synonym in known else nearest(key, known)
    if near is not None:
        return Problem(path, f"unknown key; did you mean '{near}'?", meant=(*path[:-1], near))
    if (section := section_with_key(root, key)) not in (None, path[0]):
        return Problem(path, f"unknown key here; it belongs under '{section}'.")
    if not known:
        return Problem(path, f"unknown key: {path[-2]} has no settings. Remove it.")
    return Problem(path, f"unknown key. Known keys: {listed(known, 'and')}.")


def _sibling_message(spec: type[Spec], siblings: Sequence[type[Spec]]) -> str:
    """The message about a key that other data have: data of the same kind, or of another kind."""
    kind = getattr(spec, "kind", None)
    if any(getattr(sibling, "kind", None) == kind for sibling in siblings):
        other = "source" if issubclass(spec, FromFiles) else "files"
        return f"unknown key here; it is used with '{other}'."
    kinds = listed(dict.fromkeys(INPUTS[str(getattr(sibling, "kind", ""))].words for sibling in siblings))
    return f"unknown key here: it applies to {kinds}, but the data are {INPUTS[str(kind)].words}. Remove it."


def unknown_data(value: Any) -> Problem:
    """The problem with data that have neither or both of `source` and `files`."""
    if not isinstance(value, Mapping):
        return Problem(("data",), f"expected a mapping such as {{source: hapt}}, got {value_text(value)}.")
    keys = cast("Mapping[str, Any]", value)
    if "source" in keys:
        return Problem(("data",), f"expected {_DATA}, got both. Remove one.")
    for key in keys:
        near = SYNONYMS.get(key) or nearest(key, ("source", "files"))
        if near in ("source", "files"):
            return Problem(("data", key), f"unknown key; did you mean '{near}'?")
    return Problem(("data",), f"expected {_DATA}, got neither. Add one.")


def unknown_kind(root: type[Spec], place: Sequence[str | int], value: Any) -> Problem:
    """The problem with a layer, or another value written under the name of its kind, whose kind is unknown."""
    path, known = recipe_path(place), choices_at(root, place)
    if not isinstance(path[-1], int):
        return Problem(path, f"expected {listed(known)}, got {value_text(value)}.")
    keys = list(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else [value]
    if len(keys) > 1:
        return Problem(
            path,
            f"expected one layer with its settings, got the keys {listed(keys, 'and')}. "
            f"Start each layer with '- ', and indent its settings or write them in braces: '- {keys[0]}: {{…}}'.",
        )
    name = keys[0] if keys else None
    if not isinstance(name, str):
        return Problem(path, f"expected a layer such as 'dropout: {{rate: 0.3}}', got {value_text(name)}.")
    if synonym := LAYER_SYNONYMS.get(name.lower()):
        return Problem(path, f"unknown layer '{name}'. Write {synonym}.")
    near = nearest(name, known)
    return Problem(
        path, f"unknown layer '{name}'; " + (f"did you mean '{near}'?" if near else f"expected {listed(known)}.")
    )
