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
            help="Run directory, recipe (name or file, for its latest run), or any .keras file.",
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
                "Promise that masks only pad on the right, for a smaller, faster file of a masked .keras model. "
                "OpenVINO silently computes wrong results for such a file; tract rejects it."
            ),
        ),
    ] = False,
    streaming: Annotated[
        bool,
        typer.Option(
            "--streaming",
            help=(
                "Support live input: turn the states of a causal .keras model into inputs and outputs. "
                "Bundles of causal recipes always support it."
            ),
        ),
    ] = False,
) -> None:
    """Write a verified ONNX bundle from a run or a recipe's latest run, or an ONNX file from any .keras file."""
    from zoo.cli import exported, targets, views

    run = None if what.endswith(".keras") else targets.trained(what)
    if run is not None and right_padded:
        raise RequestError("--right-padded: expected a .keras file, got a run. Leave the option out.")
    if run is not None and streaming:
        raise RequestError(
            "--streaming: expected a .keras file, got a run; it streams if its recipe is causal. Leave the option out."
        )
    console.load_tensorflow()
    from zoo import export as exporting

    if run is None:
        folder = out or exported.FOLDER / Path(what).stem
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
        folder = out or exported.FOLDER / run.recipe.name
        bundle = exporting.export_run(run, folder, opset=opset, int8=int8, progress=console.progress())
        console.show(views.exported(bundle))
