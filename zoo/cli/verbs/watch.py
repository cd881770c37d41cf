"""`zoo watch`. This module and its imports may use only packages that a device has."""

from pathlib import Path
from typing import Annotated, Literal

import typer


def watch(
    bundle: Annotated[str, typer.Argument(metavar="BUNDLE", help="Bundle folder, .onnx file, or a name in exported/.")],
    recording: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]",
            help="CSV file to replay as if live. Default: CSV or JSON lines from standard input, or from --topic.",
            show_default=False,
        ),
    ] = None,
    line_format: Annotated[
        Literal["auto", "csv", "json"],
        typer.Option(
            "--format",
            metavar="csv|json",
            help="Format of the lines. Default: detected from the first one.",
            show_default=False,
        ),
    ] = "auto",
    time: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Column with the time in seconds. Default: time_s, time or timestamp."),
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(
            metavar="HZ",
            help="Samples per second, for input without times; with --time, the approximate rate. Default: estimated "
            "from the times in FILE, or else the model's rate.",
        ),
    ] = None,
    speed: Annotated[
        str | None,
        typer.Option(metavar="N|max", help="Replay FILE N times as fast, or as fast as possible. Default: 1."),
    ] = None,
    mqtt: Annotated[
        str | None, typer.Option(metavar="HOST[:PORT]", help="MQTT broker to connect to. Needs the extra \\[mqtt].")
    ] = None,
    topic: Annotated[
        str | None, typer.Option(metavar="TOPIC", help="MQTT topic of the samples, with one or more lines per message.")
    ] = None,
    publish: Annotated[
        str | None,
        typer.Option(
            metavar="TOPIC",
            help="MQTT topic for events; TOPIC/status reports online or offline. Default: the samples' topic followed "
            "by /events.",
        ),
    ] = None,
    mqtt_tls: Annotated[
        bool,
        typer.Option("--mqtt-tls", help="Encrypt the MQTT connection; trust the system's certificates."),
    ] = False,
    mqtt_ca: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Encrypt the MQTT connection; trust the certificates in this PEM file."),
    ] = None,
    mqtt_credentials: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="File with MQTT user and password on two lines, not readable by others. Default: the environment's "
            "ZOO_MQTT_USER and ZOO_MQTT_PASSWORD.",
        ),
    ] = None,
    mqtt_id: Annotated[
        str | None,
        typer.Option(metavar="ID", help="MQTT client id. Default: derived from host name, model and topics."),
    ] = None,
    command: Annotated[
        str | None,
        typer.Option(
            "--exec",
            metavar="COMMAND",
            help="Shell command to run for each event, with its JSON on standard input and ZOO_EVENT, ZOO_STATE and "
            "ZOO_SCORE set.",
        ),
    ] = None,
    exec_timeout: Annotated[float, typer.Option(metavar="S", help="Stop COMMAND after S seconds.", min=0.1)] = 30.0,
    health: Annotated[
        float | None,
        typer.Option(
            metavar="S",
            min=0,
            help="Print the health of sensor and process on standard error every S seconds; 0: never. Default: 60, or "
            "0 on a terminal.",
        ),
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Save the model's state in FILE, and continue from it after a restart."),
    ] = None,
    save_every: Annotated[
        float, typer.Option(metavar="S", help="Seconds between two saves of the state.", min=0.1)
    ] = 10.0,
) -> None:
    """Watch a live sensor: read samples from a pipe, a file or MQTT, and report events as they happen.

    Runs until stopped. Events go to standard output as JSON, one per line; on a terminal, the live score and the events
    are shown instead. Unreadable lines are counted and skipped; an empty cell is a missing value.
    """
    from zoo.cli import watching

    options = watching.Options(
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
    if code := watching.run(options):
        raise typer.Exit(code)
