"""Run a kernel over fixed chunks of rows on a pool of threads, each thread with its own integer sums.

Sums are of whole numbers, so the answer does not depend on the number of threads, on the chunk size, or on which thread
took which chunk.
"""

import queue
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

CHUNK = 8192

Arrays = tuple[NDArray[np.int64], ...]


class Blocks:
    """Threads with scratch space and sums.

    Parameters
    ----------
    threads : number of threads, 1 or more.
    work : makes the scratch space of one thread.
    totals : makes the zeroed sums of one thread.
    chunk : rows of one piece of work; any value gives the same answer.
    """

    def __init__(
        self, threads: int, work: Callable[[], object], totals: Callable[[], Arrays], chunk: int = CHUNK
    ) -> None:
        self.chunk = chunk
        self._desks = [(work(), totals()) for _ in range(threads)]
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def run(self, rows: int, kernel: Callable[[int, int, object, Arrays], None]) -> Arrays:
        """Call ``kernel(first, last, work, totals)`` for each chunk and return the sums over all of them."""
        for _, totals in self._desks:
            for array in totals:
                array[...] = 0
        starts = range(0, rows, self.chunk)
        if self._pool is None or len(starts) == 1:
            work, totals = self._desks[0]
            for first in starts:
                kernel(first, min(first + self.chunk, rows), work, totals)
            return tuple(array.copy() for array in totals)
        self._spread(starts, rows, kernel)
        return tuple(np.sum(parts, axis=0) for parts in zip(*(totals for _, totals in self._desks), strict=True))

    def _spread(self, starts: range, rows: int, kernel: Callable[[int, int, object, Arrays], None]) -> None:
        assert self._pool is not None
        left: queue.SimpleQueue[int] = queue.SimpleQueue()
        for first in starts:
            left.put(first)

        def take(desk: tuple[object, Arrays]) -> None:
            while True:
                try:
                    first = left.get_nowait()
                except queue.Empty:
                    return
                kernel(first, min(first + self.chunk, rows), *desk)

        for future in [self._pool.submit(take, desk) for desk in self._desks]:
            future.result()

    def close(self) -> None:
        """Stop the threads."""
        if self._pool is not None:
            self._pool.shutdown()
