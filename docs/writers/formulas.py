"""Formulas of the pages as MathML, which browsers show without a script and without a network."""

from typing import Any

from latex2mathml.converter import convert


def inline(source: str, *_: Any, **__: Any) -> str:
    """A formula in a sentence: `` `#!math x_t` ``."""
    return convert(source)


def block(source: str, *_: Any, **__: Any) -> str:
    """A formula on a line of its own: a fenced block of the language `math`."""
    return f'<div class="formula">{convert(source, display="block")}</div>'
