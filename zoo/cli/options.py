"""Arguments and options that several verbs share."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

RecipeArgument = Annotated[
    str, typer.Argument(metavar="RECIPE", help="A shipped recipe's name (see `zoo list`), or a .yaml file of your own.")
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change one value of the recipe; may be given several times."),
]
Seed = Annotated[int | None, typer.Option(metavar="N", help="Seed of weights, shuffling and dropout.", min=0)]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the latest run that was stopped.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
Split = Annotated[str, typer.Option(metavar="SPLIT", help="train, validation or test.")]
Opset = Annotated[
    int | None,
    typer.Option(
        metavar="N", help="ONNX opset to write, from 13 on, for older runtimes; the recipe's if not given, else 17."
    ),
]
Int8 = Annotated[
    Literal["auto", "on", "off"] | None,
    typer.Option(
        metavar="auto|on|off",
        help=(
            "Weights as int8. auto: if the file becomes 2.5 times smaller at no more than 0.5 % loss: of the task's "
            "metric on validation; of a .keras file, of any output's range on random inputs. The recipe's if not given."
        ),
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        metavar="DIR",
        help="Folder to write, or of a .keras model an .onnx file; exported/NAME if not given.",
    ),
]


def again(verb: str, recipe: str, settings: Sequence[str] | None, seed: int | None) -> str:
    """The command as it was typed, to be typed again with `--resume`: it must ask for the same recipe."""
    changes = [word for setting in settings or () for word in ("--set", setting)]
    return shlex.join(["zoo", verb, recipe, *changes, *(() if seed is None else ("--seed", str(seed)))])


def overrides(settings: Sequence[str] | None, seed: int | None = None) -> tuple[str, ...]:
    """The changes to a recipe that the command line asks for, as `key=value`; the seed is one of them."""
    return (*(settings or ()), *(() if seed is None else (f"training.seed={seed}",)))
