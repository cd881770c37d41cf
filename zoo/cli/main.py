"""Entry point of the command line: runs a verb, and turns every error into one or two lines and an exit status."""

import errno
import os
import sys
import traceback
from collections.abc import Sequence

import typer

from zoo.cli import console
from zoo.cli.app import app
from zoo.core.errors import ZooError

#: Modules that an extra installs rather than the base install: module -> extra.
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
#: Exit status that shells report for a program stopped by Ctrl-C.
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        arguments: the words after `zoo`; None: those of the process.

    Returns:
        The exit status: 0, 2 for a mistake of the user, 1 for a failure, 130 after Ctrl-C.
    """
    words, debug = _take_debug(sys.argv[1:] if arguments is None else arguments)
    console.open_streams()
    try:
        code = app(args=words, prog_name="zoo", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        return _close_broken_pipe()
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
    """The message for an error, and the exit status.

    Args:
        error: any exception of a verb.

    Returns:
        One line, or one per problem if there are several; the exit status.
    """
    match error:
        case ZooError():
            return str(error), error.exit_code
        case typer.TyperException():
            return _usage(error), error.exit_code
        case ModuleNotFoundError() if extra := EXTRAS.get((error.name or "").partition(".")[0]):
            return f'this needs {error.name}, which is not installed. Run: pip install "sequence-zoo[{extra}]"', 2
        case OSError(errno=errno.ENOSPC):
            return f"{error.filename or 'disk'}: no space left. Free some space, then run the command again.", 1
        case OSError(errno=errno.ENAMETOOLONG):
            return f"{str(error.filename)[:40]}…: the file name is too long. Choose a shorter one.", 2
        case OSError(strerror=str()):
            where = f"{error.filename}: " if error.filename else ""
            return f"{where}{error.strerror}.", 1
        case MemoryError():
            return f"not enough memory: {error or 'none is left'}. Use smaller inputs or a machine with more memory.", 1
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:300]}\nUnexpected error. Run again with --debug for a traceback.", 1


def _take_debug(arguments: Sequence[str]) -> tuple[list[str], bool]:
    """Removes `--debug` before or after the verb, up to a `--`; returns the other words and whether it was there."""
    words = list(arguments)
    end = words.index("--") if "--" in words else len(words)
    options = [word for word in words[:end] if word != "--debug"]
    return options + words[end:], len(options) < end


def _usage(error: typer.TyperException) -> str:
    """The message for a wrong option or argument, with a reference to the help; "" if that was already printed."""
    if not error.format_message():
        return ""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "zoo"
    message = error.format_message()
    return f"{command}: {message}{'' if message.endswith(('.', '?', '!')) else '.'} See `{command} --help`."


def _close_broken_pipe() -> int:
    """Prevents further errors when the reader of the output is gone (`zoo list | head -1`), also at the last flush."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1
