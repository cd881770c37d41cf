"""The format of all tables."""

from rich.table import Table


def new_table(*columns: str) -> Table:
    """A table with these headings; a trailing `>` right-aligns a column of numbers."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column.rstrip(">"), justify="right" if column.endswith(">") else "left")
    return table
