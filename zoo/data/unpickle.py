"""Pickled pandas tables, read without pandas and without running anything that is in the file.

A pickle is a little program that names functions to call. Here every name that the real file uses stands for
something that only keeps data, and any other name is refused.
"""

import codecs
import pickle
from gzip import GzipFile
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

#: What reading a pickle of another layout, or no pickle at all, can raise.
BROKEN_PICKLE = (pickle.UnpicklingError, EOFError, LookupError, AttributeError, TypeError, ValueError, ImportError)


class Inert:
    """Stands for a pandas object: keeps what it was built from, does nothing."""

    state: Any = None

    def __setstate__(self, state: Any) -> None:
        """Keeps what the object was made of."""
        self.state = state


def _blank(*args: Any) -> Inert:
    return Inert()


def _index(kind: Any, state: Any) -> Inert:
    index = Inert()
    index.state = state
    return index


def _latin1(text: str, encoding: str) -> bytes:
    """How old pickles write bytes; any other codec could do more than that."""
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"codec {encoding}")
    return codecs.encode(text, "latin1")


#: Every name that the pickle may call, and what is called instead. numpy's own pickle function has moved between its
#: versions, so it is asked of an array.
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
        """The stand-in for a name.

        Raises:
            pickle.UnpicklingError: the name is not in `ALLOWED`.
        """
        try:
            return ALLOWED[module_name, global_name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module_name}.{global_name} is not allowed in a data file") from None


def unpickled_tables(stream: IO[bytes] | GzipFile) -> Any:
    """What was pickled, with an `Inert` object for each pandas object.

    Raises:
        pickle.UnpicklingError: the pickle calls for a name that is not in `ALLOWED`.
    """
    return _TableUnpickler(stream).load()


def columns(table: Inert) -> dict[str, NDArray[Any]]:
    """Name -> (rows,) of one table. Pandas keeps blocks (columns, rows), and the names of each block's columns."""
    _, blocks, items, *_ = table.state["_data"].state
    return {
        str(name): row
        for block, names in zip(blocks, items, strict=True)
        for name, row in zip(names.state["data"], block, strict=True)
    }
