"""Texts named on the command line: typed, in files, or from a pipe."""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from zoo.core.errors import InputError
from zoo.edge.inputs.kind import Item


def texts(arguments: Sequence[str]) -> Iterator[Item]:
    """Reads the texts that the arguments name.

    Args:
        arguments: a text, the path of an existing .txt file, or - for standard input.

    Raises:
        InputError: a file does not exist, is not a .txt file, is empty or is not UTF-8.
    """
    for argument in arguments:
        if argument == "-":
            yield from _lines(sys.stdin, "standard input")
        elif not _means_a_file(argument):
            yield Item("", argument, argument)
        elif not argument.endswith(".txt"):
            raise InputError(
                f"{argument}: expected a text, a .txt file with one text per line, or -, got another file."
            )
        elif not os.path.isfile(argument):
            raise InputError(f"{argument}: no such file. Give a text, a .txt file with one text per line, or -.")
        else:
            with open(argument, encoding="utf-8-sig") as file:
                yield from _lines(file, argument)


def _means_a_file(argument: str) -> bool:
    """Whether this is a file name rather than a text: it exists and has a suffix, or is one word ending in .txt."""
    if Path(argument).suffix and os.path.isfile(argument):
        return True
    return argument.endswith(".txt") and len(argument.split()) == 1


def _lines(file: Iterable[str], source: str) -> Iterator[Item]:
    empty = True
    try:
        for number, line in enumerate(file, start=1):
            if line.strip():
                empty = False
                text = line.rstrip("\r\n")
                yield Item(f"{source}:{number}", text, text)
    except UnicodeDecodeError as error:
        raise InputError(
            f"{source}: expected UTF-8 text, got byte 0x{error.object[error.start]:02x}. Save it as UTF-8."
        ) from None
    if empty:
        raise InputError(f"{source}: expected one text per line, got none.")
