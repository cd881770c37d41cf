"""Upgrades manifests of older formats to the newest one: JSON values in, JSON values out, one step per version."""

import math
from collections.abc import Callable, Mapping
from typing import cast

#: A JSON object.
Plain = dict[str, object]


def upgraded(manifest: Plain) -> Plain:
    """The same manifest in the newest format; returned unchanged if it names no older format."""
    while isinstance(version := manifest.get("format_version"), int) and version in STEPS:
        manifest = STEPS[version](manifest) | {"format_version": version + 1}
    return manifest


def to_2(manifest: Plain) -> Plain:
    """Format 2 added optional keys only: states, `fill`, `merge_s`."""
    return dict(manifest)


def to_3(manifest: Plain) -> Plain:
    """Format 3 renames `sensor` to `recording`, allows several event rules, and has no free dictionaries.

    Keys of a free dictionary that format 3 does not define, or whose values have another type, are dropped; a part
    that lacks a required key becomes null. What a device needs is left unchanged: the reader reports mistakes in it.
    """
    source, events = _object(manifest.get("input")), manifest.get("events")
    changed: Plain = {}
    if source.get("kind") == "sensor":
        changed["input"] = {**source, "kind": "recording"}
    if "events" in manifest and not isinstance(events, list):
        changed["events"] = [] if events is None else [events]
    splits = _object(manifest.get("metrics")).items()
    return {
        **manifest,
        **changed,
        "runtime": _runtime(_object(manifest.get("runtime"))),
        "model": _fitting(_object(manifest.get("model")), {"cell": _text, "parameters": _count, "layers": _texts}),
        "data": _data(_object(manifest.get("data"))),
        "metrics": {split: _numbers(_object(values)) for split, values in splits if _is_object(values)},
        "parity": _parity(_object(manifest.get("parity"))),
    }


STEPS: dict[int, Callable[[Plain], Plain]] = {1: to_2, 2: to_3}

#: Whether a JSON value is valid for a field.
_Test = Callable[[object], bool]


def _runtime(runtime: Plain) -> Plain | None:
    fields = _fitting(runtime, {"opset": _count, "ir_version": _count, "nodes": _is_object, "int8": _is_object})
    return _complete(fields, "opset", "ir_version")


def _data(data: Plain) -> Plain | None:
    texts = dict.fromkeys(("name", "title", "licence", "cite", "sha256", "url"), _text)
    fields = _fitting(data, texts | {"split": _is_object})
    if "split" in fields:
        fields["split"] = _split(_object(fields["split"]))
    return _complete(fields, "name")


def _split(split: Plain) -> Plain | None:
    tests = {"by": _text, "validation": _number, "test": _number, "test_parts": _texts}
    return _complete(
        _fitting(split, tests | dict.fromkeys(("seed", "folds", "fold"), _count)), "by", "validation", "test"
    )


def _parity(parity: Plain) -> Plain | None:
    counts, sizes = ("cases", "rows"), ("largest_absolute", "largest_relative")
    tests = dict.fromkeys(counts, _count) | dict.fromkeys(sizes, _number) | {"allowed": _text, "patterns": _texts}
    fields = _fitting(parity, tests | {"pieces": _is_object, "metrics": _is_object})
    if "pieces" in fields:
        names = {"inputs": _count, "ways": _count, "largest": _number, "allowed": _number}
        fields["pieces"] = _complete(_fitting(_object(fields["pieces"]), names), *names)
    pairs = {name: _numbers(_object(pair)) for name, pair in _object(fields.get("metrics")).items()}
    fields["metrics"] = {name: pair for name, pair in pairs.items() if {"keras", "onnx"} <= pair.keys()}
    return _complete(fields, *counts, *sizes, "allowed")


def _fitting(values: Plain, tests: Mapping[str, _Test]) -> Plain:
    """The keys in `tests` whose values pass their test."""
    return {key: values[key] for key, fits in tests.items() if key in values and fits(values[key])}


def _complete(values: Plain, *required: str) -> Plain | None:
    """The values; None if a required key is missing."""
    return values if values.keys() >= set(required) else None


def _numbers(values: Plain) -> Plain:
    """The numbers and nulls among the values; NaN and infinity, which early files contain, become null."""
    numbers = {name: value for name, value in values.items() if value is None or type(value) in (int, float)}
    return {name: value if _number(value) else None for name, value in numbers.items()}


def _object(value: object) -> Plain:
    """The value if it is an object, otherwise an empty object."""
    return cast("Plain", value) if isinstance(value, dict) else {}


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _text(value: object) -> bool:
    return isinstance(value, str)


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in cast("list[object]", value))


def _count(value: object) -> bool:
    return type(value) is int


def _number(value: object) -> bool:
    return type(value) in (int, float) and math.isfinite(cast("float", value))
