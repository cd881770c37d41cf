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
    yield "| Key | Values | Default | Meaning |\n|---|---|---|---|"
    yield from (_row(key) for key in section.keys)
    yield ""


def _row(key: Key) -> str:
    inside = any(section.path == key.path for section in sections())
    name = f"[`{key.name}`](#{key.path})" if inside else f'<span id="{key.path}"></span>`{key.name}`'
    values = f"{key.values}, in {key.unit}" if key.unit else key.values
    default = "**required**" if key.required else key.default or ("optional" if inside else "none")
    forms = forms_in_words(key)
    meaning = [key.meaning, f"Only for {forms}." if forms else "", f"Example: `{key.example}`" if key.example else ""]
    return "| " + " | ".join(_cell(cell) for cell in (name, values, default, " ".join(filter(None, meaning)))) + " |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
