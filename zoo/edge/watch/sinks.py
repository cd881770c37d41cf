"""Sinks for events. Each takes an event as a dictionary; only standard output may make the stream wait."""

import json
import math
import sys
from datetime import datetime, timezone
from typing import Any, Protocol

from zoo.core.events import Event


class Sink(Protocol):
    """Takes events.

    Attributes:
        buffered: events that were taken but not yet delivered.
        lost: events that will never be delivered.
        failures: failed deliveries.
    """

    @property
    def buffered(self) -> int:
        """Events that were taken but not yet delivered."""
        ...

    lost: int
    failures: int

    def send(self, event: dict[str, Any]) -> None:
        """Takes an event."""
        ...

    def close(self) -> None:
        """Delivers what can be delivered within a short time."""
        ...


class Output:
    """Writes events as JSON lines to standard output, each immediately.

    Attributes:
        lost: events that could not be written.
    """

    buffered = 0
    failures = 0

    def __init__(self) -> None:
        """Starts without lost events."""
        self.lost = 0

    def send(self, event: dict[str, Any]) -> None:
        """Prints the event.

        Raises:
            OSError: the reader is gone, or the disk is full.
        """
        try:
            sys.stdout.write(f"{json.dumps(event)}\n")
            sys.stdout.flush()
        except OSError:
            self.lost += 1
            raise

    def close(self) -> None:
        """Leaves standard output open."""


def event_record(event: Event, now: datetime | None = None) -> dict[str, Any]:
    """An event in the form that sinks take.

    Args:
        event: an event that was raised, or is over.
        now: time of the report; None: the current time.

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
