"""Keeps the memory of the server flat: what a run has freed goes back to the machine.

Runs and requests work in threads of their own, and the GNU C library gives each thread a heap that keeps what was
freed. With few heaps, large tables outside them, and a trim at the end of each run, the server holds little more than
its runs need. Other C libraries are left as they are.
"""

from __future__ import annotations

import ctypes
import sys

ARENA_MAX, MMAP_THRESHOLD = -8, -3  # of glibc's malloc.h
HEAPS, LARGE = 2, 1 << 20  # heaps of the process; bytes from which on a table lies outside them
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
_trim, _set = (getattr(_libc, name, None) for name in ("malloc_trim", "mallopt"))


def keep_flat() -> None:
    """Set few heaps; before the threads begin."""
    if _set is not None:
        _set(ARENA_MAX, HEAPS)
        _set(MMAP_THRESHOLD, LARGE)


def give_back() -> None:
    """Return freed memory; a few milliseconds."""
    if _trim is not None:
        _trim(0)
