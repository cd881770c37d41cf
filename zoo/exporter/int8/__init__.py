"""Rounding of weights to int8, and the decision whether it is worthwhile."""
