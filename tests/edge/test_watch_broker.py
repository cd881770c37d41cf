"""Samples from a broker and events to it: with mosquitto, killed in mid-stream, and with a small broker everywhere."""

import itertools
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
def test_host_port_and_client_id_come_from_the_address(
    where: str, options: dict[str, Any], host: str, port: int
) -> None:
    parsed = address(where, "ward/7", None, name="bed-exit", **options)
    assert (parsed.host, parsed.port, parsed.publish, parsed.status) == (
        host,
        port,
        "ward/7/events",
        "ward/7/events/status",
    )
    assert parsed.client_id == address(where, "ward/7", None, name="bed-exit").client_id
    assert parsed.client_id != address(where, "ward/8", None, name="bed-exit").client_id
    assert len(parsed.client_id) <= 23


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
        (
            "a",
            "ward/+",
            None,
            r"^--topic: expected one sensor's topic, got 'ward/\+', which would mix samples of several",
        ),
        ("a", "t", "e/#", r"^--publish: expected one topic, got 'e/#'"),
        ("a", "ward/#", "e", r"^--topic: expected one sensor's topic"),
        ("a", "$share/g/ward/7", "e", r"^--topic: expected one sensor's topic"),
        ("a", "ward/e", "ward/e", r"^--publish: expected another topic than that of the samples, got 'ward/e'"),
        (
            "a",
            "ward/e/status",
            "ward/e",
            r"^--publish: expected another topic than that of the samples, got 'ward/e/status'",
        ),
    ],
)
def test_invalid_addresses_and_topics_are_refused(
    where: str, topic: str | None, publish: str | None, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        address(where, topic, publish, name="m")


def test_credentials_come_from_a_private_file_or_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("ann\npass word\n")
    file.chmod(0o600)
    assert credentials(file, {}) == ("ann", "pass word")
    assert credentials(None, {"ZOO_MQTT_USER": "ann", "ZOO_MQTT_PASSWORD": "x"}) == ("ann", "x")
    assert credentials(None, {}) == (None, None)
    with pytest.raises(InputError, match=r"^ZOO_MQTT_PASSWORD: expected ZOO_MQTT_USER to be set as well\.$"):
        credentials(None, {"ZOO_MQTT_PASSWORD": "x"})
    file.chmod(0o604)
    with pytest.raises(InputError, match=r"every user can access it\. Run: chmod o-rwx"):
        credentials(file, {})
    file.chmod(0o600)
    file.write_text("ann\n")
    with pytest.raises(InputError, match="expected two lines, user and password, got 1"):
        credentials(file, {})
    with pytest.raises(InputError, match="No such file"):
        credentials(tmp_path / "no", {})
    assert "pass word" not in repr(address("a", "t", None, name="m", credentials=("ann", "pass word")))


def test_invalid_certificate_authorities_are_refused(tmp_path: Path) -> None:
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


def offline(notices: list[str], inbox: Inbox | None = None) -> Broker:
    """A connection to a broker that does not exist."""
    lines = None if inbox is None else Lines(Wanted(("acc_x", "gyro_x")), "topic t")
    return Broker(Address("localhost", 1, "t", "e", "id"), lines, inbox, Notices(notices.append))


def test_a_message_may_have_several_lines() -> None:
    notices: list[str] = []
    inbox = Inbox(capacity=4)
    connection: Any = offline(notices, inbox)
    for payload in (b"1,2", b"acc_x,gyro_x\n3,4\n5,6\n", b'{"x": 1}', b"acc_y,gyro_x", b"7,8\n9,0"):
        connection._message(connection._client, None, Message(payload))
    connection._message(connection._client, None, Message(b"0,0", retain=True))
    batches, _ = inbox.take(0)
    assert [row for batch in batches for row in batch.values[:, 0].tolist()] == [3, 5, 7, 9]
    assert inbox.dropped == 1
    assert sum(batch.unreadable for batch in batches) == 2
    assert notices == [
        "the model does not keep up: the oldest samples were dropped.",
        "t: expected live samples, got a retained one. Skipped.",
    ]


def test_a_wrong_header_on_a_topic_does_not_end_the_watch() -> None:
    inbox = Inbox()
    connection: Any = offline([], inbox)
    connection._message(connection._client, None, Message(b"hello,world"))
    connection._message(connection._client, None, Message(b"1,2"))
    batches, _ = inbox.take(0)
    assert "no column 'acc_x'" in batches[0].complaint
    assert (batches[0].unreadable, len(batches[1].values)) == (1, 1)


def test_events_are_queued_while_the_broker_is_away_and_overflow_is_reported() -> None:
    notices: list[str] = []
    connection = offline(notices)
    for number in range(OUTGOING + 3):
        connection.send({"event": "e", "n": number})
    assert (connection.buffered, connection.lost) == (OUTGOING, 3)
    assert notices == [f"broker localhost:1: {OUTGOING} events are queued; the new one is lost."]
    connection.close()
    assert connection.lost == OUTGOING + 3


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Running(Protocol):
    """A broker of the tests that can be killed and restarted."""

    port: int

    def start(self) -> None: ...
    def stop(self, how: signal.Signals = signal.SIGTERM) -> None: ...


#: Starts a broker on a port: with a user and password, with a certificate, or without either.
Start = Callable[..., Running]


class Mosquitto:
    """Eclipse Mosquitto in a separate process."""

    def __init__(
        self,
        folder: Path,
        port: int,
        user: tuple[str, str] | None = None,
        certificate: Path | None = None,
    ) -> None:
        self.port, self._folder = port, folder
        settings = f"listener {port} 127.0.0.1\nallow_anonymous {'true' if user is None else 'false'}\n"
        persistence = (
            f"persistence true\nautosave_on_changes true\nautosave_interval 1\npersistence_location {folder}/\n"
        )
        if user is not None:
            passwords = str(folder / "passwords")
            subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, *user], check=True, capture_output=True)
            settings += f"password_file {passwords}\n"
        if certificate is not None:
            settings += f"certfile {certificate}\nkeyfile {certificate}\n"
        (folder / "conf").write_text(f"{settings}{persistence}user root\n")
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
        assert time.monotonic() < end, "timed out"
        time.sleep(0.02)


