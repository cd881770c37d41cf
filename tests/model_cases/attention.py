"""Attention, with and without masks."""

from model_cases.making import Build


def attention_cases() -> dict[str, Build]:
    return {}
