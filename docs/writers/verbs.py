"""The reference of the command line, from the verbs' own help."""

from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from zoo.cli.app import app

#: Options that every verb has.
COMMON = {"help"}


def verbs() -> str:
    """A chapter for each verb: usage, arguments, options, example."""
    return "\n".join(line for path, command in _commands("zoo", get_command(app)) for line in _chapter(path, command))


def _commands(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    """The commands below a group, with the words that are typed for each."""
    for name, inner in command.commands.items():
        if hasattr(inner, "commands"):
            yield from _commands(f"{path} {name}", inner)
        else:
            yield f"{path} {name}", inner


def _chapter(path: str, command: Any) -> Iterator[str]:
    shown = [parameter for parameter in command.params if parameter.name not in COMMON]
    arguments = [parameter for parameter in shown if parameter.param_type_name == "argument"]
    options = [parameter for parameter in shown if parameter.param_type_name == "option"]
    usage = [path, *(["[OPTIONS]"] if options else []), *(argument.metavar for argument in arguments)]
    yield f"### `{path}` {{ #{path.replace(' ', '-')} }}\n"
    yield f"{_plain(command.help)}\n"
    yield f"```text\n{' '.join(usage)}\n```\n"
    if arguments:
        yield from _table("Argument", [(f"`{argument.metavar}`", argument) for argument in arguments])
    if options:
        yield from _table("Option", [(_flags(option), option) for option in options])
    if command.epilog:
        yield f"Example: `{command.epilog.removeprefix('Example: ')}`\n"


def _table(head: str, rows: list[tuple[str, Any]]) -> Iterator[str]:
    yield f"| {head} | Meaning |\n|---|---|"
    for name, parameter in rows:
        meaning, default = _plain(parameter.help), parameter.default
        if default not in (None, False, ()) and not callable(default) and "Default:" not in meaning:
            meaning += f" Default: {default}."
        yield f"| {name} | {meaning} |"
    yield ""


def _flags(option: Any) -> str:
    """An option as it is typed: `--out DIR`, `-o DIR`; a flag without a value. A bar would end a table's cell."""
    value = "" if option.is_flag else f" {option.metavar or option.type.name.upper()}".replace("|", "&#124;")
    return ", ".join(f"<code>{name}{value}</code>" for name in option.opts)


def _plain(text: str | None) -> str:
    """A help text without the escapes that the terminal's markup needs."""
    return (text or "").replace("\\[", "[").strip()
