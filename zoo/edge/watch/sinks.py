"""Where events go. Each sink takes an event as a dictionary; only standard output may make the stream wait."""

import json
import math
import sys
from datetime import datetime, timezone
from typing import Any, Protocol

from zoo.core.events import Event


class Sink(Protocol):
    """Takes events.

    Attributes:
        buffered: events that were taken and are not delivered yet.
        lost: events that never will be.
        failures: deliveries that went wrong.
    """

    @property
    def buffered(self) -> int:
        """Events that were taken and are not delivered yet."""
        ...

    lost: int
    failures: int

    def send(self, event: dict[str, Any]) -> None:
        """Takes an event."""
        ...

    def close(self) -> None:
        """Delivers what can still be delivered soon."""
        ...


class Output:
    """Events as JSON lines on standard output, each at once.

    Attributes:
        lost: events that nobody read any more.
    """

    buffered = 0
    failures = 0

    def __init__(self) -> None:
        """Begins with somebody who reads."""
        self.lost = 0

    def send(self, event: dict[str, Any]) -> None:
        """Prints the event.

        Raises:
            OSError: nobody reads any more, or there is no room.
        """
        try:
            sys.stdout.write(f"{json.dumps(event)}\n")
            sys.stdout.flush()
        except OSError:
            self.lost += 1
            raise

    def close(self) -> None:
        """Leaves standard output as it is."""


def described(event: Event, now: datetime | None = None) -> dict[str, Any]:
    """An event as sinks take it.

    Args:
        event: raised, or over.
        now: when it is told; None: now.

    Returns:
        {"event", "state": "raised" or "over", "start_s", "end_s", "score", "at": UTC in ISO 8601}.
    """
    at = datetime.now(timezone.utc) if now is None else now
    return {
        "event": event.label,
        "state": "raised" if event.end_s is None else "over",
        "start_s": round(event.start_s, 6),
        "end_s": None if event.end_s is None else round(event.end_s, 6),
        "score": round(event.score, 6) if math.isfinite(event.score) else None,
        "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
