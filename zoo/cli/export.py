"""`zoo export`."""

from pathlib import Path
from typing import Annotated

import typer

from zoo.cli import console
from zoo.cli.options import Opset, Out


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
) -> None:
    """Write a verified ONNX bundle from a run or a recipe's latest run, or an ONNX file from any .keras file."""
    from zoo.cli import shelf, targets, views

    run = None if what.endswith(".keras") else targets.trained(what)
    console.load_tensorflow()
    from zoo import export as exporting

    if run is None:
        path = (out or shelf.SHELF / Path(what).stem) / "model.onnx"
        console.show(views.converted(path, exporting.to_onnx(targets.keras_model(what), path, opset=opset)))
    else:
        folder = out or shelf.SHELF / run.recipe.name
        console.show(views.exported(exporting.export_run(run, folder, opset=opset, progress=console.progress())))
