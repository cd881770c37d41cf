"""The one form that all tables have."""

from rich.table import Table


def new_table(*columns: str) -> Table:
    """A table with these headings; `>` at the end of one: numbers, set to the right."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        made.add_column(column.rstrip(">"), justify="right" if column.endswith(">") else "left")
    return made
