"""`zoo bench`. Nothing here, nor below, may need more than a device has."""

from dataclasses import asdict
from typing import Annotated

import typer

from zoo.cli import console
from zoo.cli.options import Json
from zoo.cli.ranges import whole_numbers


def bench(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="A bundle's folder, an .onnx file of any origin, or a name in exported/."),
    ],
    versus: Annotated[
        str | None, typer.Option("--vs", metavar="FILE", help="Another file, timed in turns with the first.")
    ] = None,
    threads: Annotated[
        str, typer.Option(metavar="1..N", help="Threads in an operator: a number, 1..4 for each up to 4, or 1,4.")
    ] = "1",
    seconds: Annotated[float, typer.Option(metavar="S", help="How long each row is timed.")] = 1.0,
    window: Annotated[
        int | None,
        typer.Option(metavar="STEPS", min=1, help="Time steps of a window; the golden input's if not given."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Time a file on this device: latency, throughput, cold start, memory and size. Needs no TensorFlow."""
    from zoo.cli import shelf, views_device
    from zoo.edge.device.bench import bench as measure
    from zoo.edge.machine import described

    machine = described()
    measured = measure(
        shelf.find(file),
        versus=None if versus is None else shelf.find(versus),
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
