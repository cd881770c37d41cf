"""Closed choices that several parts of the zoo offer."""

from typing import Literal

#: Whether weights are rounded to int8: if it is worth it, in any case, or never.
Int8 = Literal["auto", "on", "off"]
