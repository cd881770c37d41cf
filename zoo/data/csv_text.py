"""The user's own texts: CSV files with a row a text."""

from zoo.core.errors import DataError
from zoo.core.tables import read_csv
from zoo.data import csv_files
from zoo.data.records import TextSet
from zoo.recipe.data import CsvData


def load_text(spec: CsvData) -> TextSet:
    """Reads texts, and their labels if the recipe names a column of them, from CSV files.

    Args:
        spec: files and columns.

    Raises:
        DataError: a file, column or cell is missing or wrong; names the file, the line and the column.
    """
    if not spec.text:
        raise DataError("data.text: expected the column with the text, got none. Name it.")
    files = csv_files.expand(spec.csv)
    texts: list[str] = []
    labels: list[str] = []
    groups: list[str] = []
    given: list[str] = []
    for path in files:
        table = read_csv(path)
        texts += csv_files.filled(table, spec.text)
        labels += csv_files.filled(table, spec.label) if spec.label else []
        groups += csv_files.filled(table, spec.group) if spec.group else []
        given += csv_files.splits(table, spec.split_column) if spec.split_column else []
    names = csv_files.label_names(spec.label, [labels]) if spec.label else ()
    if len(names) == 1:
        raise DataError(
            f"data.label: expected at least 2 different labels, got only '{names[0]}'. Add texts of others."
        )
    about = csv_files.about(files)
    return TextSet(
        name=about.name,
        texts=texts,
        labels=csv_files.label_numbers(labels, names) if spec.label else None,
        label_names=names,
        groups=groups if spec.group else None,
        given=given if spec.split_column else None,
        parts=None,
        about=about,
    )
