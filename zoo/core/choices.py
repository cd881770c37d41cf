"""Closed sets of choices that several parts of the zoo offer."""

from typing import Literal

#: Whether weights are quantised to int8: only if it is worth it, always, or never.
Int8 = Literal["auto", "on", "off"]
