"""Suggestions for mistyped names."""

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name most similar to `word`, ignoring case and blanks; None if none is similar."""
    import difflib  # only error messages need it

    folded = {name.lower().replace(" ", "_"): name for name in known}
    matches = difflib.get_close_matches(word.lower().replace(" ", "_"), folded, n=1, cutoff=0.6)
    return folded[matches[0]] if matches else None
