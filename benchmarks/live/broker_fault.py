"""A broker that is gone for a while, and what becomes of the events that are found in the meantime."""

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

from benchmarks.live.faults import Trial, compared, ended, happened
from benchmarks.live.process import PATIENCE_S, Hangs, Monitor, wait
from benchmarks.live.results import Fault

TITLE = "broker gone"
EVENTS = "ward/7/events"
#: Seconds after which a monitor tries again at the latest.
RETRY_S = 60.0


def broker_gone(trial: Trial) -> Fault:
    """Kills the broker in mid-stream and starts it again after a while; the sensor goes on."""
    done = f"mosquitto killed for {trial.outage_s:g} s in mid-stream, the samples go on through a pipe"
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        return Fault(TITLE, done, "not tried: no mosquitto here", "-", None)
    if find_spec("paho") is None:
        return Fault(TITLE, done, "not tried: no paho-mqtt here", "-", None)
    broker = _Broker(program, trial.folder)
    nurse = _Nurse(broker.port)
    try:
        return _gone(trial, broker, nurse, done)
    finally:
        nurse.close()
        broker.stop()


def _gone(trial: Trial, broker: "_Broker", nurse: "_Nurse", done: str) -> Fault:
    third = len(trial.rows) // 3
    monitor = Monitor(trial.bundle, "--mqtt", f"localhost:{broker.port}", "--publish", EVENTS,
                      limit_s=PATIENCE_S + trial.outage_s + RETRY_S)  # fmt: skip
    monitor.until(lambda: any("connected" in line for line in monitor.said), "the connection")
    monitor.write(trial.header + "".join(trial.rows[:third]))
    monitor.until(lambda: len(monitor.out) > 0 and len(nurse.events) == len(monitor.out), "the first events")
    before = len(monitor.out)
    broker.stop()
    monitor.write("".join(trial.rows[third : 2 * third]))
    monitor.until(lambda: len(monitor.out) > before, "events in the outage")
    time.sleep(trial.outage_s)
    waiting = len(monitor.out) - len(nurse.events)
    broker.start()
    back = time.monotonic()
    wait(lambda: len(nurse.distinct()) >= len(monitor.out), PATIENCE_S + RETRY_S, "the events that waited")
    after_s = time.monotonic() - back
    monitor.write("".join(trial.rows[2 * third :]))
    one = ended(monitor)
    wait(lambda: len(nurse.distinct()) >= len(one.events), PATIENCE_S, "the last events")
    heard, twice = nurse.distinct(), len(nurse.events) - len(nurse.distinct())
    told = (
        f"{happened(one, 'samples', 'lost', 'failures')}; {waiting} events waited for the broker and came "
        f"{after_s:.0f} s after it was back; the subscriber heard {compared(heard, trial.undisturbed)}, "
        f"{twice} of them twice"
    )
    fine = one.code == 0 and one.clean and tuple(heard) == tuple(one.events) == trial.undisturbed and waiting > 0
    return Fault(TITLE, done, told, "nothing", fine)


class _Broker:
    """A mosquitto of our own; it keeps sessions while it is away."""

    def __init__(self, program: str, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        home = folder / "broker"
        home.mkdir()
        self._command = [program, "-c", str(home / "conf")]
        (home / "conf").write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\nautosave_on_changes true\n"
            f"autosave_interval 1\npersistence_location {home}/\nuser root\n"
        )
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait(self._listens, PATIENCE_S, "the broker")

    def stop(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True


class _Nurse:
    """Hears the events, also those of before and after an outage."""

    def __init__(self, port: int) -> None:
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion

        self.events: list[dict[str, Any]] = []
        ready = threading.Event()
        self._client: Any = Client(CallbackAPIVersion.VERSION2, "nurse", clean_session=False)
        self._client.on_connect = lambda client, *_: client.subscribe(EVENTS, 1)
        self._client.on_subscribe = lambda *_: ready.set()
        self._client.on_message = lambda _, __, message: self.events.append(json.loads(message.payload))
        self._client.reconnect_delay_set(1, 1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        if not ready.wait(PATIENCE_S):
            raise Hangs("waited for the broker, which did not answer")

    def distinct(self) -> list[dict[str, Any]]:
        """The events heard so far, each once: quality of service 1 may give one twice."""
        found: list[dict[str, Any]] = []
        for event in list(self.events):
            plain = {name: value for name, value in event.items() if name != "at"}
            if plain not in found:
                found.append(plain)
        return found

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


BROKER_FAULTS = (broker_gone,)
