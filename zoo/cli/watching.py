"""What `zoo watch` was asked for, put together: one source, the sinks, and what is shown."""

import contextlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from zoo.cli import shelf
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

#: Seconds that a person may want to wait for anything: a month.
LONGEST_S = 31 * 86400.0
#: Seconds between two lines about health where nobody looks on.
HEALTH_S = 60.0


@dataclass(frozen=True)
class Asked:
    """What the user wants, as it was typed; None where not given."""

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


def run(asked: Asked) -> int:
    """Watches until the input ends or somebody stops it; returns the exit code.

    Raises:
        ZooError: something that was asked for cannot be.
    """
    _check(asked)
    runner = load(shelf.find(asked.bundle))
    if runner.kind is not RECORDING:
        got = f"got one for {runner.manifest.task} that reads {runner.kind.flags_for}"
        raise InputError(f"{asked.bundle}: expected a model for a sensor, {got}. Ask it with: zoo predict.")
    spec = spec_of(runner.opened)
    rate_hz = asked.rate_hz
    if rate_hz is None and asked.recording is not None:
        rate_hz = replay.usual_rate_hz(asked.recording, Lines(_wanted(asked, spec), _source(asked)))
    stream = runner.stream(rate_hz=rate_hz)
    assert isinstance(stream, Stream)
    inbox, shown = Inbox(), sys.stdout.isatty()
    view = LiveView(runner.manifest.name, stream) if shown else None
    notices = Notices(view.note if view else None)
    lines = Lines(_wanted(asked, spec), _source(asked))
    broker = _broker(asked, runner.manifest.name, lines, inbox, notices)
    sinks: list[Sink] = [*([] if shown else [Output()]), *([] if broker is None else [broker])]
    if asked.command is not None:
        sinks.append(Command(asked.command, asked.exec_timeout_s, notices))
    watch = Watch(
        stream,
        inbox,
        sinks,
        notices,
        state=asked.state,
        save_every_s=asked.save_every_s,
        health_every_s=(0.0 if shown else HEALTH_S) if asked.health_s is None else asked.health_s,
        view=view,
    )
    with contextlib.nullcontext() if view is None else view.shown(watch.health):
        notices.say(f"{runner.manifest.name}: watching {_source(asked)}; {_expected(spec, rate_hz)}.")
        if broker is not None:
            broker.start()
        if asked.recording is not None:
            pace = replay.Pace(_speed(asked.speed), asked.rate_hz, spec.sample_rate_hz)
            replay.start(asked.recording, lines, pace, inbox)
        elif asked.topic is None:
            pipe.start(0, lines, inbox)
        return watch.run()


def _check(asked: Asked) -> None:
    """Refuses options that have no effect, and more than one source."""
    if asked.mqtt is None:
        given = {
            "--topic": asked.topic,
            "--publish": asked.publish,
            "--mqtt-tls": asked.tls or None,
            "--mqtt-ca": asked.ca,
            "--mqtt-credentials": asked.credentials,
            "--mqtt-id": asked.client_id,
        }
        for option, value in given.items():
            if value is not None:
                raise InputError(f"{option}: expected a broker beside it: --mqtt HOST.")
    if asked.recording is not None and asked.topic is not None:
        got = f"{asked.recording} and --topic {asked.topic}"
        raise InputError(f"expected one source of samples, got {got}. Leave one out.")
    if asked.recording is None and asked.speed is not None:
        raise InputError("--speed: expected a FILE to play; live samples come when they come. Leave it out.")
    if asked.recording is not None and asked.format == "json":
        raise InputError("--format: a FILE is CSV. Pipe JSON lines in.")
    if asked.rate_hz is not None and not 0 < asked.rate_hz < float("inf"):
        raise InputError(f"--rate: expected samples a second, above 0, got {asked.rate_hz:g}.")
    _speed(asked.speed)
    seconds = {"--exec-timeout": asked.exec_timeout_s, "--save-every": asked.save_every_s, "--health": asked.health_s}
    for option, value in seconds.items():
        if value is not None and not value <= LONGEST_S:
            raise InputError(f"{option}: expected at most {LONGEST_S:g} seconds, got {value:g}.")


def _speed(text: str | None) -> float | None:
    """Times as fast as it was; None: as fast as possible."""
    if text == "max":
        return None
    try:
        speed = float(text or 1)
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise InputError(f"--speed: expected a number above 0, or max, got '{text}'.")
    return speed


def _wanted(asked: Asked, spec: RecordingInput) -> Wanted:
    names = tuple(feature.name for feature in spec.features)
    timed = asked.rate_hz is None or asked.time_column is not None
    return Wanted(names, "csv" if asked.recording else asked.format, timed, asked.time_column)


def _source(asked: Asked) -> str:
    """The source's name, for messages."""
    if asked.recording is not None:
        return str(asked.recording)
    return "standard input" if asked.topic is None else f"topic {asked.topic}"


def _expected(spec: RecordingInput, rate_hz: float | None) -> str:
    features = ", ".join(f"{feature.name} {feature.unit}".strip() for feature in spec.features)
    return f"expects {features}, {spec.sample_rate_hz if rate_hz is None else rate_hz:g} samples a second"


def _broker(asked: Asked, name: str, lines: Lines, inbox: Inbox, notices: Notices) -> Broker | None:
    if asked.mqtt is None:
        return None
    where = address(
        asked.mqtt,
        asked.topic,
        asked.publish,
        name=name,
        client_id=asked.client_id,
        credentials=credentials(asked.credentials, os.environ),
        tls=asked.tls,
        ca=asked.ca,
    )
    if where.password is not None and not where.tls and where.host not in ("localhost", "127.0.0.1", "::1"):
        notices.say(f"broker {where}: the password goes there unencrypted. Encrypt: --mqtt-tls")
    return Broker(where, lines if where.topic is not None else None, inbox, notices)
