"""The problems of a recipe, each with its place: one line per problem, all in one error."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from zoo.core.errors import RecipeError

#: How the text of a problem begins if a key is missing.
MISSING = "missing. Add it"

#: Keys and list positions from the top of the recipe down: ("model", "layers", 1, "recurrent").
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        path: where in the recipe.
        text: what was expected, what was found, what to do.
        line: the line in the file, if it differs from the path's line.
        meant: the path that was probably meant; a missing key there is not reported in addition.
    """

    path: Path
    text: str
    line: int | None = None
    meant: Path | None = None

    def __str__(self) -> str:
        """The problem as shown to the user, without the file."""
        return f"{dotted(self.path)}: {self.text}" if self.path else self.text


class InvalidRecipe(RecipeError):
    """A recipe with one or more problems.

    Attributes:
        problems: one line per problem.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        """Joins the lines into the message."""
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def dotted(path: Path) -> str:
    """Formats a path, such as `model.layers[1].recurrent.units`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def listed(words: Iterable[str], last: str = "or") -> str:
    """Joins words, such as "a, b or c"."""
    *front, end = [str(word) for word in words]
    return f"{', '.join(front)} {last} {end}" if front else end


def root_problems(problems: Sequence[Problem]) -> list[Problem]:
    """Removes problems that follow from others: a second one at the same place, or a missing key that was misspelt.

    Args:
        problems: the most important ones first.
    """
    meant = {problem.meant for problem in problems if problem.meant}
    kept: list[Problem] = []
    for problem in problems:
        misspelt = problem.path in meant and problem.text.startswith(MISSING)
        if not misspelt and not any(_overlap(problem.path, other.path) for other in kept):
            kept.append(problem)
    return kept


def _overlap(path: Path, other: Path) -> bool:
    """Whether the paths are equal, or one lies within the other."""
    shorter = min(len(path), len(other))
    return path[:shorter] == other[:shorter]


def value_text(value: Any) -> str:
    """A value as it would be written in a recipe, or its kind and length if it is long."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        keys = [str(key) for key in cast("Mapping[Any, Any]", value)]
        return f"a mapping with the key{'s' * (len(keys) > 1)} {listed(keys, 'and')}" if keys else "an empty mapping"
    if isinstance(value, list | tuple):
        length = len(cast("Sequence[Any]", value))
        return f"a list of {length}" if length else "an empty list"
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:60]}… ({len(str(value))} characters)"