@pytest.fixture(params=["mosquitto", "stand-in"])
def start(request: pytest.FixtureRequest, tmp_path: Path, port: int) -> Iterator[Start]:
    if request.param == "mosquitto" and MOSQUITTO is None:
        pytest.skip("mosquitto is not installed; the tests use their small broker. On Debian: apt install mosquitto")
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
    for started in running:
        started.stop()


@pytest.fixture
def broker(start: Start) -> Running:
    return start()


class Peer:
    """The sensor and the nurse: publishes samples and receives events. It reconnects after a broker's restart."""

    def __init__(self, port: int, topics: str, name: str = "peer", **options: Any) -> None:
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion

        self.messages: list[tuple[str, str]] = []
        ready = threading.Event()
        self.client: Any = Client(CallbackAPIVersion.VERSION2, name, clean_session=False)
        self.client.on_connect = lambda client, *_: client.subscribe(topics, 1)
        self.client.on_subscribe = lambda *_: ready.set()
        self.client.on_message = lambda _, __, message: self.messages.append((message.topic, message.payload.decode()))
        for method, arguments in options.items():
            getattr(self.client, method)(*arguments)
        self.client.reconnect_delay_set(1, 1)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        assert ready.wait(PATIENCE_S)

    def of(self, topic: str) -> list[str]:
        return [payload for message_topic, payload in self.messages if message_topic == topic]

    def send(self, payload: str) -> None:
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


def health(process: Any, name: str = "samples") -> int:
    """A number from the next line, if that is a health line, else 0."""
    line = process.stderr.readline()
    assert line, "the process ended"
    return int(line.partition(f" {name}=")[2].partition(" ")[0] or 0)


