"""Which files of the package name a task or an input kind, or ask what kind of thing a value is."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

ZOO = Path(__file__).parents[1] / "zoo"
FILES = sorted(path for ending in ("py", "md", "html") for path in ZOO.rglob(f"*.{ending}"))

#: What only the files of an input kind may tell apart.
CLASSES = {"RecordingInput", "TextInput", "RecordingSet", "TextSet"}


def quoting(name: str) -> set[str]:
    """The files in which a name stands in quotes."""
    return _those(lambda path: re.search(rf"[\"']{name}[\"']", path.read_text("utf-8")) is not None)


def asking(name: str) -> set[str]:
    """The files that choose by an input kind's name, which may be an everyday word that is quoted elsewhere, too."""
    return _those(lambda path: any(name == other for other in _chosen_by(path)))


def telling_apart() -> set[str]:
    """The files that ask whether something is one of `CLASSES`."""
    return _those(lambda path: path.suffix == ".py" and any(_told_apart(ast.parse(path.read_text("utf-8")))))


def _those(chosen: Callable[[Path], bool]) -> set[str]:
    assert FILES
    return {path.relative_to(ZOO).as_posix() for path in FILES if chosen(path)}


def _chosen_by(path: Path) -> Iterator[object]:
    """Texts that something is compared with, looked up by, or said to be of."""
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


def _told_apart(tree: ast.AST) -> Iterator[bool]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="isinstance" | "issubclass"), args=[_, kinds]):
                yield _names_one(kinds)
            case ast.MatchClass(cls=kind):
                yield _names_one(kind)
            case ast.Compare(ops=[ast.Is() | ast.IsNot() | ast.Eq() | ast.NotEq()]):
                yield any(isinstance(side, ast.Name) and side.id in CLASSES for side in [node.left, *node.comparators])
            case _:
                pass


def _names_one(kinds: ast.AST) -> bool:
    return any(isinstance(part, ast.Name) and part.id in CLASSES for part in ast.walk(kinds))
