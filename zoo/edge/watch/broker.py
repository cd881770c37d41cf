"""Samples from an MQTT broker, events to it. The connection comes and goes; what is in between waits.

The session is persistent and everything goes with quality of service 1: the broker keeps samples while the monitor is
away, the monitor keeps events while the broker is away (`OUTGOING` of them). Either may come twice, none gets lost.
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

#: Events that wait for the broker; of more the newest are lost.
OUTGOING = 1000
#: Seconds without a word after which the connection counts as lost.
KEEP_ALIVE_S = 30
#: Seconds between two attempts to connect: the first, doubled each time, and the longest.
RETRY_S = (1, 60)
#: A connection that is lost within so many seconds was brief.
BRIEF_S = 5.0
#: Seconds in which the last events may still be delivered when the monitor stops.
PATIENCE_S = 5.0


class Broker:
    """A connection to a broker, in a thread of its own: a sink of events, and a source if there is an inbox.

    Attributes:
        lost: events that found no room, or were not delivered when the monitor stopped.
        failures: connections that were refused or lost.
    """

    def __init__(self, address: Address, lines: Lines | None, inbox: Inbox | None, notices: Notices) -> None:
        """Prepares a connection; `start` makes it.

        Raises:
            ModuleNotFoundError: there is no paho-mqtt.
            InputError: the file with the authorities is none.
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
            # Other topics may still come, of a session that wanted something else.
            self._client.message_callback_add(address.topic, self._message)

    @property
    def buffered(self) -> int:
        """Events that the broker has not confirmed."""
        return max(0, self._sent - self._delivered)

    def start(self) -> None:
        """Connects, now or as soon as the broker is there."""
        self._client.connect_async(self._address.host, self._address.port, KEEP_ALIVE_S)
        self._client.loop_start()

    def send(self, event: dict[str, Any]) -> None:
        """Publishes an event, now or as soon as the broker is there."""
        self._publish(self._address.publish, json.dumps(event))

    def close(self) -> None:
        """Waits a little for what is not delivered yet, says goodbye, and leaves."""
        connected = self._client.is_connected()
        if connected:
            self._publish(self._address.status, "offline", retain=True)
            with self._change:
                self._change.wait_for(lambda: not self.buffered or not self._client.is_connected(), PATIENCE_S)
        if left := self.buffered:
            self.lost += left
            self._notices.tell("mqtt-lost", f"broker {self._address}: {left} messages were not delivered.", left)
        self._client.disconnect()
        if connected:
            self._client.loop_stop()

    def _publish(self, topic: str, payload: str, *, retain: bool = False) -> None:
        info = self._client.publish(topic, payload, qos=1, retain=retain)
        if info.rc == _QUEUE_FULL:
            self.lost += 1
            self._notices.tell(
                "mqtt-lost", f"broker {self._address}: {OUTGOING} events wait for it; the new one is lost."
            )
            return
        with self._change:
            self._sent += 1

    def _connected(
        self, client: "Client", data: Any, flags: "ConnectFlags", reason: "ReasonCode", extra: "Properties | None"
    ) -> None:
        if reason.is_failure:
            self._complain(f"refuses the connection: {reason}. Tried again.")
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
            hint = " Is another watch connected under the same name? Give each its own --mqtt-id." if brief else ""
            self._complain(f"the connection is lost ({reason}). Events wait for it.{hint}")
        with self._change:
            self._change.notify_all()

    def _unreachable(self, client: "Client", data: Any) -> None:
        error = sys.exc_info()[1]  # paho calls this where it has caught why
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        self._complain(f"cannot be reached: {reason}. Tried again.")

    def _published(
        self, client: "Client", data: Any, number: int, reason: "ReasonCode", extra: "Properties | None"
    ) -> None:
        with self._change:
            self._delivered += 1
            self._change.notify_all()

    def _message(self, client: "Client", data: Any, message: "MQTTMessage") -> None:
        """Reads samples, in paho's thread: nothing may be raised here."""
        if self._inbox is None or self._lines is None:
            return
        if message.retain:
            self._notices.tell("retained", f"{message.topic}: a retained sample is of the past. Passed over.")
            return
        try:
            batch = self._lines.read(bytes(message.payload).split(b"\n"))
        except DataError as error:
            batch = Batch(np.zeros((0, 0)), None, 1, f"{error} Passed over.")
        if gone := self._inbox.offer(batch):
            self._notices.tell("dropped", "the model does not keep up: the oldest samples are dropped.", gone)

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
            trusting: Any = client  # paho does not say what it takes
            trusting.tls_set_context(ssl.create_default_context(cafile=address.ca))
        except (ssl.SSLError, OSError) as error:
            raise InputError(
                f"--mqtt-ca: {address.ca}: expected certificates in PEM: {error.strerror or error}."
            ) from None
    return client