def key(event: str) -> tuple[str, float]:
    values = json.loads(event)
    return values["state"], values["start_s"]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_no_event_is_lost_when_the_broker_restarts(
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
        nurse.send(row)
    first = [key(line) for line in plain.stdout.splitlines() if (json.loads(line)["end_s"] or 0) < 25][:4]
    until(lambda: [key(event) for event in nurse.of("ward/7/events")][:4] == first)
    until(lambda: health(process) >= 300)
    broker.stop(how)
    for row in rows(300, 450):  # the sensor queues them
        nurse.send(row)
    broker.start()
    for row in rows(450, 600):
        nurse.send(row)
    until(lambda: health(process) >= 600)
    process.terminate()
    until(lambda: nurse.of("ward/7/events/status")[-1:] == ["offline"])
    received = [key(event) for event in nurse.of("ward/7/events")]
    nurse.close()
    assert process.wait(PATIENCE_S) == 0
    # Quality of service 1 may deliver an event twice, right after the connection was lost, but never loses one.
    assert list(dict.fromkeys(received)) == expected
    assert [key(line) for line in process.stdout.read().splitlines()] == expected
    assert len(received) <= len(expected) + 20


def test_events_raised_while_the_broker_is_away_arrive_when_it_is_back(
    broker: Running, watch: Callable[..., Any], tmp_path: Path
) -> None:
    """The samples come from a recording that keeps playing; the events are queued."""
    nurse = Peer(broker.port, "alarms/#")
    recording = tmp_path / "a.csv"
    recording.write_text("\n".join(rows(0, 600)) + "\n99999,0,0\n")
    process = watch(broker.port, "--publish", "alarms", "--health", "0.2", recording, "--speed", "8")
    until(lambda: len(nurse.of("alarms")) >= 1)
    broker.stop()
    until(lambda: health(process, "buffered") >= 3)
    broker.start()
    out = [process.stdout.readline() for _ in range(6)]
    until(lambda: len({key(event) for event in nurse.of("alarms")}) >= 6)
    assert list(dict.fromkeys(key(event) for event in nurse.of("alarms")))[:6] == [key(line) for line in out]
    nurse.close()


def test_the_broker_queues_samples_and_publishes_the_last_will_of_a_killed_watch(
    broker: Running, watch: Callable[..., Any], tmp_path: Path
) -> None:
    nurse = Peer(broker.port, "ward/7/events/#")
    state = ("--state", tmp_path / "state", "--save-every", "0.1")
    process = watch(broker.port, "--topic", "ward/7", "--health", "0.2", *state)
    until(lambda: nurse.of("ward/7/events/status") == ["online"])
    nurse.send("\n".join(rows(0, 30)))
    until(lambda: (tmp_path / "state").exists() and b'"samples": 30,' in (tmp_path / "state").read_bytes())
    process.kill()
    until(lambda: nurse.of("ward/7/events/status")[-1] == "offline")  # its last will
    for row in rows(30, 60):
        nurse.send(row)
    restarted = watch(broker.port, "--topic", "ward/7", "--health", "0.2", *state)
    until(lambda: health(restarted) >= 60)
    until(lambda: nurse.of("ward/7/events/status")[-1] == "online")
    statuses = [status for status, _ in itertools.groupby(nurse.of("ward/7/events/status"))]
    assert statuses == ["online", "offline", "online"]
    nurse.close()
    restarted.terminate()
    assert restarted.wait(PATIENCE_S) == 0


def test_a_wrong_password_is_refused_and_the_right_one_accepted(
    start: Start, port: int, watch: Callable[..., Any]
) -> None:
    start(user=("ann", "secret"))
    wrong = watch(port, "--topic", "ward/7")
    until(lambda: "refuses the connection: Not authorized. Retrying." in wrong.stderr.readline())
    right = watch(port, "--topic", "ward/7", env={"ZOO_MQTT_USER": "ann", "ZOO_MQTT_PASSWORD": "secret"})
    until(lambda: "connected." in right.stderr.readline())
    right.terminate()
    assert right.wait(PATIENCE_S) == 0


def test_an_encrypted_connection_needs_a_trusted_certificate(
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
    for process in (stranger, friend):
        process.terminate()
        assert process.wait(PATIENCE_S) == 0
    assert "connected." not in stranger.stderr.read()


def test_without_paho_the_extra_is_named(bundle: Path) -> None:
    program = "import sys; sys.modules['paho'] = None; from zoo.cli import main; sys.exit(main(sys.argv[1:]))"
    ran = subprocess.run(
        [sys.executable, "-c", program, "watch", str(bundle), "--mqtt", "localhost", "--topic", "t"],
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=PATIENCE_S,
    )  # fmt: skip
    assert ran.returncode == 2
    assert 'which is not installed. Run: pip install "sequence-zoo[mqtt]"' in ran.stderr


def test_the_code_of_a_full_queue_is_that_of_paho() -> None:
    from paho.mqtt.enums import MQTTErrorCode

    assert MQTTErrorCode.MQTT_ERR_QUEUE_SIZE == broker_module._QUEUE_FULL
