"""The section `events`: what counts as an event, and which false alarms and delays are acceptable."""

import math
import re
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from zoo.core.events import LONGEST_S, EventRule
from zoo.schema.spec import Names, NotNegative, Share, Slug, Spec

_NUMBER = r"\d+(?:\.\d+)?"
_ALARM_LIMIT = (
    rf"(?:<=|≤)\s*(?P<alarms>{_NUMBER})\s+false\s+alarms?\s+per\s+(?:(?P<amount>{_NUMBER})\s*)?"
    r"(?P<unit>h|hours?|days?|weeks?)"
)
_DELAY_LIMIT = rf"detect\s+within\s+(?P<within>{_NUMBER})\s*s"
_TARGET = re.compile(rf"\s*(?:{_ALARM_LIMIT})?\s*(?:(?(alarms),\s*){_DELAY_LIMIT}\s*)?")
#: A duration of an event rule.
Seconds = Annotated[NotNegative, Field(le=LONGEST_S)]
_HOURS = {"h": 1.0, "hour": 1.0, "day": 24.0, "week": 168.0}


class Events(Spec):
    """What counts as an event, how scores become alarms, and what the threshold is fitted to."""

    labels: Annotated[Names, Field(min_length=1, examples=[["lie-to-sit", "lie-to-stand"]])]
    """Labels of the data that count as the event."""
    after: Annotated[Annotated[Names, Field(min_length=1)] | None, Field(examples=[["lying"]])] = None
    """Labels that come before the event: it is then the moment at which one of `labels` follows one of these. Default:
    every stretch of `labels` is an event."""
    name: Annotated[Slug | None, Field(examples=["bed-exit"])] = None
    """Name of the event. Default: the recipe's name."""
    target: Annotated[str, Field(examples=["<= 1 false alarm per 8 h"])]
    """What the threshold is fitted to on the validation part: a limit of false alarms such as "<= 1 false alarm per
    8 h", a delay such as "detect within 2 s", or both, separated by a comma."""
    tolerance_s: NotNegative = 3.0
    """An alarm is correct up to this long before the start and after the end of an event."""
    min_duration_s: Seconds = 0.1
    """Time that the score must stay at or above the threshold before an alarm is raised."""
    cooldown_s: Seconds = 5.0
    """Shortest time from one alarm to the next."""
    warm_up_s: Seconds = 0.0
    """Time at the start of a recording, or after a reset, without alarms: the sensor is still being put on, and the
    model has read little."""
    release: Annotated[Share, Field(gt=0)] = 0.5
    """Share of the threshold below which the score must fall for the event to end."""
    merge_s: Seconds = 0.0
    """An event continues if the score reaches the threshold again within this time of its end. Its end is reported that
    much later."""
    lead_s: NotNegative = 0.0
    """Training only: time before the event that is labelled as event too."""
    extend_s: NotNegative = 0.0
    """Training only: time after the event that is labelled as event too."""

    @field_validator("target")
    @classmethod
    def _readable(cls, value: str) -> str:
        """Refuses a target that cannot be turned into numbers."""
        match = _TARGET.fullmatch(value)
        zero = match is not None and 0 in (float(match["amount"] or 1), float(match["within"] or 1))
        if match is None or zero or not (match["alarms"] or match["within"]):
            raise PydanticCustomError(
                "target",
                'expected the form "<= 1 false alarm per 8 h" (h, day or week), "detect within 2 s" or both with a '
                "comma between them, got {got}.",
                {"got": repr(value)},
            )
        return value

    @property
    def max_false_alarms_per_hour(self) -> float:
        """Largest number of false alarms per hour; infinity if the target has none."""
        match = _TARGET.fullmatch(self.target)
        assert match is not None
        if not match["alarms"]:
            return math.inf
        unit = match["unit"].rstrip("s")
        return float(match["alarms"]) / (float(match["amount"] or 1) * _HOURS[unit])

    @property
    def detect_within_s(self) -> float:
        """Longest delay in seconds from an event's start to its alarm; infinity if the target has none."""
        match = _TARGET.fullmatch(self.target)
        assert match is not None
        return float(match["within"]) if match["within"] else math.inf

    def rule(self, label: str, threshold: float) -> EventRule:
        """The event rule for a threshold."""
        times = (self.min_duration_s, self.cooldown_s, self.warm_up_s, self.merge_s)
        return EventRule(label, threshold, round(threshold * self.release, 4), *times)
