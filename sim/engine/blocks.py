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

CHUNK = 8192  # rows below which another thread does not pay
LEAST = 2048  # rows of the last pieces of work: no thread waits long for another

Sums = tuple[Ints, ...]
Kernel = Callable[[int, int, Any], None]
Found = TypeVar("Found")
PARTS = 4  # of a table for each thread, so that one that falls behind does not hold up all
ByParts: TypeAlias = Callable[[NDArray[Any], Callable[[NDArray[Any]], Any]], list[Any]]


def at_once(table: NDArray[Any], work: Callable[[NDArray[Any]], Found]) -> list[Found]:
    """Return what ``work`` finds in a table, in the form of ``Blocks.by_parts``."""
    return [work(table)]


def pieces(rows: int, threads: int, least: int) -> list[tuple[int, int]]:
    """Return where each piece of work begins and ends: half of a thread's part of what is left.

    The first are large, as each call costs something; the last are small, so that all threads end together.
    """
    found = []
    first = 0
    while first < rows:
        last = min(rows, first + max(least, (rows - first) // (2 * threads)))
        found.append((first, last))
        first = last
    return found


class Blocks:
    """Threads, each with working arrays of its own, which it keeps, and sums, which are new in each run.

    Parameters
    ----------
    threads : number of threads, 1 or more.
    room : makes the working arrays of one thread.
    sums : makes sums of 0: what the kernel takes, and the same memory as arrays.
    chunk : rows below which one thread does all; any value gives the same result.
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

    def run(self, rows: int, kernel: Kernel, meanwhile: Callable[[], object] = lambda: None) -> Sums:
        """Call ``kernel(first, last, (*room, *sums))`` for each chunk of rows and return the sums over all of them.

        Parameters
        ----------
        meanwhile : what this thread does while others work; it may not touch what the kernel writes.
        """
        if self._pool is None or rows <= self.chunk:
            taken, sums = self._sums()
            kernel(0, rows, (*self._rooms[0], *taken))  # in one call: between two another run may hold the interpreter
            meanwhile()
            return sums
        chunks = pieces(rows, len(self._rooms), min(LEAST, self.chunk))
        return self._added(self._spread(chunks, kernel, meanwhile))

    def by_parts(self, table: NDArray[Any], work: Callable[[NDArray[Any]], Found]) -> list[Found]:
        """Return what ``work`` finds in each part of a table, in the order of its rows."""
        if self._pool is None or len(table) <= self.chunk:
            return at_once(table, work)
        rows = max(self.chunk, -(-len(table) // (PARTS * len(self._rooms))))
        return list(self._pool.map(work, (table[first : first + rows] for first in range(0, len(table), rows))))

    def _spread(self, chunks: list[tuple[int, int]], kernel: Kernel, meanwhile: Callable[[], object]) -> list[Sums]:
        """Return the sums of each thread."""
        assert self._pool is not None
        left: queue.SimpleQueue[tuple[int, int] | None] = queue.SimpleQueue()
        for chunk in (*chunks, *[None] * len(self._rooms)):
            left.put(chunk)

        def take(room: tuple[Any, ...]) -> Sums:
            taken, sums = self._sums()  # here: to clear megabytes takes as long as a thousand members
            while (chunk := left.get()) is not None:
                kernel(*chunk, (*room, *taken))
            return sums

        working = [self._pool.submit(take, room) for room in self._rooms]
        meanwhile()
        return [future.result() for future in working]

    def _added(self, sums: list[Sums]) -> Sums:
        """Return the sums of all threads; each thread adds up a part of the rows of each array."""
        assert self._pool is not None
        first, *others = sums

        def add(part: slice) -> None:
            for other in others:
                for total, more in zip(first, other, strict=True):
                    total[part] += more[part]

        list(self._pool.map(add, (slice(k, None, len(sums)) for k in range(len(sums)))))
        return first

    def close(self, wait: bool = True) -> None:
        """Stop the threads; a finalizer, which may run in one of them, does not wait for them."""
        if self._pool is not None:
            self._pool.shutdown(wait)
