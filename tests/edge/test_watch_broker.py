"""Samples from a broker and events to it: a real one that is killed in mid-stream, and everywhere a small one."""

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pytest
import trustme
from edge.small_broker import SmallBroker

from zoo.core.errors import InputError
from zoo.edge.watch import broker as broker_module
from zoo.edge.watch.address import Address, address, credentials
from zoo.edge.watch.broker import OUTGOING, Broker
from zoo.edge.watch.inbox import Inbox
from zoo.edge.watch.lines import Lines, Wanted
from zoo.edge.watch.notices import Notices

ROOT = Path(__file__).parents[2]
PATIENCE_S = 20
MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


@pytest.mark.parametrize(
    ("where", "options", "host", "port"),
    [
        ("localhost", {}, "localhost", 1883),
        ("10.0.0.7:2000", {}, "10.0.0.7", 2000),
        ("[::1]:2000", {}, "::1", 2000),
        ("broker.example", {"tls": True}, "broker.example", 8883),
    ],
)
def test_where_the_broker_is(where: str, options: dict[str, Any], host: str, port: int) -> None:
    found = address(where, "ward/7", None, name="bed-exit", **options)
    assert (found.host, found.port, found.publish, found.status) == (
        host,
        port,
        "ward/7/events",
        "ward/7/events/status",
    )
    assert found.client_id == address(where, "ward/7", None, name="bed-exit").client_id
    assert found.client_id != address(where, "ward/8", None, name="bed-exit").client_id
    assert len(found.client_id) <= 23


@pytest.mark.parametrize(
    ("where", "topic", "publish", "message"),
    [
        ("", "t", None, r"^--mqtt: expected HOST or HOST:PORT, got ''\.$"),
        ("a:99999", "t", None, r"^--mqtt: expected HOST or HOST:PORT"),
        ("mqtt://a", "t", None, r"^--mqtt: expected HOST or HOST:PORT"),
        ("a", None, None, r"^--mqtt: expected --topic TOPIC"),
        ("a", "", None, r"^--topic: expected a topic such as"),
        ("a", "ward/#/x", "e", r"^--topic: expected a topic such as"),
        ("a", "ward/be+d", "e", r"^--topic: expected a topic such as"),
        ("a", "ward/+", None, r"^--topic: expected one sensor's topic, got 'ward/\+': samples of several"),
        ("a", "t", "e/#", r"^--publish: expected one topic, got 'e/#'"),
        ("a", "ward/#", "e", r"^--topic: expected one sensor's topic"),
        ("a", "$share/g/ward/7", "e", r"^--topic: expected one sensor's topic"),
        ("a", "ward/e", "ward/e", r"^--publish: events cannot go where samples come from, 'ward/e'"),
        ("a", "ward/e/status", "ward/e", r"^--publish: events cannot go where samples come from, 'ward/e/status'"),
    ],
)
def test_what_cannot_be_an_address_is_refused(where: str, topic: str | None, publish: str | None, message: str) -> None:
    with pytest.raises(InputError, match=message):
        address(where, topic, publish, name="m")


def test_credentials_come_from_a_file_that_others_cannot_read_or_from_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("ann\npass word\n")
    file.chmod(0o600)
    assert credentials(file, {}) == ("ann", "pass word")
    assert credentials(None, {"ZOO_MQTT_USER": "ann", "ZOO_MQTT_PASSWORD": "x"}) == ("ann", "x")
    assert credentials(None, {}) == (None, None)
    with pytest.raises(InputError, match=r"^ZOO_MQTT_PASSWORD: expected ZOO_MQTT_USER beside it\.$"):
        credentials(None, {"ZOO_MQTT_PASSWORD": "x"})
    file.chmod(0o604)
    with pytest.raises(InputError, match=r"everybody may read it\. Do: chmod o-rwx"):
        credentials(file, {})
    file.chmod(0o600)
    file.write_text("ann\n")
    with pytest.raises(InputError, match="expected two lines, user and password, got 1"):
        credentials(file, {})
    with pytest.raises(InputError, match="No such file"):
        credentials(tmp_path / "no", {})
    assert "pass word" not in repr(address("a", "t", None, name="m", credentials=("ann", "pass word")))


