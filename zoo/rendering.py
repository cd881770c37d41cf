"""Texts from the Jinja templates of a package: Markdown as it stands, HTML with every value escaped."""

import html
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_eval_context, select_autoescape
from jinja2.nodes import EvalContext
from markupsafe import Markup


def render(package: str, template: str, **values: object) -> str:
    """Fills in a template.

    Args:
        package: whose folder `templates` holds it.
        template: name of its file. What ends in `.html` is escaped, anything else is not.
        values: what the template names; it may leave some out.

    Raises:
        jinja2.UndefinedError: the template names what `values` do not hold.
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
    """Safe between tags and within quotes.

    Escaped as the standard library does it (`&quot;`), where Jinja alone would write `&#34;`.
    """
    if not context.autoescape or isinstance(value, Markup):
        return value
    return Markup(html.escape(str(value), quote=True))
