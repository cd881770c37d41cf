"""`zoo export`."""

from pathlib import Path
from typing import Annotated

import typer

from zoo.cli import console
from zoo.cli.options import Int8, Opset, Out
from zoo.core.errors import RequestError


def export(
    what: Annotated[
        str,
        typer.Argument(
            metavar="RUN|RECIPE|FILE.keras",
            help="A run directory, a recipe (its latest run is taken), or a Keras model of your own.",
        ),
    ],
    out: Out = None,
    opset: Opset = None,
    int8: Int8 = None,
    right_padded: Annotated[
        bool,
        typer.Option(
            "--right-padded",
            help=(
                "Promise that masks are padding on the right: a smaller, faster file of a masked .keras model. "
                "OpenVINO computes it wrong, tract refuses it."
            ),
        ),
    ] = False,
    streaming: Annotated[
        bool,
        typer.Option(
            "--streaming",
            help=(
                "For live input: states of a causal .keras model become inputs and outputs. "
                "Bundles of causal recipes always have them."
            ),
        ),
    ] = False,
) -> None:
    """Write a verified ONNX bundle from a run or a recipe's latest run, or an ONNX file from any .keras file."""
    from zoo.cli import shelf, targets, views

    run = None if what.endswith(".keras") else targets.trained(what)
    if run is not None and right_padded:
        raise RequestError("--right-padded: expected a .keras file with it, got a run. Leave it out.")
    if run is not None and streaming:
        raise RequestError(
            "--streaming: expected a .keras file with it, got a run, which has it or cannot. Leave it out."
        )
    console.load_tensorflow()
    from zoo import export as exporting

    if run is None:
        folder = out or shelf.SHELF / Path(what).stem
        path = folder if folder.suffix == ".onnx" else folder / "model.onnx"
        model = exporting.to_onnx(
            targets.keras_model(what),
            path,
            opset=opset,
            right_padded=right_padded,
            streaming=streaming,
            int8=int8 or "off",
            progress=console.progress(),
        )
        console.show(views.converted(path, model))
    else:
        folder = out or shelf.SHELF / run.recipe.name
        bundle = exporting.export_run(run, folder, opset=opset, int8=int8, progress=console.progress())
        console.show(views.exported(bundle))
