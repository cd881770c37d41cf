"""Address, credentials and topics of the broker, checked before anything is connected."""

import hashlib
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from zoo.core.errors import InputError

#: Port of MQTT, without and with TLS.
PLAIN_PORT, TLS_PORT = 1883, 8883

_HOST = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.%\w]+)\]|(?P<host>[\w.-]{1,253}))(?::(?P<port>\d{1,5}))?")


@dataclass(frozen=True)
class Address:
    """A broker and the topics to use.

    Attributes:
        host: name or IP address.
        port: TCP port.
        topic: topic of one sensor's samples; None: the samples come from elsewhere.
        publish: topic of the events; `publish`/status is "online" or "offline".
        client_id: a constant id, by which the broker knows which messages it has yet to deliver.
        user: user name; None: anonymous.
        password: password; None: none.
        tls: whether the connection is encrypted and the broker's certificate checked.
        ca: file with the accepted certificate authorities; None: those of the system.
    """

    host: str
    port: int
    topic: str | None
    publish: str
    client_id: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    ca: Path | None = None

    @property
    def status(self) -> str:
        """The topic of the monitor's status."""
        return f"{self.publish}/status"

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def address(
    where: str,
    topic: str | None,
    publish: str | None,
    *,
    name: str,
    client_id: str | None = None,
    credentials: tuple[str | None, str | None] = (None, None),
    tls: bool = False,
    ca: Path | None = None,
) -> Address:
    """Builds an address from the user's options.

    Args:
        where: HOST, HOST:PORT or [IPv6]:PORT.
        topic: topic of the samples.
        publish: topic of the events; None: `topic`/events.
        name: the model's name, for the client id.
        client_id: None: derived from the machine's name, the model's name and the topics, so that it stays the same.
        credentials: user and password.
        tls: whether to encrypt.
        ca: see `Address`; implies TLS.

    Raises:
        InputError: an option is invalid.
    """
    match = _HOST.fullmatch(where)
    if not match or not 0 < int(match["port"] or 1) < 65536:
        raise InputError(f"--mqtt: expected HOST or HOST:PORT, got '{where}'.")
    if topic is None and publish is None:
        raise InputError(
            "--mqtt: expected --topic TOPIC (for the samples), --publish TOPIC (for the events), or both, got neither."
        )
    if topic is not None:
        _check_topic("--topic", topic)
        if wild(topic) or topic.startswith("$share/"):
            raise InputError(
                f"--topic: expected one sensor's topic, got '{topic}', which would mix samples of several sensors. "
                "Start a watch for each."
            )
    if publish is None:
        publish = f"{topic}/events"
    _check_topic("--publish", publish)
    if wild(publish):
        raise InputError(f"--publish: expected one topic, got '{publish}', which matches several.")
    if topic in (publish, f"{publish}/status"):
        raise InputError(
            f"--publish: expected another topic than that of the samples, got '{topic}'. Choose another one."
        )
    if ca is not None and not ca.is_file():
        raise InputError(f"--mqtt-ca: {ca}: no such file.")
    tls = tls or ca is not None
    port = int(match["port"] or (TLS_PORT if tls else PLAIN_PORT))
    digest = hashlib.sha256("\n".join([socket.gethostname(), name, topic or "", publish]).encode()).hexdigest()[:12]
    user, password = credentials
    return Address(
        match["six"] or match["host"], port, topic, publish, client_id or f"zoo-{digest}", user, password, tls, ca
    )


def credentials(file: Path | None, environment: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Reads user and password from a file of two lines, or from ZOO_MQTT_USER and ZOO_MQTT_PASSWORD.

    Raises:
        InputError: the file does not exist, is readable by others, or does not have two lines.
    """
    if file is None:
        user, password = environment.get("ZOO_MQTT_USER"), environment.get("ZOO_MQTT_PASSWORD")
        if password is not None and user is None:
            raise InputError("ZOO_MQTT_PASSWORD: expected ZOO_MQTT_USER to be set as well.")
        return user, password
    try:
        if os.name != "nt" and file.stat().st_mode & 0o007:
            raise InputError(f"--mqtt-credentials: {file}: every user can access it. Run: chmod o-rwx {file}")
        lines = file.read_text("utf-8").splitlines()
    except OSError as error:
        raise InputError(f"--mqtt-credentials: {file}: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise InputError(f"--mqtt-credentials: {file}: expected UTF-8 text.") from None
    if len(lines) != 2 or not lines[0]:
        raise InputError(f"--mqtt-credentials: {file}: expected two lines, user and password, got {len(lines)}.")
    return lines[0], lines[1]


def wild(topic: str) -> bool:
    """Whether the topic has wildcards and matches several topics."""
    return "+" in topic or "#" in topic


def _check_topic(option: str, topic: str) -> None:
    levels = topic.split("/")
    bad = not topic or len(topic.encode()) > 65535 or "\0" in topic or "#" in levels[:-1]
    if bad or any(wild(level) and level not in ("+", "#") for level in levels):
        raise InputError(
            f"{option}: expected a topic such as ward/bed7, with + and # only as complete levels, got '{topic}'."
        )
