"""Functional models with operations of `keras.ops`."""

from model_cases.making import Build


def operations_cases() -> dict[str, Build]:
    return {}
