"""The recipes that are shipped with the zoo, and the file that a user's name or path stands for."""

import os
from pathlib import Path

from zoo.core.names import nearest
from zoo.recipe.document import display_name
from zoo.schema.problems import InvalidRecipe, listed

SUFFIXES = (".yaml", ".yml")


def catalogue() -> dict[str, Path]:
    """The files of the shipped recipes by name, sorted by name."""
    package = Path(__file__).resolve().parents[1]
    # In an installed wheel they are package data; in a checkout they are beside the package.
    folder = next((path for path in (package / "_recipes", package.parent / "recipes") if path.is_dir()), None)
    return {file.stem: file for file in sorted(folder.glob("*.yaml"), key=lambda file: file.stem)} if folder else {}


def recipe_file(name_or_path: str | Path) -> Path:
    """The file of a shipped recipe's name, or of a path.

    Raises:
        InvalidRecipe: there is no such recipe; suggests the nearest name.
    """
    name = str(name_or_path)
    recipes = catalogue()
    if name in recipes:
        return recipes[name]
    file = Path(os.path.expanduser(name))
    if file.suffix in SUFFIXES or len(file.parts) > 1:
        if not file.exists():
            raise InvalidRecipe([f"{name}: no such file{_question(_similar(file))}"])
        return file
    local = next((display_name(path) for suffix in SUFFIXES if (path := Path(name + suffix)).exists()), None)
    raise InvalidRecipe(
        [
            f"{name or repr(name)}: no such recipe{_question(local or nearest(name, recipes))} The zoo has "
            f"{listed(recipes or ['none'], 'and')}; for your own recipe, give a path that ends in .yaml."
        ]
    )


def _similar(file: Path) -> str | None:
    """What `file` may stand for: a shipped recipe, a file in the same folder with a similar name, or None."""
    if file.stem in catalogue():
        return file.stem
    neighbours = {path.stem: path for suffix in SUFFIXES for path in file.parent.glob(f"*{suffix}")}
    near = nearest(file.stem, neighbours)
    return str(neighbours[near]) if near else nearest(file.stem, catalogue())


def _question(near: str | None) -> str:
    return f"; did you mean '{near}'?" if near else "."
