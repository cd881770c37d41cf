"""The recipes that come with the zoo, and how a name or a path given by a user becomes a file."""

import os
from pathlib import Path

from zoo.core.names import nearest
from zoo.recipe.document import shown
from zoo.schema.problems import InvalidRecipe, listed

SUFFIXES = (".yaml", ".yml")


def catalogue() -> dict[str, Path]:
    """The shipped recipes: name -> file, in the order of the names."""
    package = Path(__file__).resolve().parents[1]
    # An installed wheel carries them as package data; a checkout has them beside the package.
    folder = next((found for found in (package / "_recipes", package.parent / "recipes") if found.is_dir()), None)
    return {file.stem: file for file in sorted(folder.glob("*.yaml"), key=lambda file: file.stem)} if folder else {}


def find(name_or_path: str | Path) -> Path:
    """The file of a shipped recipe's name, or of a path.

    Raises:
        InvalidRecipe: there is no such recipe; names the nearest one.
    """
    given = str(name_or_path)
    recipes = catalogue()
    if given in recipes:
        return recipes[given]
    file = Path(os.path.expanduser(given))
    if file.suffix in SUFFIXES or len(file.parts) > 1:
        if not file.exists():
            raise InvalidRecipe([f"{given}: no such file{_meant(_like(file))}"])
        return file
    own = next((shown(path) for suffix in SUFFIXES if (path := Path(given + suffix)).exists()), None)
    raise InvalidRecipe(
        [
            f"{given or repr(given)}: no such recipe{_meant(own or nearest(given, recipes))} The zoo has "
            f"{listed(recipes or ['none'], 'and')}; a recipe of your own needs its path, ending in .yaml."
        ]
    )


def _like(file: Path) -> str | None:
    """What `file` may stand for: a shipped recipe of that name, or a file beside it with nearly that name."""
    if file.stem in catalogue():
        return file.stem
    beside = {other.stem: other for suffix in SUFFIXES for other in file.parent.glob(f"*{suffix}")}
    near = nearest(file.stem, beside)
    return str(beside[near]) if near else nearest(file.stem, catalogue())


def _meant(near: str | None) -> str:
    return f"; did you mean '{near}'?" if near else "."
