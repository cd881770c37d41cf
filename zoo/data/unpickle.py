"""Reads pickled pandas tables without pandas and without executing anything in the file.

A pickle is a small program that names functions to call. Here every name that the real file uses is replaced by an
object that only keeps data, and any other name is refused.
"""

import codecs
import pickle
from gzip import GzipFile
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

#: Errors raised when reading a pickle of another layout, or a file that is not a pickle.
BROKEN_PICKLE = (pickle.UnpicklingError, EOFError, LookupError, AttributeError, TypeError, ValueError, ImportError)


class Inert:
    """Replaces a pandas object: keeps its state, and does nothing."""

    state: Any = None

    def __setstate__(self, state: Any) -> None:
        """Keeps the state of the pickled object."""
        self.state = state


def _blank(*args: Any) -> Inert:
    return Inert()


def _index(kind: Any, state: Any) -> Inert:
    index = Inert()
    index.state = state
    return index


def _latin1(text: str, encoding: str) -> bytes:
    """Decodes bytes as old pickles write them; other codecs could have side effects, so they are refused."""
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"codec {encoding}")
    return codecs.encode(text, "latin1")


#: Every name that the pickle may use -> its replacement. numpy's own unpickling function has moved between versions,
#: so it is taken from an array.
ALLOWED: dict[tuple[str, str], Any] = {
    ("copy_reg", "_reconstructor"): _blank,
    ("__builtin__", "object"): object,
    ("__builtin__", "slice"): slice,
    ("_codecs", "encode"): _latin1,
    ("numpy", "dtype"): np.dtype,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy.core.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0],
    ("pandas.core.frame", "DataFrame"): Inert,
    ("pandas.core.internals.managers", "BlockManager"): Inert,
    ("pandas.core.indexes.base", "Index"): Inert,
    ("pandas.core.indexes.base", "_new_Index"): _index,
    ("pandas.core.indexes.range", "RangeIndex"): Inert,
}


class _TableUnpickler(pickle.Unpickler):
    """Reads pickled pandas tables as inert objects; refuses every name that is not in `ALLOWED`."""

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        """The replacement for a name.

        Raises:
            pickle.UnpicklingError: the name is not in `ALLOWED`.
        """
        try:
            return ALLOWED[module_name, global_name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module_name}.{global_name} is not allowed in a data file") from None


def unpickled_tables(stream: IO[bytes] | GzipFile) -> Any:
    """The pickled value, with an `Inert` object for each pandas object.

    Raises:
        pickle.UnpicklingError: the pickle uses a name that is not in `ALLOWED`.
    """
    return _TableUnpickler(stream).load()


def columns(table: Inert) -> dict[str, NDArray[Any]]:
    """Name -> (rows,) values of one table. Pandas keeps blocks (columns, rows) and the column names of each block."""
    _, blocks, items, *_ = table.state["_data"].state
    return {
        str(name): row
        for block, names in zip(blocks, items, strict=True)
        for name, row in zip(names.state["data"], block, strict=True)
    }
