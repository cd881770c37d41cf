"""Finds the files of the package that name a task or an input kind, or check the type of a value."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

ZOO = Path(__file__).parents[1] / "zoo"
FILES = sorted(path for ending in ("py", "md", "html") for path in ZOO.rglob(f"*.{ending}"))

#: Only the files of an input kind may distinguish these.
CLASSES = {"RecordingInput", "TextInput", "RecordingSet", "TextSet"}


def quoting(name: str) -> set[str]:
    """The files that contain a name in quotes."""
    return _matching(lambda path: re.search(rf"[\"']{name}[\"']", path.read_text("utf-8")) is not None)


def choosing(name: str) -> set[str]:
    """The files that branch on an input kind's name, which may be an everyday word that is also quoted elsewhere."""
    return _matching(lambda path: any(name == key for key in _keys(path)))


def distinguishing() -> set[str]:
    """The files that check whether something is one of `CLASSES`."""
    return _matching(lambda path: path.suffix == ".py" and any(_checks(ast.parse(path.read_text("utf-8")))))


def _matching(condition: Callable[[Path], bool]) -> set[str]:
    assert FILES
    return {path.relative_to(ZOO).as_posix() for path in FILES if condition(path)}


def _keys(path: Path) -> Iterator[object]:
    """Strings that something is compared with, looked up by, or declared to be."""
    text = path.read_text("utf-8")
    if path.suffix != ".py":
        yield from re.findall(r"[\"'](\w+)[\"']", text)
        return
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Compare():
                yield from _constants(node)
            case ast.MatchValue():
                yield from _constants(node.value)
            case ast.Subscript(value=ast.Name(id="INPUTS")) | ast.Call(func=ast.Name(id="frozenset" | "set")):
                yield from _constants(node)
            case ast.Set():
                yield from _constants(node)
            case ast.keyword(arg="kind" | "reads" | "records"):
                yield from _constants(node.value)
            case _:
                pass


def _constants(node: ast.AST) -> Iterator[object]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant):
            yield part.value


def _checks(tree: ast.AST) -> Iterator[bool]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="isinstance" | "issubclass"), args=[_, kinds]):
                yield _names_class(kinds)
            case ast.MatchClass(cls=kind):
                yield _names_class(kind)
            case ast.Compare(ops=[ast.Is() | ast.IsNot() | ast.Eq() | ast.NotEq()]):
                yield any(isinstance(side, ast.Name) and side.id in CLASSES for side in [node.left, *node.comparators])
            case _:
                pass


def _names_class(kinds: ast.AST) -> bool:
    return any(isinstance(part, ast.Name) and part.id in CLASSES for part in ast.walk(kinds))
