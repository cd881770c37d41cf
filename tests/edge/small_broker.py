"""A small MQTT broker for machines without mosquitto.

It implements the parts of MQTT 3.1.1 (https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/) that a watch and its tests use:
quality of service 0 and 1, persistent sessions, retained messages, last wills, a trailing `#`, a password, TLS. Its
state survives `stop`, like that of a persistent broker.
"""

import ssl
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from socket import SHUT_RDWR, socket
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK, PINGREQ, PINGRESP, DISCONNECT = 1, 2, 3, 4, 8, 9, 12, 13, 14
NOT_AUTHORIZED = 5


@dataclass
class Session:
    """The broker's state of a client: its subscriptions, and unconfirmed messages by packet number."""

    filters: dict[str, int] = field(default_factory=dict)
    unconfirmed: dict[int, bytes] = field(default_factory=dict)
    number: int = 0
    connection: "Connection | None" = None


class SmallBroker:
    """A broker on a port of 127.0.0.1, in threads of this process."""

    def __init__(self, port: int, user: tuple[str, str] | None = None, tls: ssl.SSLContext | None = None) -> None:
        self.port, self.user, self.tls = port, user, tls
        self.lock = threading.RLock()
        self.sessions: dict[str, Session] = {}
        self.retained: dict[str, bytes] = {}
        self.start()

    def start(self) -> None:
        broker = self

        class Server(ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            block_on_close = False

        class Handler(BaseRequestHandler):
            def handle(self) -> None:
                with suppress(OSError, EOFError):  # the connection is gone, or the peer is not an MQTT client
                    connection = broker.tls.wrap_socket(self.request, server_side=True) if broker.tls else self.request
                    Connection(broker, connection).serve()

        self._server = Server(("127.0.0.1", self.port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def stop(self, how: object = None) -> None:
        """Stops immediately, whatever `how`, without publishing any last will."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        with self.lock:
            for session in self.sessions.values():
                if session.connection is not None:
                    session.connection.will = None
                    session.connection.hang_up()

    def publish(self, topic: str, payload: bytes, qos: int, retain: bool) -> None:
        with self.lock:
            if retain:
                self.retained[topic] = payload
            for session in list(self.sessions.values()):
                granted = [most for filter_, most in session.filters.items() if matches(filter_, topic)]
                if granted:
                    self.deliver(session, topic, payload, min(qos, max(granted)), retain=False)

    def deliver(self, session: Session, topic: str, payload: bytes, qos: int, retain: bool) -> None:
        number = b""
        if qos:
            session.number = session.number % 0xFFFF + 1
            number = struct.pack("!H", session.number)
        message = packet(PUBLISH, text(topic) + number + payload, qos << 1 | retain)
        if qos:
            session.unconfirmed[session.number] = message
        if session.connection is not None:
            session.connection.send(message)


class Connection:
    """One client's connection, from its first packet to its last."""

    def __init__(self, broker: SmallBroker, connection: socket) -> None:
        self.broker, self.socket, self.will = broker, connection, None
        self.session: Any = None

    def serve(self) -> None:
        try:
            while True:
                kind, flags, body = self.read_packet()
                with self.broker.lock:
                    if not self.handle(kind, flags, body):
                        return
        finally:
            with self.broker.lock:
                if self.session is not None and self.session.connection is self:
                    self.session.connection = None
                if self.will is not None:
                    self.broker.publish(*self.will)
            self.hang_up()

    def handle(self, kind: int, flags: int, body: bytes) -> bool:
        """Handles one packet; returns False if the connection is over."""
        if kind == CONNECT:
            return self.handle_connect(body)
        if kind == PUBLISH:
            topic, rest = take_text(body)
            qos = flags >> 1 & 3
            if qos:
                self.send(packet(PUBACK, rest[:2]))
            self.broker.publish(topic.decode(), rest[2:] if qos else rest, qos, bool(flags & 1))
        elif kind == PUBACK:
            self.session.unconfirmed.pop(struct.unpack("!H", body)[0], None)
        elif kind == SUBSCRIBE:
            self.handle_subscribe(body)
        elif kind == PINGREQ:
            self.send(packet(PINGRESP, b""))
        elif kind == DISCONNECT:
            self.will = None
            return False
        return True

    def handle_connect(self, body: bytes) -> bool:
        _, rest = take_text(body)
        flags, rest = rest[1], rest[4:]
        name, rest = take_text(rest)
        if flags & 4:
            topic, rest = take_text(rest)
            message, rest = take_text(rest)
            self.will = (topic.decode(), message, flags >> 3 & 3, bool(flags & 32))
        credentials = []
        for present in (flags & 128, flags & 64):
            value, rest = take_text(rest) if present else (b"", rest)
            credentials.append(value.decode())
        if self.broker.user not in (None, tuple(credentials)):
            self.will = None
            self.send(packet(CONNACK, bytes([0, NOT_AUTHORIZED])))
            return False
        existing = None if flags & 2 else self.broker.sessions.get(name.decode())
        self.session = existing or Session()
        self.broker.sessions[name.decode()] = self.session
        self.session.connection, previous = self, self.session.connection
        if previous is not None:
            previous.hang_up()
        self.send(packet(CONNACK, bytes([existing is not None, 0])))
        for message in list(self.session.unconfirmed.values()):
            self.send(bytes([message[0] | 8]) + message[1:])  # 8: the duplicate flag
        return True

    def handle_subscribe(self, body: bytes) -> None:
        number, rest, granted, filters = body[:2], body[2:], [], []
        while rest:
            name, rest = take_text(rest)
            granted.append(min(rest[0], 1))
            filters.append(name.decode())
            rest = rest[1:]
        self.session.filters |= dict(zip(filters, granted, strict=True))
        self.send(packet(SUBACK, number + bytes(granted)))
        for topic, payload in self.broker.retained.items():
            if any(matches(name, topic) for name in filters):
                self.broker.deliver(self.session, topic, payload, 1, retain=True)

    def read_packet(self) -> tuple[int, int, bytes]:
        first, size, shift = self.bytes(1)[0], 0, 0
        while True:
            byte = self.bytes(1)[0]
            size |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return first >> 4, first & 15, self.bytes(size)

    def bytes(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            chunk = self.socket.recv(count - len(data))
            if not chunk:
                raise EOFError
            data += chunk
        return data

    def send(self, message: bytes) -> None:
        with suppress(OSError):
            self.socket.sendall(message)

    def hang_up(self) -> None:
        with suppress(OSError):
            self.socket.shutdown(SHUT_RDWR)
        self.socket.close()


def matches(filter_: str, topic: str) -> bool:
    """Whether a topic matches a filter, which may end with `#`."""
    if filter_.endswith("/#"):
        return f"{topic}/".startswith(filter_[:-1])
    return filter_ == topic


def text(value: str) -> bytes:
    return struct.pack("!H", len(value.encode())) + value.encode()


def take_text(body: bytes) -> tuple[bytes, bytes]:
    """The text at the beginning, and what follows it."""
    end = 2 + struct.unpack("!H", body[:2])[0]
    return body[2:end], body[end:]


def packet(kind: int, body: bytes, flags: int = 0) -> bytes:
    size, left = b"", len(body)
    while True:
        left, byte = divmod(left, 128)
        size += bytes([byte | (128 if left else 0)])
        if not left:
            return bytes([kind << 4 | flags]) + size + body
