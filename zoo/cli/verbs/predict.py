"""`zoo predict`. Nothing here, nor below, may need more than a device has."""

from typing import Annotated

import typer

from zoo.cli import console
from zoo.cli.options import Json


def predict(
    bundle: Annotated[
        str,
        typer.Argument(metavar="BUNDLE", help="A bundle's folder, an .onnx file, or a name in exported/."),
    ],
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...",
            help="For text: a text, a .txt file with a text a line, or - for standard input, a text a line; blank "
            "lines are passed over. For a sensor: a .csv, .npy or .npz file, or - for CSV on standard input.",
        ),
    ],
    top: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="How many next words to propose; 3 if not given.")
    ] = None,
    complete: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Continue the text by this many words instead.")
    ] = None,
    rate: Annotated[
        float | None, typer.Option(metavar="HZ", help="Readings a second, for a recording without a time column.")
    ] = None,
    time: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="The column with the seconds; time_s, time or timestamp if not given."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Run an exported model on text or recordings with onnxruntime alone. Needs no TensorFlow."""
    from zoo.cli import answers, shelf
    from zoo.edge import load

    runner = load(shelf.find(bundle))
    flags = {"--top": top, "--rate": rate, "--time": time}
    asked = answers.Asked(tuple(inputs), complete, flags)
    for answer in answers.answers(runner, asked):
        if as_json:
            console.record(answer.record)
        else:
            console.line(answer.text)
