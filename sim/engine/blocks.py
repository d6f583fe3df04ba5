"""Run a kernel over fixed chunks of rows on a pool of threads, each thread with its own integer sums.

Sums are of whole numbers, so the result does not depend on the number of threads, the chunk size, or the order of
chunks.
"""

import queue
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from sim.engine.arrays import Ints

CHUNK = 8192

Sums = tuple[Ints, ...]
Kernel = Callable[[int, int, Any], None]


class Blocks:
    """Threads, each with scratch space: the argument of the kernel (working arrays and sums), and the sums as arrays.

    Parameters
    ----------
    threads : number of threads, 1 or more.
    scratch : makes the scratch space of one thread.
    chunk : rows of one piece of work; any value gives the same result.
    """

    def __init__(self, threads: int, scratch: Callable[[], tuple[Any, Sums]], chunk: int = CHUNK) -> None:
        self.chunk = chunk
        self._scratches = [scratch() for _ in range(threads)]
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def run(self, rows: int, kernel: Kernel) -> Sums:
        """Call ``kernel(first, last, scratch)`` for each chunk of rows and return the sums over all of them."""
        for _, sums in self._scratches:
            for array in sums:
                array[...] = 0
        if self._pool is None or rows <= self.chunk:
            scratch, sums = self._scratches[0]
            kernel(0, rows, scratch)  # in one call: between two chunks another run's thread may hold the interpreter
            return tuple(array.copy() for array in sums)
        chunks = [(first, min(first + self.chunk, rows)) for first in range(0, rows, self.chunk)]
        self._spread(chunks, kernel)
        return tuple(np.sum(parts, axis=0) for parts in zip(*(sums for _, sums in self._scratches), strict=True))

    def _spread(self, chunks: list[tuple[int, int]], kernel: Kernel) -> None:
        assert self._pool is not None
        left: queue.SimpleQueue[tuple[int, int] | None] = queue.SimpleQueue()
        for chunk in (*chunks, *[None] * len(self._scratches)):
            left.put(chunk)

        def take(scratch: Any) -> None:
            while (chunk := left.get()) is not None:
                kernel(*chunk, scratch)

        for future in [self._pool.submit(take, scratch) for scratch, _ in self._scratches]:
            future.result()

    def close(self, wait: bool = True) -> None:
        """Stop the threads; a finalizer, which may run in one of them, does not wait for them."""
        if self._pool is not None:
            self._pool.shutdown(wait)
