"""`zoo evaluate`."""

from typing import Annotated

import typer

from zoo.cli import console
from zoo.cli.options import Json, Split


def evaluate(
    what: Annotated[
        str,
        typer.Argument(
            metavar="RUN|BUNDLE",
            help="Run directory, bundle (folder or .onnx file), or a name: its latest run, else exported/NAME.",
        ),
    ],
    split: Split = "test",
    data: Annotated[
        str | None, typer.Option(metavar="NAME", help="Score on this data set instead of the recipe's own.")
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Score a sensor's bundle sample by sample, as a device runs it.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Score a Keras run or an ONNX bundle on held-out data, with the same code."""
    from zoo import evaluation
    from zoo.cli import targets, views
    from zoo.rundir import Run

    target = targets.scored(what)
    if isinstance(target, Run):  # a bundle needs only onnxruntime
        console.load_tensorflow()
    report = evaluation.evaluate(target, split=split, data=data, live=live, progress=console.progress())
    if as_json:
        console.record(views.report_record(report))
    else:
        console.show(views.reports([report]))
