"""The way in and out of the command line: every error ends as one or two lines and an exit code."""

import errno
import os
import sys
import traceback
from collections.abc import Sequence

import typer

from zoo.cli import console
from zoo.cli.app import app
from zoo.core.errors import ZooError

#: What comes with an extra rather than with the base install: module -> extra.
EXTRAS = {
    "tokenizers": "text",
    "paho": "mqtt",
    **dict.fromkeys(
        (
            *("keras", "tensorflow", "onnx", "pydantic", "pydantic_core", "yaml", "matplotlib", "jinja2", "markupsafe"),
            *("platformdirs", "pypi_simple", "requests", "typing_extensions", "urllib3"),
        ),
        "train",
    ),
}
#: As shells give it to a program that Ctrl-C stopped.
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        arguments: what follows `zoo`; None: what the process was started with.

    Returns:
        The exit code: 0, 2 for the user's mistake, 1 for a failure, 130 after Ctrl-C.
    """
    words, debug = _take_debug(sys.argv[1:] if arguments is None else arguments)
    console.open_streams()
    try:
        code = app(args=words, prog_name="zoo", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        return _leave_the_pipe()
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        if debug:
            traceback.print_exception(error)
        text, code = explain(error)
        if text:
            console.error(text)
    return code if isinstance(code, int) else 0


def explain(error: Exception) -> tuple[str, int]:
    """What the user is told of an error, and the exit code.

    Args:
        error: whatever a verb let through.

    Returns:
        One line, or one line a problem if there are several; the exit code.
    """
    match error:
        case ZooError():
            return str(error), error.exit_code
        case typer.TyperException():
            return _usage(error), error.exit_code
        case ModuleNotFoundError() if extra := EXTRAS.get((error.name or "").partition(".")[0]):
            return f'this needs {error.name}, which is not here. Install it: pip install "sequence-zoo[{extra}]"', 2
        case OSError(errno=errno.ENOSPC):
            return f"{error.filename or 'disk'}: no space left. Make room, then run the same command again.", 1
        case OSError(errno=errno.ENAMETOOLONG):
            return f"{str(error.filename)[:40]}…: the name is too long for a file. Choose a shorter one.", 2
        case OSError(strerror=str()):
            where = f"{error.filename}: " if error.filename else ""
            return f"{where}{error.strerror}.", 1
        case MemoryError():
            return f"not enough memory: {error or 'none is left'}. Give less at once, or use a larger machine.", 1
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:300]}\nThis was not foreseen: run again with --debug to see where.", 1


def _take_debug(arguments: Sequence[str]) -> tuple[list[str], bool]:
    """Takes `--debug` out of the arguments: it may stand before or after the verb, up to a `--`."""
    words = list(arguments)
    end = words.index("--") if "--" in words else len(words)
    options = [word for word in words[:end] if word != "--debug"]
    return options + words[end:], len(options) < end


def _usage(error: typer.TyperException) -> str:
    """A wrong option or argument, and where the right ones are described; "" if the help was printed already."""
    if not error.format_message():
        return ""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "zoo"
    message = error.format_message()
    return f"{command}: {message}{'' if message.endswith(('.', '?', '!')) else '.'} See `{command} --help`."


def _leave_the_pipe() -> int:
    """The reader of the output is gone (`zoo list | head -1`): no reason to complain, here or at the last flush."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1
