"""Renders a package's Jinja templates: Markdown unescaped, HTML with every value escaped."""

import html
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_eval_context, select_autoescape
from jinja2.nodes import EvalContext
from markupsafe import Markup


def render(package: str, template: str, **values: object) -> str:
    """Renders a template.

    Args:
        package: the package whose folder `templates` holds it.
        template: its file name. Values in `.html` files are escaped, in others they are not.
        values: values of the template's variables; unused ones are ignored.

    Raises:
        jinja2.UndefinedError: the template uses a variable that `values` lacks.
    """
    return _environment(package).get_template(template).render(values)


@cache
def _environment(package: str) -> Environment:
    return Environment(
        loader=PackageLoader(package),
        autoescape=select_autoescape(enabled_extensions=["html"], default=False),
        undefined=StrictUndefined,
        finalize=_escaped,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@pass_eval_context
def _escaped(context: EvalContext, value: object) -> object:
    """Escapes a value so that it is safe between tags and within quotes.

    Uses the standard library's escapes (`&quot;`), where Jinja alone would write `&#34;`.
    """
    if not context.autoescape or isinstance(value, Markup):
        return value
    return Markup(html.escape(str(value), quote=True))
