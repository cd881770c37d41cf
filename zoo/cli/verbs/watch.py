"""`zoo watch`. Nothing here, nor below, may need more than a device has."""

from pathlib import Path
from typing import Annotated, Literal

import typer


def watch(
    bundle: Annotated[
        str, typer.Argument(metavar="BUNDLE", help="A bundle's folder, an .onnx file, or a name in exported/.")
    ],
    recording: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]",
            help="A .csv file to play as if it were live. If not given: CSV or JSON lines on standard input.",
            show_default=False,
        ),
    ] = None,
    line_format: Annotated[
        Literal["auto", "csv", "json"],
        typer.Option("--format", metavar="csv|json", help="Of the lines; seen from the first one if not given."),
    ] = "auto",
    time: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="The column with the seconds; time_s, time or timestamp if not given."),
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(
            metavar="HZ",
            help="Samples a second; then no time is looked for. With --time, about how many. The model's rate if not "
            "given.",
        ),
    ] = None,
    speed: Annotated[
        str | None,
        typer.Option(metavar="N|max", help="FILE: play N times as fast, or as fast as possible; 1 if not given."),
    ] = None,
    mqtt: Annotated[
        str | None, typer.Option(metavar="HOST[:PORT]", help="An MQTT broker. Needs the extra \\[mqtt].")
    ] = None,
    topic: Annotated[
        str | None, typer.Option(metavar="TOPIC", help="MQTT: samples come on it, one or more lines a message.")
    ] = None,
    publish: Annotated[
        str | None,
        typer.Option(
            metavar="TOPIC",
            help="MQTT: events go to it, and to TOPIC/status whether this is online; the samples' topic and /events if "
            "not given.",
        ),
    ] = None,
    mqtt_tls: Annotated[
        bool, typer.Option("--mqtt-tls", help="MQTT: encrypt; the system's authorities are trusted.")
    ] = False,
    mqtt_ca: Annotated[
        Path | None, typer.Option(metavar="FILE", help="MQTT: encrypt; the authorities in this PEM file are trusted.")
    ] = None,
    mqtt_credentials: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="MQTT: two lines, user and password, in a file that others cannot read; if not given, the "
            "environment's ZOO_MQTT_USER and ZOO_MQTT_PASSWORD.",
        ),
    ] = None,
    mqtt_id: Annotated[
        str | None,
        typer.Option(metavar="ID", help="MQTT: client id; if not given, one that is the same at every start."),
    ] = None,
    command: Annotated[
        str | None,
        typer.Option(
            "--exec",
            metavar="COMMAND",
            help="Run for each event, with its JSON on standard input and ZOO_EVENT, ZOO_STATE and ZOO_SCORE set.",
        ),
    ] = None,
    exec_timeout: Annotated[
        float, typer.Option(metavar="S", help="Seconds after which COMMAND is stopped.", min=0.1)
    ] = 30.0,
    health: Annotated[
        float | None,
        typer.Option(
            metavar="S",
            min=0,
            help="A line about sensor and process on standard error every S seconds, 0 for none; 60 if not given, on a "
            "terminal 0.",
        ),
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Keep the model's state here, and go on from it after a restart."),
    ] = None,
    save_every: Annotated[
        float, typer.Option(metavar="S", help="Seconds between two times that it is saved.", min=0.1)
    ] = 10.0,
) -> None:
    """Watch a live sensor: samples from a pipe, a file or MQTT in, events out as they happen. Runs until stopped.

    Events go to standard output as JSON, one a line; on a terminal the score is shown instead. A line that cannot be
    read is counted and passed over; an empty cell is a missing value.
    """
    from zoo.cli import watching

    asked = watching.Asked(
        bundle=bundle,
        recording=recording,
        format=line_format,
        time_column=time,
        rate_hz=rate,
        speed=speed,
        mqtt=mqtt,
        topic=topic,
        publish=publish,
        tls=mqtt_tls,
        ca=mqtt_ca,
        credentials=mqtt_credentials,
        client_id=mqtt_id,
        command=command,
        exec_timeout_s=exec_timeout,
        health_s=health,
        state=state,
        save_every_s=save_every,
    )
    if code := watching.run(asked):
        raise typer.Exit(code)
