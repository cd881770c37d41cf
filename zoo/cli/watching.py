"""Sets up `zoo watch` from its options: one source, the sinks, and the view."""

import contextlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from zoo.cli import exported
from zoo.cli.watch_view import LiveView
from zoo.core.errors import InputError
from zoo.core.manifest import RecordingInput
from zoo.edge import Stream, load
from zoo.edge.inputs.recording import RECORDING, spec_of
from zoo.edge.watch import pipe, replay
from zoo.edge.watch.address import address, credentials
from zoo.edge.watch.broker import Broker
from zoo.edge.watch.columns import Format, Wanted
from zoo.edge.watch.command import Command
from zoo.edge.watch.inbox import Inbox
from zoo.edge.watch.lines import Lines
from zoo.edge.watch.loop import Watch
from zoo.edge.watch.notices import Notices
from zoo.edge.watch.sinks import Output, Sink

#: Longest accepted duration in seconds: a month.
LONGEST_S = 31 * 86400.0
#: Seconds between two health lines where there is no live view.
HEALTH_S = 60.0


@dataclass(frozen=True)
class Options:
    """The command's arguments and options as typed; None for those that are not set."""

    bundle: str
    recording: Path | None
    format: Format
    time_column: str | None
    rate_hz: float | None
    speed: str | None
    mqtt: str | None
    topic: str | None
    publish: str | None
    tls: bool
    ca: Path | None
    credentials: Path | None
    client_id: str | None
    command: str | None
    exec_timeout_s: float
    health_s: float | None
    state: Path | None
    save_every_s: float


def run(options: Options) -> int:
    """Watches until the input ends or the process is stopped; returns the exit status.

    Raises:
        ZooError: an option is invalid, or the bundle, the source or a sink cannot be opened.
    """
    _check(options)
    runner = load(exported.bundle_path(options.bundle))
    if runner.kind is not RECORDING:
        got = f"got one for {runner.manifest.task} that reads {runner.kind.flags_for}"
        raise InputError(f"{options.bundle}: expected a model for a sensor, {got}. Run it with: zoo predict.")
    spec = spec_of(runner.opened)
    rate_hz = options.rate_hz
    if rate_hz is None and options.recording is not None:
        rate_hz = replay.usual_rate_hz(options.recording, Lines(_wanted(options, spec), _source(options)))
    stream = runner.stream(rate_hz=rate_hz)
    assert isinstance(stream, Stream)
    inbox, on_terminal = Inbox(), sys.stdout.isatty()
    view = LiveView(runner.manifest.name, stream) if on_terminal else None
    notices = Notices(view.note if view else None)
    lines = Lines(_wanted(options, spec), _source(options))
    broker = _broker(options, runner.manifest.name, lines, inbox, notices)
    sinks: list[Sink] = [*([] if on_terminal else [Output()]), *([] if broker is None else [broker])]
    if options.command is not None:
        sinks.append(Command(options.command, options.exec_timeout_s, notices))
    watch = Watch(
        stream,
        inbox,
        sinks,
        notices,
        state=options.state,
        save_every_s=options.save_every_s,
        health_every_s=(0.0 if on_terminal else HEALTH_S) if options.health_s is None else options.health_s,
        view=view,
    )
    with contextlib.nullcontext() if view is None else view.shown(watch.health):
        notices.say(f"{runner.manifest.name}: watching {_source(options)}; {_input_summary(spec, rate_hz)}.")
        if broker is not None:
            broker.start()
        if options.recording is not None:
            pace = replay.Pace(_speed(options.speed), options.rate_hz, spec.sample_rate_hz)
            replay.start(options.recording, lines, pace, inbox)
        elif options.topic is None:
            pipe.start(0, lines, inbox)
        return watch.run()


def _check(options: Options) -> None:
    """Refuses options without an effect, values out of range, and more than one source."""
    if options.mqtt is None:
        mqtt_options = {
            "--topic": options.topic,
            "--publish": options.publish,
            "--mqtt-tls": options.tls or None,
            "--mqtt-ca": options.ca,
            "--mqtt-credentials": options.credentials,
            "--mqtt-id": options.client_id,
        }
        for option, value in mqtt_options.items():
            if value is not None:
                raise InputError(f"{option}: expected an MQTT broker, got none. Add --mqtt HOST.")
    if options.recording is not None and options.topic is not None:
        got = f"{options.recording} and --topic {options.topic}"
        raise InputError(f"expected one source of samples, got {got}. Leave one out.")
    if options.recording is None and options.speed is not None:
        raise InputError("--speed: expected a FILE to replay, got live samples. Leave the option out.")
    if options.recording is not None and options.format == "json":
        raise InputError("--format: expected csv for a FILE, got json. Pipe JSON lines in.")
    if options.rate_hz is not None and not 0 < options.rate_hz < float("inf"):
        raise InputError(f"--rate: expected more than 0 samples per second, got {options.rate_hz:g}.")
    _speed(options.speed)
    durations = {
        "--exec-timeout": options.exec_timeout_s,
        "--save-every": options.save_every_s,
        "--health": options.health_s,
    }
    for option, value in durations.items():
        if value is not None and not value <= LONGEST_S:
            raise InputError(f"{option}: expected at most {LONGEST_S:g} seconds, got {value:g}.")


def _speed(text: str | None) -> float | None:
    """The replay speed relative to real time; None: as fast as possible."""
    if text == "max":
        return None
    try:
        speed = float(text or 1)
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise InputError(f"--speed: expected a number above 0, or max, got '{text}'.")
    return speed


def _wanted(options: Options, spec: RecordingInput) -> Wanted:
    names = tuple(feature.name for feature in spec.features)
    timed = options.rate_hz is None or options.time_column is not None
    return Wanted(names, "csv" if options.recording else options.format, timed, options.time_column)


def _source(options: Options) -> str:
    """The source's name, for messages."""
    if options.recording is not None:
        return str(options.recording)
    return "standard input" if options.topic is None else f"topic {options.topic}"


def _input_summary(spec: RecordingInput, rate_hz: float | None) -> str:
    features = ", ".join(f"{feature.name} {feature.unit}".strip() for feature in spec.features)
    return f"expects {features}, {spec.sample_rate_hz if rate_hz is None else rate_hz:g} samples per second"


def _broker(options: Options, name: str, lines: Lines, inbox: Inbox, notices: Notices) -> Broker | None:
    if options.mqtt is None:
        return None
    broker = address(
        options.mqtt,
        options.topic,
        options.publish,
        name=name,
        client_id=options.client_id,
        credentials=credentials(options.credentials, os.environ),
        tls=options.tls,
        ca=options.ca,
    )
    if broker.password is not None and not broker.tls and broker.host not in ("localhost", "127.0.0.1", "::1"):
        notices.say(f"broker {broker}: the password is sent unencrypted. Encrypt it with --mqtt-tls")
    return Broker(broker, lines if broker.topic is not None else None, inbox, notices)
