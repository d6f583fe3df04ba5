"""Type names for arrays and for a data frame."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Cents: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]
Keys: TypeAlias = NDArray[np.uint64]
Rows: TypeAlias = Ints  # numbers of rows of a table
Table: TypeAlias = NDArray[Any]  # numbers of any type
Frame: TypeAlias = Any  # a pandas DataFrame: only functions that make one import pandas
