"""Colours that the pictures share."""

#: Of lines that belong to no contender.
GREY = "#767676"
