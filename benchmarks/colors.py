"""Colours that the figures share."""

#: Colour of lines that belong to no contender.
GREY = "#767676"
