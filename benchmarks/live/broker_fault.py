"""An unavailable broker, and the delivery of the events that are detected in the meantime."""

import json
import shutil
import signal
import socket
import subprocess
import threading
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.live.faults import Trial, compared, ended, outcome
from benchmarks.live.process import TIMEOUT_S, Hangs, Monitor, wait
from benchmarks.live.results import Fault

TITLE = "broker unavailable"
EVENTS = "ward/7/events"
#: Longest time in seconds until a monitor tries again.
RETRY_S = 60.0


def broker_unavailable(trial: Trial) -> Fault:
    """Kills the broker mid-stream and restarts it later, while the sensor continues."""
    cause = f"mosquitto killed for {trial.outage_s:g} s mid-stream; samples continue through a pipe"
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        return Fault(TITLE, cause, "not tested: mosquitto is not installed", "-", None)
    if find_spec("paho") is None:
        return Fault(TITLE, cause, "not tested: paho-mqtt is not installed", "-", None)
    broker = _Broker(program, trial.folder)
    subscriber = _Subscriber(broker.port)
    try:
        return _unavailable(trial, broker, subscriber, cause)
    finally:
        subscriber.close()
        broker.stop()


def _unavailable(trial: Trial, broker: "_Broker", subscriber: "_Subscriber", cause: str) -> Fault:
    third = len(trial.rows) // 3
    monitor = Monitor(trial.bundle, "--mqtt", f"localhost:{broker.port}", "--publish", EVENTS,
                      limit_s=TIMEOUT_S + trial.outage_s + RETRY_S)  # fmt: skip
    monitor.until(lambda: any("connected" in line for line in monitor.messages), "the connection")
    monitor.write(trial.header + "".join(trial.rows[:third]))
    monitor.until(lambda: len(monitor.out) > 0 and len(subscriber.events) == len(monitor.out), "the first events")
    before = len(monitor.out)
    broker.stop()
    monitor.write("".join(trial.rows[third : 2 * third]))
    monitor.until(lambda: len(monitor.out) > before, "events during the outage")
    time.sleep(trial.outage_s)
    waiting = len(monitor.out) - len(subscriber.events)
    broker.start()
    restarted = time.monotonic()
    wait(lambda: len(subscriber.distinct()) >= len(monitor.out), TIMEOUT_S + RETRY_S, "the delayed events")
    after_s = time.monotonic() - restarted
    monitor.write("".join(trial.rows[2 * third :]))
    end = ended(monitor)
    wait(lambda: len(subscriber.distinct()) >= len(end.events), TIMEOUT_S, "the last events")
    received, duplicates = subscriber.distinct(), len(subscriber.events) - len(subscriber.distinct())
    result = (
        f"{outcome(end, 'samples', 'lost', 'failures')}; {waiting} events waited for the broker and arrived "
        f"{after_s:.0f} s after its restart; the subscriber received {compared(received, trial.undisturbed)}, "
        f"{duplicates} of them twice"
    )
    expected = tuple(received) == tuple(end.events) == trial.undisturbed and waiting > 0
    return Fault(TITLE, cause, result, "nothing", end.code == 0 and end.clean and expected)


class _Broker:
    """A mosquitto that keeps sessions while it is stopped."""

    def __init__(self, program: str, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        state = folder / "broker"
        state.mkdir()
        self._command = [program, "-c", str(state / "conf")]
        (state / "conf").write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\nautosave_on_changes true\n"
            f"autosave_interval 1\npersistence_location {state}/\nuser root\n"
        )
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait(self._listens, TIMEOUT_S, "the broker")

    def stop(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True


class _Subscriber:
    """Receives the events, including those sent during an outage."""

    def __init__(self, port: int) -> None:
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion

        self.events: list[dict[str, Any]] = []
        ready = threading.Event()
        self._client: Any = Client(CallbackAPIVersion.VERSION2, "subscriber", clean_session=False)
        self._client.on_connect = lambda client, *_: client.subscribe(EVENTS, 1)
        self._client.on_subscribe = lambda *_: ready.set()
        self._client.on_message = lambda _, __, message: self.events.append(json.loads(message.payload))
        self._client.reconnect_delay_set(1, 1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        if not ready.wait(TIMEOUT_S):
            raise Hangs("waited for the broker, which did not answer")

    def distinct(self) -> list[dict[str, Any]]:
        """The events received so far, each once: with quality of service 1 an event may arrive twice."""
        events: list[dict[str, Any]] = []
        for event in list(self.events):
            plain = {name: value for name, value in event.items() if name != "at"}
            if plain not in events:
                events.append(plain)
        return events

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


BROKER_FAULTS = (broker_unavailable,)
