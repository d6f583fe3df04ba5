"""Run a kernel over fixed chunks of rows on a pool of threads, each thread with its own integer sums.

Sums are of whole numbers, so the result does not depend on the number of threads, the chunk size, or the order of
chunks.
"""

import queue
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Ints
from sim.engine.by_parts import Found, at_once
from sim.engine.sums import move_all

CHUNK = 8192  # rows below which another thread does not pay
LEAST = 2048  # rows of the last pieces of work: no thread waits long for another

Sums = tuple[Ints, ...]
ThreadSums = tuple[tuple[Any, ...], Sums]  # what the kernel takes, and the same memory as arrays
Kernel = Callable[[int, int, Any], None]
PARTS = 4  # of a table for each thread, so that one that falls behind does not hold up all


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
    """Threads, each with working arrays and sums of its own, which it keeps; the sums of all are new in each run.

    Parameters
    ----------
    threads : number of threads, 1 or more.
    room : makes the working arrays of one thread.
    sums : makes sums of 0.
    chunk : rows below which one thread does all; any value gives the same result.
    """

    def __init__(
        self,
        threads: int,
        room: Callable[[], tuple[Any, ...]],
        sums: Callable[[], ThreadSums],
        chunk: int = CHUNK,
    ) -> None:
        self.chunk = chunk
        self._rooms = [room() for _ in range(threads)]
        self._sums = sums
        self._clear: list[ThreadSums] = []  # of threads that have added theirs to those of all
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
        return self._spread(pieces(rows, len(self._rooms), min(LEAST, self.chunk)), kernel, meanwhile)

    def by_parts(self, table: NDArray[Any], work: Callable[[NDArray[Any]], Found]) -> list[Found]:
        """Return what ``work`` finds in each part of a table, in the order of its rows."""
        if self._pool is None or len(table) <= self.chunk:
            return at_once(table, work)
        rows = max(self.chunk, -(-len(table) // (PARTS * len(self._rooms))))
        table = table.view(np.ndarray)  # whose parts are quicker to cut, and to hand to compiled code
        return list(self._pool.map(work, (table[first : first + rows] for first in range(0, len(table), rows))))

    def aside(self, work: Callable[[], object]) -> None:
        """Begin work on another thread, if there is one: work that whoever needs it does where it was not begun."""
        if self._pool is not None:
            self._pool.submit(work)

    def _spread(self, chunks: list[tuple[int, int]], kernel: Kernel, meanwhile: Callable[[], object]) -> Sums:
        """Let all threads take pieces of work; whoever finds none left adds its sums to those of all."""
        assert self._pool is not None
        left: queue.SimpleQueue[tuple[int, int] | None] = queue.SimpleQueue()
        for chunk in (*chunks, *[None] * len(self._rooms)):
            left.put(chunk)
        of_all = Lock()

        def take(room: tuple[Any, ...], clear: ThreadSums | None) -> None:
            taken, sums = clear or self._sums()
            while (chunk := left.get()) is not None:
                kernel(*chunk, (*room, *taken))
            with of_all:
                move_all(total, sums)
            self._clear.append((taken, sums))  # not after a fault, which leaves numbers in them

        with of_all:
            clear = [*self._clear, *[None] * len(self._rooms)]
            self._clear = []
            working = [self._pool.submit(take, *of_thread) for of_thread in zip(self._rooms, clear, strict=False)]
            _, total = self._sums()  # while threads work: to clear megabytes takes as long as a thousand members
        meanwhile()
        for future in working:
            future.result()
        return total

    def close(self, wait: bool = True) -> None:
        """Stop the threads; a finalizer, which may run in one of them, does not wait for them."""
        if self._pool is not None:
            self._pool.shutdown(wait)
