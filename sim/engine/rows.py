"""Tables that grow without a copy: behind their rows they have room, which takes no memory until it is written."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOM = 2  # rows for which there is room, per row at the start
Rows = NDArray[Any]


def roomy(rows: int, dtype: np.dtype) -> Rows:
    """Return rows of zeros, with room behind them."""
    return np.zeros(ROOM * rows, dtype=dtype)[:rows]


def copied(table: Rows, rows: int | None = None) -> Rows:
    """Return a copy, with room behind it; at the end rows of zeros, if more are asked for."""
    copy = roomy(len(table) if rows is None else rows, table.dtype)
    whole = np.dtype((np.void, table.dtype.itemsize))  # whole rows are copied many times faster than field by field
    copy.view(whole)[: len(table)] = table.view(whole)
    return copy


def grown(table: Rows, more: int) -> Rows:
    """Return the table with more rows of zeros, in the room behind it where there is enough.

    Only who holds the table alone may let it grow: it shares its memory with the one before.
    """
    rows, owner = len(table) + more, table.base
    if not isinstance(owner, np.ndarray) or owner.dtype != table.dtype or owner.ctypes.data != table.ctypes.data:
        return copied(table, rows)
    return owner[:rows] if len(owner) >= rows else copied(table, rows)
