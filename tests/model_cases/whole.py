"""Whole models: nested, subclassed, with branches, several inputs and outputs."""

from model_cases.making import Build


def whole_cases() -> dict[str, Build]:
    return {}
