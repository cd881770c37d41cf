"""`zoo doctor`. Nothing here, nor below, may need more than a device has."""

from dataclasses import asdict
from typing import Annotated

import typer

from zoo.cli import console
from zoo.cli.options import Json


def doctor(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="A bundle's folder, an .onnx file of any origin, or a name in exported/."),
    ],
    as_json: Json = False,
) -> None:
    """Examine a file on this device: whole, readable here, right answers, fast enough. Needs no TensorFlow.

    Each finding is ok, a warning or a problem, with what to do. The exit code is 1 if there is a problem, else 0.
    """
    from zoo.cli import shelf, views_device
    from zoo.edge.device.doctor import examine
    from zoo.edge.device.run_checks import problems
    from zoo.edge.machine import described

    path = shelf.path_of(file)
    found = examine(path, progress=console.progress())
    if as_json:
        findings = [asdict(finding) for finding in found]
        console.record({"file": str(path), "problems": problems(found), "machine": described(), "findings": findings})
    else:
        console.show(views_device.examined(found))
    if problems(found):
        raise typer.Exit(1)
