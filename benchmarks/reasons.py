"""One-line reasons why a contender was not timed."""

LONGEST = 140  # characters of a reason

#: Beginnings of lines in error messages that state the place of an error, not its cause.
NOISE = ("Exception from", "Check '", "FrontEnd API failed", "Summary:", "Traceback", "While validating", "Error: ")

#: Beginning of the most informative line, if there is one (OpenVINO's summary).
BEST = "-- Conversion is failed for"


class Unmeasured(Exception):
    """A contender cannot take part; the message is the reason in one line."""


def why(error: BaseException) -> str:
    """The message of an error, in one line that fits a table."""
    if isinstance(error, Unmeasured):
        return str(error)
    if isinstance(error, ModuleNotFoundError):
        return f"{error.name} is not installed; pip install -e '.[bench]' installs it"
    lines = [line.strip() for line in str(error).splitlines()]
    informative = [line.lstrip("- ") for line in lines if line.startswith(BEST)]
    informative += [line for line in lines if line and not line.startswith(NOISE)]
    text = " ".join(f"{type(error).__name__}: {(informative or lines or [''])[0]}".split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
