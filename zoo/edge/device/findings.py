"""What an examination finds: each finding with its verdict, in plain words, and what to do about it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from zoo.core.errors import ZooError

Verdict = Literal["ok", "warning", "problem"]
T = TypeVar("T")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        check: what was looked at, in a word or two.
        verdict: ok; warning: it works, but not as one would expect; problem: it does not.
        text: what was found.
        advice: what to do, "" if there is nothing to do or the text says it.
        facts: the numbers behind it, for a program.
    """

    check: str
    verdict: Verdict
    text: str
    advice: str = ""
    facts: dict[str, Any] = field(default_factory=dict[str, Any])


class Findings:
    """The list as it grows. A check that fails becomes a problem, and the next one goes on."""

    def __init__(self) -> None:
        self.all: list[Finding] = []

    def add(self, *found: Finding) -> None:
        """Takes findings down."""
        self.all.extend(found)

    def attempt(self, check: str, call: Callable[[], T]) -> T | None:
        """What `call` returns; None, and a problem taken down, if it fails."""
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
        """Takes down what `call` finds, or that it failed."""
        self.add(*(self.attempt(check, call) or ()))
