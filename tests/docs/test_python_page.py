"""The page about Python documents every public name."""

import importlib
import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs/reference/python.md").read_text("utf-8")
MODULES = ("zoo", "zoo.edge", "zoo.export", "zoo.fast")
NAMES = [f"{module}.{name}" for module in MODULES for name in importlib.import_module(module).__all__]
#: Public names that are modules themselves.
SECTIONS = [name for name in NAMES if name in MODULES]


def test_there_are_public_names() -> None:
    assert len(NAMES) > 25
    assert SECTIONS == ["zoo.export"]


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_is_on_the_page(name: str) -> None:
    if name in SECTIONS:
        assert re.search(rf"^## .*`{name}`$", PAGE, re.MULTILINE)
    else:
        assert re.search(rf"^::: {re.escape(name)}$", PAGE, re.MULTILINE)


def test_what_the_page_documents_exists() -> None:
    documented = re.findall(r"^::: ([\w.]+)$", PAGE, re.MULTILINE)
    assert len(documented) >= len(NAMES) - len(SECTIONS)
    for name in documented:
        module, _, attribute = name.rpartition(".")
        assert hasattr(importlib.import_module(module), attribute), name
