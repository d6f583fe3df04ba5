"""What an organization must remember when a run stops: named arrays, out and in again, the same to the bit."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Saved = dict[str, NDArray[Any]]


def saved(owner: object, names: Sequence[str]) -> Saved:
    """Return copies of the named attributes (arrays or numbers) of ``owner``."""
    return {name: np.array(getattr(owner, name)) for name in names}


def restore(owner: object, names: Sequence[str], state: Mapping[str, NDArray[Any]]) -> None:
    """Set the named attributes of ``owner`` from ``state``; numbers come back as the numbers they were."""
    for name in names:
        value = np.array(state[name])
        setattr(owner, name, value if value.ndim else value.item())
