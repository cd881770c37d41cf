"""The findings of an examination: each with a verdict, an explanation, and advice."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from zoo.core.errors import ZooError

Verdict = Literal["ok", "warning", "problem"]
T = TypeVar("T")


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Attributes:
        check: name of the check, in one or two words.
        verdict: ok; warning: it works, but not as expected; problem: it does not work.
        text: the finding in words.
        advice: what to do, "" if nothing needs to be done or the text says it.
        facts: the underlying numbers, for programs.
    """

    check: str
    verdict: Verdict
    text: str
    advice: str = ""
    facts: dict[str, Any] = field(default_factory=dict[str, Any])


class Findings:
    """A growing list of findings. A check that raises becomes a problem, and the next one continues."""

    def __init__(self) -> None:
        self.all: list[Finding] = []

    def add(self, *findings: Finding) -> None:
        """Appends findings."""
        self.all.extend(findings)

    def attempt(self, check: str, call: Callable[[], T]) -> T | None:
        """Returns the result of `call`; if it raises, appends a problem and returns None."""
        try:
            return call()
        except ZooError as error:
            self.add(Finding(check, "problem", str(error)))
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            self.add(Finding(check, "problem", f"{where}cannot be read: {error.strerror or error}."))
        except Exception as error:
            text = " ".join(str(error).split())[:300]
            self.add(Finding(check, "problem", f"failed with {type(error).__name__}: {text}"))
        return None

    def take(self, check: str, call: Callable[[], list[Finding]]) -> None:
        """Appends the findings of `call`, or a problem if it raises."""
        self.add(*(self.attempt(check, call) or ()))
