"""Templates rendered from a temporary package."""

import sys
from collections.abc import Iterator

import pytest
from jinja2 import UndefinedError

from zoo.rendering import render

PACKAGE = "package_of_templates"
EVIL = "<b> & \"two\" 'quotes' {{ x }}"
TEMPLATE = """\
{% macro twice(x) %}{{ x }}, {{ x }}{% endmacro %}
{% for x in rows %}
  {% if x %}
{{ twice(x) }}
  {% endif %}
{% endfor %}
"""


@pytest.fixture(autouse=True, scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    path = tmp_path_factory.mktemp("path")
    folder = path / PACKAGE / "templates"
    folder.mkdir(parents=True)
    (path / PACKAGE / "__init__.py").touch()
    (folder / "page.html").write_text(TEMPLATE)
    (folder / "page.md").write_text(TEMPLATE)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(path)
        yield
    sys.modules.pop(PACKAGE, None)


def test_html_is_escaped_once() -> None:
    safe = "&lt;b&gt; &amp; &quot;two&quot; &#x27;quotes&#x27; {{ x }}"
    assert render(PACKAGE, "page.html", rows=[EVIL, 0, 3]) == f"{safe}, {safe}\n3, 3\n"


def test_markdown_is_not_escaped() -> None:
    assert render(PACKAGE, "page.md", rows=[EVIL, 0, 3]) == f"{EVIL}, {EVIL}\n3, 3\n"


@pytest.mark.parametrize("name", ["page.html", "page.md"])
def test_a_missing_value_is_an_error(name: str) -> None:
    with pytest.raises(UndefinedError, match=r"^'rows' is undefined$"):
        render(PACKAGE, name)
