"""Run a kernel over fixed chunks of rows on a pool of threads, each thread with its own integer sums.

Sums are of whole numbers, so the result does not depend on the number of threads, the chunk size, or the order of
chunks.
"""

import queue
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias, TypeVar

from numpy.typing import NDArray

from sim.engine.arrays import Ints

CHUNK = 8192

Sums = tuple[Ints, ...]
Kernel = Callable[[int, int, Any], None]
Found = TypeVar("Found")
PARTS = 4  # of a table for each thread, so that one that falls behind does not hold up all
ByParts: TypeAlias = Callable[[NDArray[Any], Callable[[NDArray[Any]], Any]], list[Any]]


def at_once(table: NDArray[Any], work: Callable[[NDArray[Any]], Found]) -> list[Found]:
    """Return what ``work`` finds in a table, in the form of ``Blocks.by_parts``."""
    return [work(table)]


class Blocks:
    """Threads, each with working arrays of its own, which it keeps, and sums, which are new in each run.

    Parameters
    ----------
    threads : number of threads, 1 or more.
    room : makes the working arrays of one thread.
    sums : makes sums of 0: what the kernel takes, and the same memory as arrays.
    chunk : rows of one piece of work; any value gives the same result.
    """

    def __init__(
        self,
        threads: int,
        room: Callable[[], tuple[Any, ...]],
        sums: Callable[[], tuple[tuple[Any, ...], Sums]],
        chunk: int = CHUNK,
    ) -> None:
        self.chunk = chunk
        self._rooms = [room() for _ in range(threads)]
        self._sums = sums
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def run(self, rows: int, kernel: Kernel) -> Sums:
        """Call ``kernel(first, last, (*room, *sums))`` for each chunk of rows and return the sums over all of them."""
        if self._pool is None or rows <= self.chunk:
            taken, sums = self._sums()
            kernel(0, rows, (*self._rooms[0], *taken))  # in one call: between two another run may hold the interpreter
            return sums
        chunks = [(first, min(first + self.chunk, rows)) for first in range(0, rows, self.chunk)]
        made = [self._sums() for _ in self._rooms]
        self._spread(chunks, kernel, [(*room, *taken) for room, (taken, _) in zip(self._rooms, made, strict=True)])
        first, *others = (sums for _, sums in made)
        for other in others:
            for total, part in zip(first, other, strict=True):
                total += part
        return first

    def by_parts(self, table: NDArray[Any], work: Callable[[NDArray[Any]], Found]) -> list[Found]:
        """Return what ``work`` finds in each part of a table, in the order of its rows."""
        if self._pool is None or len(table) <= self.chunk:
            return at_once(table, work)
        rows = max(self.chunk, -(-len(table) // (PARTS * len(self._rooms))))
        return list(self._pool.map(work, (table[first : first + rows] for first in range(0, len(table), rows))))

    def _spread(self, chunks: list[tuple[int, int]], kernel: Kernel, scratches: list[tuple[Any, ...]]) -> None:
        assert self._pool is not None
        left: queue.SimpleQueue[tuple[int, int] | None] = queue.SimpleQueue()
        for chunk in (*chunks, *[None] * len(scratches)):
            left.put(chunk)

        def take(scratch: Any) -> None:
            while (chunk := left.get()) is not None:
                kernel(*chunk, scratch)

        for future in [self._pool.submit(take, scratch) for scratch in scratches]:
            future.result()

    def close(self, wait: bool = True) -> None:
        """Stop the threads; a finalizer, which may run in one of them, does not wait for them."""
        if self._pool is not None:
            self._pool.shutdown(wait)
