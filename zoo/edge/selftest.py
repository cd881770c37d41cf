"""Inputs with known answers that travel in the bundle: does this device compute what was computed at export?"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, cast

from zoo.core.errors import BundleError
from zoo.core.plain import from_plain

#: How far a score may lie from the recorded one: other processors round otherwise.
TOLERANCE = 1e-4


@dataclass(frozen=True)
class Case:
    """One input and what the model said of it at export.

    Attributes:
        input: a text, or (time, features) rows at the manifest's rate.
        label: the prediction's label.
        score: the prediction's score.
    """

    input: Any
    label: str
    score: float


class Answer(Protocol):
    """What is compared of a prediction."""

    @property
    def label(self) -> str:
        """The prediction's label."""
        ...

    @property
    def score(self) -> float:
        """The prediction's score."""
        ...


def read_cases(text: str | None, where: str) -> list[Case]:
    """Reads the metadata's JSON list.

    Raises:
        BundleError: there is none, it is empty, or it is not such a list.
    """
    if text is None:
        raise BundleError(f"{where}: expected a self-test in the bundle, got none. Export the bundle again.")
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BundleError(
            f"{where}: self-test: expected JSON, got a text with an error: {error}. Export the bundle again."
        ) from None
    if not isinstance(values, list) or not values:
        raise BundleError(
            f"{where}: self-test: expected a list of inputs with answers, got {text[:40]}. Export the bundle again."
        )
    cases = cast("list[object]", values)
    return [from_plain(Case, case, f"{where}: self-test[{index}]") for index, case in enumerate(cases)]


def differences(cases: list[Case], predict: Callable[[Any], Answer]) -> list[str]:
    """Runs every case; one line for each whose answer differs from the recorded one."""
    lines: list[str] = []
    for index, case in enumerate(cases):
        got = predict(case.input)
        # Not ">": a score that is NaN differs too.
        if got.label != case.label or not abs(got.score - case.score) <= TOLERANCE:
            lines.append(
                f"self-test[{index}]: expected {case.label} {case.score:.6f}, got {got.label} {got.score:.6f}."
            )
    return lines
