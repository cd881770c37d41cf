"""Receives samples from an MQTT broker and sends events to it; both are queued while the connection is down.

The session is persistent and every message has quality of service 1: the broker queues samples while the monitor is
away, the monitor queues up to `OUTGOING` events while the broker is away. Messages may arrive twice but are not lost.
"""

import json
import math
import ssl
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.core.errors import DataError, InputError
from zoo.edge.watch.address import Address
from zoo.edge.watch.inbox import Batch, Inbox
from zoo.edge.watch.lines import Lines
from zoo.edge.watch.notices import Notices

if TYPE_CHECKING:
    from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

#: Maximum number of events queued for the broker; further ones are lost.
OUTGOING = 1000
#: Seconds without any message after which the connection counts as lost.
KEEP_ALIVE_S = 30
#: Seconds between attempts to connect: the first interval, which doubles each time, and the longest.
RETRY_S = (1, 60)
#: A connection lost within this many seconds counts as brief.
BRIEF_S = 5.0
#: Seconds to wait for the delivery of the last events when the monitor stops.
PATIENCE_S = 5.0


class Broker:
    """A connection to a broker in a separate thread: a sink of events, and with an inbox also a source of samples.

    Attributes:
        lost: events dropped because the queue was full, or undelivered when the monitor stopped.
        failures: refused or lost connections.
    """

    def __init__(self, address: Address, lines: Lines | None, inbox: Inbox | None, notices: Notices) -> None:
        """Prepares a connection; `start` opens it.

        Raises:
            ModuleNotFoundError: paho-mqtt is not installed.
            InputError: the file with the certificate authorities is invalid.
        """
        self.lost = 0
        self.failures = 0
        self._address, self._lines, self._inbox, self._notices = address, lines, inbox, notices
        self._sent = self._delivered = 0
        self._since = -math.inf
        self._change = threading.Condition()
        self._client = _client(address)
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._disconnected
        self._client.on_connect_fail = self._unreachable
        self._client.on_publish = self._published
        if address.topic is not None:
            # A persistent session may still deliver other topics, to which it subscribed earlier.
            self._client.message_callback_add(address.topic, self._message)

    @property
    def buffered(self) -> int:
        """Events that the broker has not confirmed."""
        return max(0, self._sent - self._delivered)

    def start(self) -> None:
        """Connects now, or as soon as the broker is available."""
        self._client.connect_async(self._address.host, self._address.port, KEEP_ALIVE_S)
        self._client.loop_start()

    def send(self, event: dict[str, Any]) -> None:
        """Publishes an event now, or as soon as the broker is available."""
        self._publish(self._address.publish, json.dumps(event))

    def close(self) -> None:
        """Publishes the status "offline", waits briefly for pending deliveries, and disconnects."""
        connected = self._client.is_connected()
        if connected:
            self._publish(self._address.status, "offline", retain=True)
            with self._change:
                self._change.wait_for(lambda: not self.buffered or not self._client.is_connected(), PATIENCE_S)
        if undelivered := self.buffered:
            self.lost += undelivered
            text = f"broker {self._address}: {undelivered} messages were not delivered."
            self._notices.tell("mqtt-lost", text, undelivered)
        self._client.disconnect()
        if connected:
            self._client.loop_stop()

    def _publish(self, topic: str, payload: str, *, retain: bool = False) -> None:
        info = self._client.publish(topic, payload, qos=1, retain=retain)
        if info.rc == _QUEUE_FULL:
            self.lost += 1
            text = f"broker {self._address}: {OUTGOING} events are queued; the new one is lost."
            self._notices.tell("mqtt-lost", text)
            return
        with self._change:
            self._sent += 1

    def _connected(
        self, client: "Client", data: Any, flags: "ConnectFlags", reason: "ReasonCode", extra: "Properties | None"
    ) -> None:
        if reason.is_failure:
            self._complain(f"refuses the connection: {reason}. Retrying.")
            return
        self._since = time.monotonic()
        self._notices.tell("mqtt-connected", f"broker {self._address}: connected.")
        if self._address.topic is not None:
            client.subscribe(self._address.topic, qos=1)
        self._publish(self._address.status, "online", retain=True)

    def _disconnected(
        self, client: "Client", data: Any, flags: "DisconnectFlags", reason: "ReasonCode", extra: "Properties | None"
    ) -> None:
        if reason.is_failure:
            brief = time.monotonic() - self._since < BRIEF_S
            hint = " Is another watch using the same client id? Give each a different --mqtt-id." if brief else ""
            self._complain(f"the connection was lost ({reason}). Events are queued.{hint}")
        with self._change:
            self._change.notify_all()

    def _unreachable(self, client: "Client", data: Any) -> None:
        error = sys.exc_info()[1]  # paho calls this while it handles the exception
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        self._complain(f"cannot be reached: {reason}. Retrying.")

    def _published(
        self, client: "Client", data: Any, number: int, reason: "ReasonCode", extra: "Properties | None"
    ) -> None:
        with self._change:
            self._delivered += 1
            self._change.notify_all()

    def _message(self, client: "Client", data: Any, message: "MQTTMessage") -> None:
        """Reads samples in paho's thread, where nothing may be raised."""
        if self._inbox is None or self._lines is None:
            return
        if message.retain:
            self._notices.tell("retained", f"{message.topic}: expected live samples, got a retained one. Skipped.")
            return
        try:
            batch = self._lines.read(bytes(message.payload).split(b"\n"))
        except DataError as error:
            batch = Batch(np.zeros((0, 0)), None, 1, f"{error} Skipped.")
        if dropped := self._inbox.offer(batch):
            self._notices.tell("dropped", "the model does not keep up: the oldest samples were dropped.", dropped)

    def _complain(self, text: str) -> None:
        self.failures += 1
        self._notices.tell("mqtt", f"broker {self._address}: {text}")


#: paho's MQTT_ERR_QUEUE_SIZE.
_QUEUE_FULL = 15


def _client(address: Address) -> "Client":
    from paho.mqtt.client import Client
    from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

    client = Client(
        CallbackAPIVersion.VERSION2, address.client_id, clean_session=False, protocol=MQTTProtocolVersion.MQTTv311
    )
    client.will_set(address.status, "offline", qos=1, retain=True)
    client.max_queued_messages_set(OUTGOING)
    client.reconnect_delay_set(*RETRY_S)
    if address.user is not None:
        client.username_pw_set(address.user, address.password)
    if address.tls:
        try:
            untyped: Any = client  # paho does not annotate this method
            untyped.tls_set_context(ssl.create_default_context(cafile=address.ca))
        except (ssl.SSLError, OSError) as error:
            raise InputError(
                f"--mqtt-ca: {address.ca}: expected certificates in PEM: {error.strerror or error}."
            ) from None
    return client
