"""The name that somebody meant who mistyped one."""

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` is most likely meant to be, whatever its capitals and blanks; None if none is near."""
    import difflib  # only an error needs it

    folded = {name.lower().replace(" ", "_"): name for name in known}
    found = difflib.get_close_matches(word.lower().replace(" ", "_"), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None
