"""Tables as bytes: Parquet for programs, CSV for people and their spreadsheets."""

import csv
import io
import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from sim.engine.arrays import Frame

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")


def parquet(frame: Frame) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False, compression="zstd")
    return buffer.getvalue()


def read_parquet(data: bytes, columns: Sequence[str] = (), **equal: Any) -> Frame:
    """The table, or only the rows in which each named column has the given value (or one of a list of values).

    Raises
    ------
    ValueError
        If it is no Parquet file, has no rows, or lacks one of ``columns``.
    """
    import pandas as pd
    import pyarrow.parquet as pq

    about = pq.read_metadata(io.BytesIO(data))
    _check_columns(about.schema.names, columns)
    if about.num_rows == 0:
        raise ValueError("it has no rows")

    filters = [(column, "in" if isinstance(v, list | tuple) else "==", v) for column, v in equal.items()]
    return pd.read_parquet(io.BytesIO(data), filters=filters or None)


def _check_columns(found: Iterable[str], wanted: Sequence[str]) -> None:
    if missing := sorted(set(wanted) - set(found)):
        raise ValueError(f"it has no column {', '.join(missing)}")


def write_csv(frame: Frame) -> bytes:
    """CSV with numbers as they are, nothing for what is not known, and text that no spreadsheet takes for a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(frame.columns)
    writer.writerows(zip(*(_cells(column) for _, column in frame.items()), strict=True))
    return buffer.getvalue().encode()


def _cells(column: Any) -> list[Any]:
    """Return the cells of a column; most are numbers, or a few words again and again."""
    values: list[Any] = column.tolist()
    kind = column.dtype.kind if isinstance(column.dtype, np.dtype) else "O"
    if kind in "iub":
        return values  # written as `cell` writes them, here and below
    if kind == "f":
        return [value if known else "" for value, known in zip(values, np.isfinite(column).tolist(), strict=True)]
    if all(type(value) is str for value in values):
        known = {word: cell(word) for word in set(values)}
        return [known[word] for word in values]
    return [cell(value) for value in values]


def read_csv(data: bytes, text: tuple[str, ...], columns: Sequence[str] = ()) -> Frame:
    """The table; ``text`` names the columns that hold words, in which an empty cell is the empty word.

    Raises
    ------
    ValueError
        If it is no table, holds words where numbers belong, or lacks one of ``columns``.
    """
    import pandas as pd

    frame = pd.read_csv(io.BytesIO(data), keep_default_na=False, dtype=str)
    _check_columns(frame.columns, columns)
    numbers = [column for column in frame.columns if column not in text]
    return frame.assign(**{column: pd.to_numeric(frame[column]) for column in numbers})


def cell(value: Any) -> str:
    """One cell of a CSV file."""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    return repr(float(value)) if isinstance(value, float) else str(value)
