"""`zoo schema`."""

from typing import Annotated

import typer

from zoo.cli import console


def schema(
    key: Annotated[
        str | None,
        typer.Argument(
            metavar="[KEY]",
            help="A key or section to explain, such as data.max_gap_s, training or clip_norm; `recipe` lists the "
            "top-level keys. Default: print the JSON schema.",
        ),
    ] = None,
) -> None:
    """Print the JSON schema of recipes, for editors; or explain one key.

    An editor with a YAML language server completes and checks a recipe that begins with the line
    `# yaml-language-server: $schema=FILE`, where FILE holds this schema.
    """
    if key is None:
        import json

        from zoo.recipe.json_schema import recipe_schema

        console.line(json.dumps(recipe_schema(), indent=2, ensure_ascii=False))
    else:
        from zoo.cli import views_keys
        from zoo.recipe.keys import find_key

        console.show(views_keys.key_view(find_key(key)))
