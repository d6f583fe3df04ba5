"""Snapshots: the state of an organization as named arrays, which restore it to the bit."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Saved = dict[str, NDArray[Any]]


def saved(owner: object, names: Sequence[str]) -> Saved:
    """Return copies of the named attributes (arrays or numbers) of ``owner``."""
    return {name: np.array(getattr(owner, name)) for name in names}


def restore(owner: object, names: Sequence[str], kept: Mapping[str, NDArray[Any]]) -> None:
    """Set the named attributes of ``owner`` from ``kept``; numbers come back as the numbers that they were."""
    for name in names:
        value = np.array(kept[name])
        setattr(owner, name, value if value.ndim else value.item())


def part_of(kept: Mapping[str, NDArray[Any]], part: str, separator: str = ".") -> Saved:
    """Return the arrays whose names begin with ``part`` and the separator, without both."""
    prefix = part + separator
    return {name.removeprefix(prefix): array for name, array in kept.items() if name.startswith(prefix)}


def prefixed(part: str, kept: Mapping[str, NDArray[Any]], separator: str = ".") -> Saved:
    """Return the arrays with ``part`` and the separator before their names."""
    return {f"{part}{separator}{name}": array for name, array in kept.items()}
