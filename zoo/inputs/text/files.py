"""The user's own texts: CSV files with one row per text."""

from zoo.core.progress import Progress
from zoo.core.tables import read_csv
from zoo.data import files as tables
from zoo.data.records import TextSet
from zoo.inputs.text.specs import TextFiles


def read(spec: TextFiles, progress: Progress) -> TextSet:
    """Reads texts from CSV files, with their labels if the recipe names a column for them.

    Args:
        spec: files and columns.
        progress: shows a bar that counts files.

    Raises:
        DataError: a file, column or cell is missing or wrong; names the file, the line and the column.
    """
    files = tables.expand(spec.files)
    texts: list[str] = []
    labels: list[str] = []
    groups: list[str] = []
    splits: list[str] = []
    with progress.bar("Reading CSV files", len(files), "files") as advance:
        for path in files:
            table = read_csv(path)
            texts += tables.filled(table, spec.text)
            labels += tables.filled(table, spec.label) if spec.label else []
            groups += tables.filled(table, spec.group) if spec.group else []
            splits += tables.splits(table, spec.split_column) if spec.split_column else []
            advance(1)
    names = tables.label_names(spec.label, [labels]) if spec.label else ()
    about = tables.about(files)
    return TextSet(
        name=about.name,
        texts=texts,
        labels=tables.label_numbers(labels, names) if spec.label else None,
        label_names=names,
        groups=groups if spec.group else None,
        splits=splits if spec.split_column else None,
        parts=None,
        about=about,
    )
