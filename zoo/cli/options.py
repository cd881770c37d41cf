"""Arguments and options that several verbs share."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

RecipeArgument = Annotated[
    str, typer.Argument(metavar="RECIPE", help="Name of a recipe (see `zoo list`) or path of a .yaml file.")
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change one value of the recipe. May be repeated."),
]
Seed = Annotated[int | None, typer.Option(metavar="N", help="Seed for weights, shuffling and dropout.", min=0)]
Resume = Annotated[bool, typer.Option("--resume", help="Resume the latest interrupted run.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object per line.")]
Split = Annotated[str, typer.Option(metavar="SPLIT", help="train, validation or test.")]
Opset = Annotated[
    int | None,
    typer.Option(
        metavar="N", help="ONNX opset, at least 13; older runtimes need a lower one. Default: the recipe's, or 17."
    ),
]
Int8 = Annotated[
    Literal["auto", "on", "off"] | None,
    typer.Option(
        metavar="auto|on|off",
        help=(
            "Round the weights to int8. auto: only if the file becomes 2.5 times smaller and loses at most 0.5 % of "
            "the task's metric on validation (for a .keras file: of any output's range on random inputs). Default: "
            "the recipe's, or off."
        ),
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        metavar="DIR",
        help="Folder to write, or an .onnx file for a .keras model. Default: exported/NAME.",
    ),
]


def again(verb: str, recipe: str, settings: Sequence[str] | None, seed: int | None) -> str:
    """The command as typed, to be repeated with `--resume`, which requires the same recipe."""
    changes = [word for setting in settings or () for word in ("--set", setting)]
    return shlex.join(["zoo", verb, recipe, *changes, *(() if seed is None else ("--seed", str(seed)))])


def overrides(settings: Sequence[str] | None, seed: int | None = None) -> tuple[str, ...]:
    """The command line's changes to the recipe, as `key=value`, including the seed."""
    return (*(settings or ()), *(() if seed is None else (f"training.seed={seed}",)))
