"""`zoo bench`. This module and its imports may use only packages that a device has."""

from dataclasses import asdict
from typing import Annotated

import typer

from zoo.cli import console
from zoo.cli.options import Json
from zoo.cli.ranges import whole_numbers


def bench(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="Bundle folder, any .onnx file, or a name in exported/."),
    ],
    versus: Annotated[
        str | None, typer.Option("--vs", metavar="FILE", help="Second file, timed alternately with the first.")
    ] = None,
    threads: Annotated[
        str,
        typer.Option(metavar="1..N", help="Threads per operator: a number, a range (1..4) or a list (1,4)."),
    ] = "1",
    seconds: Annotated[float, typer.Option(metavar="S", help="Seconds to time each row.")] = 1.0,
    window: Annotated[
        int | None,
        typer.Option(
            metavar="STEPS",
            min=1,
            help="Time steps per window; 1 for a single step of a streaming file. Default: as in the model's windows "
            "or its self-test input.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure latency, throughput, cold start, memory and size of a file on this device. Needs no TensorFlow."""
    from zoo.cli import exported, views_device
    from zoo.edge.device.bench import bench as measure
    from zoo.edge.machine import machine_facts

    machine = machine_facts()
    measured = measure(
        exported.bundle_path(file),
        versus=None if versus is None else exported.bundle_path(versus),
        threads=whole_numbers(threads, "--threads"),
        seconds=seconds,
        steps=window,
        progress=console.progress(),
    )
    if as_json:
        rows = [views_device.row_record(row) for row in measured.rows]
        files = [asdict(cost) for cost in measured.costs]
        compared = [asdict(each) for each in measured.compared]
        console.record({"machine": machine, "rows": rows, "files": files, "compared": compared})
    else:
        console.show(views_device.measured(measured, machine))
