"""`zoo export`."""

from pathlib import Path
from typing import Annotated

import typer

from zoo.cli import console
from zoo.cli.options import Int8, Opset, Out


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
) -> None:
    """Write a verified ONNX bundle from a run or a recipe's latest run, or an ONNX file from any .keras file."""
    from zoo.cli import shelf, targets, views

    run = None if what.endswith(".keras") else targets.trained(what)
    console.load_tensorflow()
    from zoo import export as exporting

    if run is None:
        path = (out or shelf.SHELF / Path(what).stem) / "model.onnx"
        given = targets.keras_model(what)
        model = exporting.to_onnx(given, path, opset=opset, int8=int8 or "off", progress=console.progress())
        console.show(views.converted(path, model))
    else:
        folder = out or shelf.SHELF / run.recipe.name
        bundle = exporting.export_run(run, folder, opset=opset, int8=int8, progress=console.progress())
        console.show(views.exported(bundle))
