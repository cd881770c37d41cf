"""Where the broker is, as whom to speak to it, and which topics: checked before anything is connected."""

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
    """A broker and what is wanted of it.

    Attributes:
        host: name or IP address.
        port: where it listens.
        topic: that the samples come on, of one sensor; None: they come from elsewhere.
        publish: topic of the events; `publish`/status says "online" or "offline".
        client_id: fixed: by it the broker knows which messages are still to be delivered.
        user: None: nobody in particular.
        password: None: none.
        tls: whether the connection is encrypted and the broker's certificate checked.
        ca: file with the authorities that may have signed it; None: those that the system knows.
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
        """The topic that says whether the monitor is there."""
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
    """What the user says of a broker.

    Args:
        where: HOST, HOST:PORT or [IPv6]:PORT.
        topic: of the samples.
        publish: of the events; None: `topic`/events.
        name: the model's, for the client id.
        client_id: None: made of the machine's name, the model's and the topics, so that it is the same next time.
        credentials: user and password.
        tls: whether to encrypt.
        ca: see `Address`; means TLS.

    Raises:
        InputError: something of this cannot be.
    """
    found = _HOST.fullmatch(where)
    if not found or not 0 < int(found["port"] or 1) < 65536:
        raise InputError(f"--mqtt: expected HOST or HOST:PORT, got '{where}'.")
    if topic is None and publish is None:
        raise InputError(
            "--mqtt: expected --topic TOPIC (samples come on it), --publish TOPIC (events go to it), or both."
        )
    if topic is not None:
        _check_topic("--topic", topic)
        if wild(topic) or topic.startswith("$share/"):
            raise InputError(
                f"--topic: expected one sensor's topic, got '{topic}': samples of several sensors would become one "
                "recording. Start a watch for each."
            )
    if publish is None:
        publish = f"{topic}/events"
    _check_topic("--publish", publish)
    if wild(publish):
        raise InputError(f"--publish: expected one topic, got '{publish}', which stands for several.")
    if topic in (publish, f"{publish}/status"):
        raise InputError(f"--publish: events cannot go where samples come from, '{topic}'. Choose another one.")
    if ca is not None and not ca.is_file():
        raise InputError(f"--mqtt-ca: {ca}: no such file.")
    tls = tls or ca is not None
    port = int(found["port"] or (TLS_PORT if tls else PLAIN_PORT))
    own = hashlib.sha256("\n".join([socket.gethostname(), name, topic or "", publish]).encode()).hexdigest()[:12]
    user, password = credentials
    return Address(
        found["six"] or found["host"], port, topic, publish, client_id or f"zoo-{own}", user, password, tls, ca
    )


def credentials(file: Path | None, environment: Mapping[str, str]) -> tuple[str | None, str | None]:
    """User and password: from a file of two lines, or from ZOO_MQTT_USER and ZOO_MQTT_PASSWORD.

    Raises:
        InputError: the file is not there, others may read it, or it has not two lines.
    """
    if file is None:
        user, password = environment.get("ZOO_MQTT_USER"), environment.get("ZOO_MQTT_PASSWORD")
        if password is not None and user is None:
            raise InputError("ZOO_MQTT_PASSWORD: expected ZOO_MQTT_USER beside it.")
        return user, password
    try:
        if os.name != "nt" and file.stat().st_mode & 0o007:
            raise InputError(f"--mqtt-credentials: {file}: everybody may read it. Do: chmod o-rwx {file}")
        lines = file.read_text("utf-8").splitlines()
    except OSError as error:
        raise InputError(f"--mqtt-credentials: {file}: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise InputError(f"--mqtt-credentials: {file}: expected UTF-8 text.") from None
    if len(lines) != 2 or not lines[0]:
        raise InputError(f"--mqtt-credentials: {file}: expected two lines, user and password, got {len(lines)}.")
    return lines[0], lines[1]


def wild(topic: str) -> bool:
    """Whether it stands for several topics."""
    return "+" in topic or "#" in topic


def _check_topic(option: str, topic: str) -> None:
    levels = topic.split("/")
    bad = not topic or len(topic.encode()) > 65535 or "\0" in topic or "#" in levels[:-1]
    if bad or any(wild(level) and level not in ("+", "#") for level in levels):
        raise InputError(f"{option}: expected a topic such as ward/bed7, + and # only as whole levels, got '{topic}'.")
