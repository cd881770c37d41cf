"""`zoo doctor`. This module and its imports may use only packages that a device has."""

from dataclasses import asdict
from typing import Annotated

import typer

from zoo.cli import console
from zoo.cli.options import Json


def doctor(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="Bundle folder, any .onnx file, or a name in exported/."),
    ],
    as_json: Json = False,
) -> None:
    """Check on this device that a file is intact, readable, correct and fast enough. Needs no TensorFlow.

    Each finding is ok, a warning or a problem, and says what to do. The exit status is 1 if there is a problem, else 0.
    """
    from zoo.cli import exported, views_device
    from zoo.edge.device.doctor import examine
    from zoo.edge.device.run_checks import problems
    from zoo.edge.machine import machine_facts

    path = exported.path_of(file)
    findings = examine(path, progress=console.progress())
    if as_json:
        records = [asdict(finding) for finding in findings]
        console.record(
            {"file": str(path), "problems": problems(findings), "machine": machine_facts(), "findings": records}
        )
    else:
        console.show(views_device.examined(findings))
    if problems(findings):
        raise typer.Exit(1)