def test_authorities_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--mqtt-ca: .*no such file"):
        address("a", "t", None, name="m", ca=tmp_path / "ca.pem")
    (tmp_path / "ca.pem").write_text("no certificate")
    where = address("a", "t", None, name="m", ca=tmp_path / "ca.pem")
    assert where.tls
    with pytest.raises(InputError, match="expected certificates in PEM"):
        Broker(where, None, None, Notices([].append))


class Message:
    def __init__(self, payload: bytes, retain: bool = False) -> None:
        self.payload, self.retain, self.topic = payload, retain, "t"


def offline(said: list[str], inbox: Inbox | None = None) -> Broker:
    """A broker that was never there."""
    lines = None if inbox is None else Lines(Wanted(("acc_x", "gyro_x")), "topic t")
    return Broker(Address("localhost", 1, "t", "e", "id"), lines, inbox, Notices(said.append))


def test_a_message_is_one_line_or_several() -> None:
    said: list[str] = []
    inbox = Inbox(capacity=4)
    one: Any = offline(said, inbox)
    for payload in (b"1,2", b"acc_x,gyro_x\n3,4\n5,6\n", b'{"x": 1}', b"acc_y,gyro_x", b"7,8\n9,0"):
        one._message(one._client, None, Message(payload))
    one._message(one._client, None, Message(b"0,0", retain=True))
    batches, _ = inbox.take(0)
    assert [row for batch in batches for row in batch.values[:, 0].tolist()] == [3, 5, 7, 9]
    assert inbox.dropped == 1
    assert sum(batch.unreadable for batch in batches) == 2
    assert said == [
        "the model does not keep up: the oldest samples are dropped.",
        "t: a retained sample is of the past. Passed over.",
    ]


def test_a_header_of_other_things_on_a_topic_does_not_end_the_watch() -> None:
    inbox = Inbox()
    one: Any = offline([], inbox)
    one._message(one._client, None, Message(b"hello,world"))
    one._message(one._client, None, Message(b"1,2"))
    batches, _ = inbox.take(0)
    assert "no column 'acc_x'" in batches[0].complaint
    assert (batches[0].unreadable, len(batches[1].values)) == (1, 1)


def test_events_wait_for_a_broker_that_is_away_and_those_that_find_no_room_are_told() -> None:
    said: list[str] = []
    one = offline(said)
    for number in range(OUTGOING + 3):
        one.send({"event": "e", "n": number})
    assert (one.buffered, one.lost) == (OUTGOING, 3)
    assert said == [f"broker localhost:1: {OUTGOING} events wait for it; the new one is lost."]
    one.close()
    assert one.lost == OUTGOING + 3


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Running(Protocol):
    """A broker of our own that can be killed and comes back."""

    port: int

    def start(self) -> None: ...
    def stop(self, how: signal.Signals = signal.SIGTERM) -> None: ...


#: Starts a broker on a port: with a user and password, or with a certificate, or open to all.
Start = Callable[..., Running]


class Mosquitto:
    """Eclipse Mosquitto in a process of its own."""

    def __init__(
        self,
        folder: Path,
        port: int,
        user: tuple[str, str] | None = None,
        certificate: Path | None = None,
    ) -> None:
        self.port, self._folder = port, folder
        settings = f"listener {port} 127.0.0.1\nallow_anonymous {'true' if user is None else 'false'}\n"
        kept = f"persistence true\nautosave_on_changes true\nautosave_interval 1\npersistence_location {folder}/\n"
        if user is not None:
            passwords = str(folder / "passwords")
            subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, *user], check=True, capture_output=True)
            settings += f"password_file {passwords}\n"
        if certificate is not None:
            settings += f"certfile {certificate}\nkeyfile {certificate}\n"
        (folder / "conf").write_text(f"{settings}{kept}user root\n")
        self.start()

    def start(self) -> None:
        log = open(self._folder / "log", "ab")  # noqa: SIM115
        with log:
            self._process = subprocess.Popen([str(MOSQUITTO), "-c", str(self._folder / "conf")], stdout=log, stderr=log)
        until(self._listens)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        self._process.send_signal(how)
        self._process.wait(PATIENCE_S)

    def _listens(self) -> bool:
        assert self._process.poll() is None, (self._folder / "log").read_text()
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True


