"""Look at a table part by part, or at all of it at once where there is one thread."""

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

from numpy.typing import NDArray

Found = TypeVar("Found")
ByParts: TypeAlias = Callable[[NDArray[Any], Callable[[NDArray[Any]], Any]], list[Any]]


def at_once(table: NDArray[Any], work: Callable[[NDArray[Any]], Found]) -> list[Found]:
    """Return what ``work`` finds in a table, in the form of ``Blocks.by_parts``."""
    return [work(table)]
