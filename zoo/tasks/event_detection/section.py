"""What counts as an event, how many false alarms are bearable, and how soon an event must be known."""

import math
import re
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from zoo.core.events import LONGEST_S, EventRule
from zoo.schema.spec import Names, NotNegative, Share, Slug, Spec

_NUMBER = r"\d+(?:\.\d+)?"
_QUIET = (
    rf"(?:<=|≤)\s*(?P<alarms>{_NUMBER})\s+false\s+alarms?\s+per\s+(?:(?P<amount>{_NUMBER})\s*)?"
    r"(?P<unit>h|hours?|days?|weeks?)"
)
_SOON = rf"detect\s+within\s+(?P<within>{_NUMBER})\s*s"
_TARGET = re.compile(rf"\s*(?:{_QUIET})?\s*(?:(?(alarms),\s*){_SOON}\s*)?")
#: As long as an event rule may ask for.
Seconds = Annotated[NotNegative, Field(le=LONGEST_S)]
_HOURS = {"h": 1.0, "hour": 1.0, "day": 24.0, "week": 168.0}


class Events(Spec):
    """The event that a recipe detects in a recording."""

    labels: Annotated[Names, Field(min_length=1)]
    """The labels of the data that make up the event."""
    after: Annotated[Names, Field(min_length=1)] | None = None
    """If given, the event is the moment at which one of `labels` follows one of these."""
    name: Slug | None = None
    """What the event is called; the recipe's name if not given."""
    target: str
    """How many false alarms are bearable, such as "<= 1 false alarm per 8 h", or how soon an event must be known, as
    "detect within 2 s", or both with a comma between them: the threshold is fitted to it."""
    tolerance_s: NotNegative = 3.0
    """An alarm this many seconds before or after the event still counts as right."""
    min_duration_s: Seconds = 0.1
    """The score must stay high for this many seconds before there is an alarm."""
    cooldown_s: Seconds = 5.0
    """No second alarm within this many seconds."""
    warm_up_s: Seconds = 0.0
    """No alarm within this many seconds of a recording's start: the sensor is being put on, and the model
    has seen little."""
    release: Annotated[Share, Field(gt=0)] = 0.5
    """The event ends when the score falls below this share of the threshold."""
    merge_s: Seconds = 0.0
    """An event goes on if the score reaches the threshold again within this many seconds of its end; so much later
    the end is told."""
    lead_s: NotNegative = 0.0
    """In training only: the model is asked to say yes for this many seconds before the event, too."""
    extend_s: NotNegative = 0.0
    """In training only: the model is asked to say yes for this many seconds after the event's end, too."""

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
        """The target as a number: false alarms an hour; infinity if it names none."""
        match = _TARGET.fullmatch(self.target)
        assert match is not None
        if not match["alarms"]:
            return math.inf
        unit = match["unit"].rstrip("s")
        return float(match["alarms"]) / (float(match["amount"] or 1) * _HOURS[unit])

    @property
    def detect_within_s(self) -> float:
        """The target as a number: seconds from an event's start to its alarm; infinity if it names none."""
        match = _TARGET.fullmatch(self.target)
        assert match is not None
        return float(match["within"]) if match["within"] else math.inf

    def rule(self, label: str, threshold: float) -> EventRule:
        """The event rule with this threshold."""
        times = (self.min_duration_s, self.cooldown_s, self.warm_up_s, self.merge_s)
        return EventRule(label, threshold, round(threshold * self.release, 4), *times)
