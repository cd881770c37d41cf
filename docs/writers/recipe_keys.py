"""The reference of a recipe's keys, from its schema."""

from collections.abc import Iterator

from zoo.recipe.keys import Key, Section, forms_in_words, sections
from zoo.tasks import TASKS


def recipe_keys() -> str:
    """A table for each section of a recipe."""
    return "\n".join(line for section in sections() for line in _section(section))


def _section(section: Section) -> Iterator[str]:
    yield f"### {f'`{section.path}`' if section.path else 'The recipe'} {{ #{section.path or 'recipe'} }}\n"
    yield section.meaning
    tasks = [f"`{name}`" for name, task in TASKS.items() if task.section and task.section.key == section.path]
    if tasks:
        yield f"\nOnly with task: {', '.join(tasks)}."
    yield ""
    if not section.keys:
        yield "It has no settings.\n"
        return
    yield "| Key | Meaning |\n|---|---|"
    yield from (_row(key) for key in section.keys)
    yield ""


def _row(key: Key) -> str:
    """Two columns, so that the table fits a phone: the key, and below its meaning values, default and example."""
    inside = any(section.path == key.path for section in sections())
    name = f"[`{key.name}`](#{key.path})" if inside else f'<span id="{key.path}"></span>`{key.name}`'
    forms = forms_in_words(key)
    meaning = f"{key.meaning} Only for {forms}." if forms else key.meaning
    values = f"{key.values}, in {key.unit}" if key.unit else key.values
    default = "**required**" if key.required else f"default: {key.default}" if key.default else "optional"
    example = f"; example: `{key.example}`" if key.example else ""
    return f"| {name} | {_cell(meaning)}<br>*Values:* {_cell(values)}; {_cell(default)}{_cell(example)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
