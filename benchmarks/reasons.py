"""Why a contender has no time: one line each."""

LONGEST = 140  # characters of a reason

#: Lines of others' error messages that say where, not what.
NOISE = ("Exception from", "Check '", "FrontEnd API failed", "Summary:", "Traceback", "While validating", "Error: ")

#: How the line begins that says it best, where there is one (OpenVINO's summary).
BEST = "-- Conversion is failed for"


class Unmeasured(Exception):
    """A contender cannot take part; its text says why, in one line."""


def why(error: BaseException) -> str:
    """What an error says, in one line that fits a table."""
    if isinstance(error, Unmeasured):
        return str(error)
    if isinstance(error, ModuleNotFoundError):
        return f"{error.name} is not installed; pip install -e '.[bench]' brings it"
    lines = [line.strip() for line in str(error).splitlines()]
    telling = [line.lstrip("- ") for line in lines if line.startswith(BEST)]
    telling += [line for line in lines if line and not line.startswith(NOISE)]
    text = " ".join(f"{type(error).__name__}: {(telling or lines or [''])[0]}".split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
