"""Who comes first when places are short. So far a lottery; other rankings go here, one function each."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


def first_in_each_area(
    areas: NDArray[np.integer[Any]], rank: NDArray[np.float64], keys: NDArray[np.uint64], limits: NDArray[np.int64]
) -> Rows:
    """Return the positions of the first ``limits[area]`` of each area, by rank (lowest first) and then by key.

    Whether a member is first depends on that member's own rank and on those with a lower one, not on the order of rows.
    """
    order: Rows = np.lexsort((keys, rank, areas))
    of_area = areas[order]
    beginning = np.searchsorted(of_area, np.arange(limits.size))
    position = np.arange(order.size) - beginning[of_area]
    first: Rows = order[position < limits[of_area]]
    return first
