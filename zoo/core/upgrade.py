"""Manifests of older formats as the newest one: JSON values in, JSON values out, one step a version."""

import math
from collections.abc import Callable, Mapping
from typing import cast

#: A JSON object.
Plain = dict[str, object]


def upgraded(manifest: Plain) -> Plain:
    """The same manifest in the newest format; one that names no older format comes back as it is."""
    while isinstance(version := manifest.get("format_version"), int) and version in STEPS:
        manifest = STEPS[version](manifest) | {"format_version": version + 1}
    return manifest


def to_2(manifest: Plain) -> Plain:
    """Format 2 added keys (states, `fill`, `merge_s`), all of which can be left out."""
    return dict(manifest)


def to_3(manifest: Plain) -> Plain:
    """Format 3 knows `sensor` as `recording`, several rules for events, and no free dictionaries.

    What a free dictionary holds beyond the fields of format 3, or of another type, is left out; a part that lacks what
    it must say is null. What a device needs is not touched: a mistake in that is for the reader to complain of.
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

#: Whether a JSON value is what a field holds.
_Test = Callable[[object], bool]


def _runtime(runtime: Plain) -> Plain | None:
    found = _fitting(runtime, {"opset": _count, "ir_version": _count, "nodes": _is_object, "int8": _is_object})
    return _whole(found, "opset", "ir_version")


def _data(data: Plain) -> Plain | None:
    texts = dict.fromkeys(("name", "title", "licence", "cite", "sha256", "url"), _text)
    found = _fitting(data, texts | {"split": _is_object})
    if "split" in found:
        found["split"] = _split(_object(found["split"]))
    return _whole(found, "name")


def _split(split: Plain) -> Plain | None:
    tests = {"by": _text, "validation": _number, "test": _number, "test_parts": _texts}
    return _whole(_fitting(split, tests | dict.fromkeys(("seed", "folds", "fold"), _count)), "by", "validation", "test")


def _parity(parity: Plain) -> Plain | None:
    counts, sizes = ("cases", "rows"), ("largest_absolute", "largest_relative")
    tests = dict.fromkeys(counts, _count) | dict.fromkeys(sizes, _number) | {"allowed": _text, "patterns": _texts}
    found = _fitting(parity, tests | {"pieces": _is_object, "metrics": _is_object})
    if "pieces" in found:
        names = {"inputs": _count, "ways": _count, "largest": _number, "allowed": _number}
        found["pieces"] = _whole(_fitting(_object(found["pieces"]), names), *names)
    pairs = {name: _numbers(_object(pair)) for name, pair in _object(found.get("metrics")).items()}
    found["metrics"] = {name: pair for name, pair in pairs.items() if {"keras", "onnx"} <= pair.keys()}
    return _whole(found, *counts, *sizes, "allowed")


def _fitting(values: Plain, tests: Mapping[str, _Test]) -> Plain:
    """The keys that there are tests of, as far as their values pass them."""
    return {key: values[key] for key, fits in tests.items() if key in values and fits(values[key])}


def _whole(values: Plain, *needed: str) -> Plain | None:
    """None if a key is missing that cannot be left out."""
    return values if values.keys() >= set(needed) else None


def _numbers(values: Plain) -> Plain:
    """The numbers among the values, and null; NaN and infinity, which early files hold, as null."""
    numbers = {name: value for name, value in values.items() if value is None or type(value) in (int, float)}
    return {name: value if _number(value) else None for name, value in numbers.items()}


def _object(value: object) -> Plain:
    """The value, or an object without keys in place of another one."""
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