def until(met: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not met():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


@pytest.fixture(params=["mosquitto", "stand-in"])
def start(request: pytest.FixtureRequest, tmp_path: Path, port: int) -> Iterator[Start]:
    if request.param == "mosquitto" and MOSQUITTO is None:
        pytest.skip(
            "mosquitto is not installed; a small broker of the tests stands in. On Debian: apt install mosquitto"
        )
    running: list[Running] = []

    def begin(user: tuple[str, str] | None = None, certificate: Path | None = None) -> Running:
        if request.param == "mosquitto":
            (tmp_path / "broker").mkdir()
            running.append(Mosquitto(tmp_path / "broker", port, user, certificate))
        else:
            tls = None
            if certificate is not None:
                tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                tls.load_cert_chain(certificate)
            running.append(SmallBroker(port, user, tls))
        return running[-1]

    yield begin
    for one in running:
        one.stop()


@pytest.fixture
def broker(start: Start) -> Running:
    return start()


class Peer:
    """The sensor and the nurse: publishes samples, hears events. Both survive a broker that goes and comes."""

    def __init__(self, port: int, heard: str, name: str = "peer", **options: Any) -> None:
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion

        self.messages: list[tuple[str, str]] = []
        ready = threading.Event()
        self.client: Any = Client(CallbackAPIVersion.VERSION2, name, clean_session=False)
        self.client.on_connect = lambda client, *_: client.subscribe(heard, 1)
        self.client.on_subscribe = lambda *_: ready.set()
        self.client.on_message = lambda _, __, one: self.messages.append((one.topic, one.payload.decode()))
        for method, arguments in options.items():
            getattr(self.client, method)(*arguments)
        self.client.reconnect_delay_set(1, 1)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        assert ready.wait(PATIENCE_S)

    def of(self, topic: str) -> list[str]:
        return [payload for one, payload in self.messages if one == topic]

    def say(self, payload: str) -> None:
        self.client.publish("ward/7", payload, qos=1)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture(scope="module")
def bundle(live_parts: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return live_parts.write(tmp_path_factory.mktemp("exported") / "live")


@pytest.fixture
def watch(bundle: Path) -> Iterator[Callable[..., Any]]:
    started: list[Any] = []

    def begin(port: int, *options: object, env: dict[str, str] | None = None) -> Any:
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "zoo", "watch", str(bundle), "--mqtt", f"localhost:{port}",
             *map(str, options)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
        )  # fmt: skip
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def rows(first: int, end: int) -> list[str]:
    values = np.sin(np.arange(600)[:, None] * [0.11, 0.07]) * 2
    return [f"{n / 10:.1f},{x:.4f},{y:.4f}" for n, (x, y) in enumerate(values)][first:end]


def seen(process: Any, name: str = "samples") -> int:
    """A number out of the next line about health; 0 if another line comes."""
    line = process.stderr.readline()
    assert line, "it ended"
    return int(line.partition(f" {name}=")[2].partition(" ")[0] or 0)


def key(event: str) -> tuple[str, float]:
    found = json.loads(event)
    return found["state"], found["start_s"]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_broker_that_goes_and_comes_back_costs_no_event(
    broker: Running, watch: Callable[..., Any], bundle: Path, how: signal.Signals
) -> None:
    plain = subprocess.run(
        [sys.executable, "-m", "zoo", "watch", str(bundle), "--health", "0"],
        input="\n".join(rows(0, 600)), capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    expected = [key(line) for line in plain.stdout.splitlines()]
    assert len(expected) > 6
    nurse = Peer(broker.port, "ward/7/events/#")
    process = watch(broker.port, "--topic", "ward/7", "--health", "0.2")
    until(lambda: nurse.of("ward/7/events/status") == ["online"])
    for row in rows(0, 300):
        nurse.say(row)
    first = [key(line) for line in plain.stdout.splitlines() if (json.loads(line)["end_s"] or 0) < 25][:4]
    until(lambda: [key(one) for one in nurse.of("ward/7/events")][:4] == first)
    until(lambda: seen(process) >= 300)
    broker.stop(how)
    for row in rows(300, 450):  # the sensor keeps them
        nurse.say(row)
    broker.start()
    for row in rows(450, 600):
        nurse.say(row)
    until(lambda: seen(process) >= 600)
    process.terminate()
    until(lambda: nurse.of("ward/7/events/status")[-1:] == ["offline"])
    heard = [key(one) for one in nurse.of("ward/7/events")]
    nurse.close()
    assert process.wait(PATIENCE_S) == 0
    # Quality of service 1 may give an event twice, right after the connection was lost; never fewer.
    assert list(dict.fromkeys(heard)) == expected
    assert [key(line) for line in process.stdout.read().splitlines()] == expected
    assert len(heard) <= len(expected) + 20


def test_events_found_while_the_broker_is_away_come_when_it_is_back(
    broker: Running, watch: Callable[..., Any], tmp_path: Path
) -> None:
    """The samples come from a pipe that does not stop, the events wait."""
    nurse = Peer(broker.port, "alarms/#")
    fifo = tmp_path / "a.csv"
    fifo.write_text("\n".join(rows(0, 600)) + "\n99999,0,0\n")
    process = watch(broker.port, "--publish", "alarms", "--health", "0.2", fifo, "--speed", "8")
    until(lambda: len(nurse.of("alarms")) >= 1)
    broker.stop()
    until(lambda: seen(process, "buffered") >= 3)
    broker.start()
    out = [process.stdout.readline() for _ in range(6)]
    until(lambda: len({key(one) for one in nurse.of("alarms")}) >= 6)
    assert list(dict.fromkeys(key(one) for one in nurse.of("alarms")))[:6] == [key(line) for line in out]
    nurse.close()


def test_the_broker_keeps_samples_and_tells_when_the_watch_is_gone(
    broker: Running, watch: Callable[..., Any], tmp_path: Path
) -> None:
    nurse = Peer(broker.port, "ward/7/events/#")
    state = ("--state", tmp_path / "state", "--save-every", "0.1")
    process = watch(broker.port, "--topic", "ward/7", "--health", "0.2", *state)
    until(lambda: nurse.of("ward/7/events/status") == ["online"])
    nurse.say("\n".join(rows(0, 30)))
    until(lambda: (tmp_path / "state").exists() and b'"samples": 30,' in (tmp_path / "state").read_bytes())
    process.kill()
    until(lambda: nurse.of("ward/7/events/status")[-1] == "offline")  # its last will
    for row in rows(30, 60):
        nurse.say(row)
    again = watch(broker.port, "--topic", "ward/7", "--health", "0.2", *state)
    until(lambda: seen(again) >= 60)
    nurse.close()


def test_a_password_is_asked_for(start: Start, port: int, watch: Callable[..., Any]) -> None:
    start(user=("ann", "secret"))
    wrong = watch(port, "--topic", "ward/7")
    until(lambda: "refuses the connection: Not authorized. Tried again." in wrong.stderr.readline())
    right = watch(port, "--topic", "ward/7", env={"ZOO_MQTT_USER": "ann", "ZOO_MQTT_PASSWORD": "secret"})
    until(lambda: "connected." in right.stderr.readline())
    right.terminate()
    assert right.wait(PATIENCE_S) == 0


def test_an_encrypted_connection_is_to_the_right_broker_only(
    start: Start, tmp_path: Path, port: int, watch: Callable[..., Any]
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(tmp_path / "broker.pem")
    start(certificate=tmp_path / "broker.pem")
    stranger = watch(port, "--topic", "ward/7", "--mqtt-tls")
    until(lambda: "cannot be reached:" in (line := stranger.stderr.readline()) and "certificate" in line.lower())
    friend = watch(port, "--topic", "ward/7", "--mqtt-ca", tmp_path / "ca.pem")
    until(lambda: "connected." in friend.stderr.readline())


def test_without_paho_the_extra_is_named(bundle: Path) -> None:
    program = "import sys; sys.modules['paho'] = None; from zoo.cli import main; sys.exit(main(sys.argv[1:]))"
    ran = subprocess.run(
        [sys.executable, "-c", program, "watch", str(bundle), "--mqtt", "localhost", "--topic", "t"],
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=PATIENCE_S,
    )  # fmt: skip
    assert ran.returncode == 2
    assert 'which is not installed. Run: pip install "sequence-zoo[mqtt]"' in ran.stderr


def test_the_number_of_a_full_queue_is_pahos() -> None:
    from paho.mqtt.enums import MQTTErrorCode

    assert MQTTErrorCode.MQTT_ERR_QUEUE_SIZE == broker_module._QUEUE_FULL
