"""All that can change in an object, found by walking it: no list of names that somebody might forget to extend."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

LEAVES = (np.ndarray, bool, int, float, str, np.generic, type(None))
OURS = ("sim.", "tests.support.")
OWNERS = ("model", "_model")  # of a part: the whole, which is walked from its own end


def walked(thing: Any, path: str = "", seen: set[int] | None = None) -> Iterator[tuple[str, Any]]:
    """Yield each number, text and array below an object of the model with the path to it, each object once."""
    seen = set() if seen is None else seen
    if isinstance(thing, LEAVES):
        yield path, thing
    elif id(thing) not in seen:
        seen.add(id(thing))
        if isinstance(thing, Mapping):
            named = [(key if isinstance(key, str | int) else place) for place, key in enumerate(thing)]
            parts = [(f"{path}[{name}]", part) for name, part in zip(named, thing.values(), strict=True)]
        elif isinstance(thing, list | tuple):
            parts = [(f"{path}[{place}]", part) for place, part in enumerate(thing)]
        elif type(thing).__module__.startswith(OURS):
            owned = vars(thing) if hasattr(thing, "__dict__") else {}
            parts = [(f"{path}.{name}", part) for name, part in owned.items() if name not in OWNERS]
        else:
            parts = []
        for name, part in parts:
            yield from walked(part, name, seen)


def differences(one: Any, other: Any) -> list[str]:
    """Return the paths at which two objects of one kind hold different values, or one of them none."""
    first, second = dict(walked(one)), dict(walked(other))
    alone = sorted(set(first) ^ set(second))
    return alone + [path for path in first if path in second and not _same(first[path], second[path])]


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray) and one.dtype.names:
        return one.dtype == other.dtype and all(_same(one[name], other[name]) for name in one.dtype.names)
    nan = np.asarray(one).dtype.kind == "f" and np.asarray(other).dtype.kind == "f"
    return bool(np.array_equal(one, other, equal_nan=nan))
