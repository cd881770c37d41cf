"""The bundle's inputs with known answers, which verify that this device computes what was computed at export."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, cast

from zoo.core.errors import BundleError
from zoo.core.plain import from_plain

#: Tolerance for the difference between a score and the recorded one: processors round differently.
TOLERANCE = 1e-4


@dataclass(frozen=True)
class KnownAnswer:
    """One input and the model's answer to it at export.

    Attributes:
        input: a text, or (time, features) rows at the manifest's rate.
        label: the prediction's label.
        score: the prediction's score.
    """

    input: Any
    label: str
    score: float


class Answer(Protocol):
    """The fields of a prediction that are compared."""

    @property
    def label(self) -> str:
        """The prediction's label."""
        ...

    @property
    def score(self) -> float:
        """The prediction's score."""
        ...


def read_cases(text: str | None, where: str) -> list[KnownAnswer]:
    """Reads the metadata's JSON list.

    Raises:
        BundleError: the list is missing, empty or malformed.
    """
    if text is None:
        raise BundleError(f"{where}: expected a self-test in the bundle, got none. Export the bundle again.")
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BundleError(
            f"{where}: self-test: expected JSON, got text that does not parse: {error}. Export the bundle again."
        ) from None
    if not isinstance(values, list) or not values:
        raise BundleError(
            f"{where}: self-test: expected a list of inputs with answers, got {text[:40]}. Export the bundle again."
        )
    cases = cast("list[object]", values)
    return [from_plain(KnownAnswer, case, f"{where}: self-test[{index}]") for index, case in enumerate(cases)]


def differences(cases: list[KnownAnswer], predict: Callable[[Any], Answer]) -> list[str]:
    """Runs every case; returns one line for each answer that differs from the recorded one."""
    lines: list[str] = []
    for index, case in enumerate(cases):
        answer = predict(case.input)
        # Not ">", so that a NaN score also counts as different.
        if answer.label != case.label or not abs(answer.score - case.score) <= TOLERANCE:
            lines.append(
                f"self-test[{index}]: expected {case.label} {case.score:.6f}, got {answer.label} {answer.score:.6f}."
            )
    return lines
