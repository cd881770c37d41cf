"""`zoo predict`. This module and its imports may use only packages that a device has."""

from typing import Annotated

import typer

from zoo.cli import console
from zoo.cli.options import Json


def predict(
    bundle: Annotated[
        str,
        typer.Argument(metavar="BUNDLE", help="Bundle folder, .onnx file, or a name in exported/."),
    ],
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...",
            help="For text: a text, a .txt file with one text per line, or - for standard input with one text per "
            "line; blank lines are skipped. For a sensor: a .csv, .npy or .npz file, or - for CSV on standard input.",
        ),
    ],
    top: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Number of next words to propose. Default: 3.")
    ] = None,
    complete: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Continue the text by N words instead.")
    ] = None,
    rate: Annotated[
        float | None, typer.Option(metavar="HZ", help="Samples per second of a recording without a time column.")
    ] = None,
    time: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Column with the time in seconds. Default: time_s, time or timestamp."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Run an exported model on text or recordings with onnxruntime only. Needs no TensorFlow."""
    from zoo.cli import answers, exported
    from zoo.edge import load

    runner = load(exported.bundle_path(bundle))
    flags = {"--top": top, "--rate": rate, "--time": time}
    request = answers.Request(tuple(inputs), complete, flags)
    for answer in answers.answers(runner, request):
        if as_json:
            console.record(answer.record)
        else:
            console.line(answer.text)
