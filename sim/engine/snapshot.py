"""Snapshots: the state of an organization as named arrays, which restore it to the bit."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

Saved = dict[str, NDArray[Any]]


class Remembering:
    """Has attributes, named in ``REMEMBERED``, on which the months to come depend.

    Each is an array, a number, a part that remembers itself, a dictionary of these, or None where a run has no such
    part. The names of a part's arrays begin with the name of the part.
    """

    REMEMBERED: ClassVar[tuple[str, ...]]

    def snapshot(self) -> Saved:
        """Return what the months to come depend on."""
        return _saved({name: getattr(self, name) for name in self.REMEMBERED})

    def restore(self, kept: Saved) -> None:
        """Go on from a snapshot; a part that the saved run did not have stays as it is."""
        for name in self.REMEMBERED:
            setattr(self, name, _restored(getattr(self, name), name, kept))


def part_of(kept: Mapping[str, NDArray[Any]], part: str, separator: str = ".") -> Saved:
    """Return the arrays whose names begin with ``part`` and the separator, without both."""
    prefix = part + separator
    return {name.removeprefix(prefix): array for name, array in kept.items() if name.startswith(prefix)}


def prefixed(part: str, kept: Mapping[str, NDArray[Any]], separator: str = ".") -> Saved:
    """Return the arrays with ``part`` and the separator before their names."""
    return {f"{part}{separator}{name}": array for name, array in kept.items()}


def _saved(values: Mapping[str, Any]) -> Saved:
    kept: Saved = {}
    for name, value in values.items():
        if isinstance(value, Remembering):
            kept |= prefixed(name, value.snapshot())
        elif isinstance(value, dict):
            kept |= prefixed(name, _saved(value))
        elif value is not None:
            kept[name] = np.array(value)
    return kept


def _restored(now: Any, name: str, kept: Saved) -> Any:
    """Return a value as it was kept; numbers come back as the numbers that they were."""
    if isinstance(now, Remembering):
        if part := part_of(kept, name):
            now.restore(part)
        return now
    if isinstance(now, dict):
        parts = part_of(kept, name)
        return {key: _restored(value, key, parts) for key, value in now.items()}
    if now is None:
        return None
    array = np.array(kept[name])
    return array if array.ndim else array.item()
