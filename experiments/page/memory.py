"""Gives memory back to the machine that a run has freed.

Runs end in threads of their own, and the C library keeps what each of them freed for later threads: without this, the
server holds about twice what its runs need.
"""

from __future__ import annotations

import ctypes
import sys

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
_trim = getattr(_libc, "malloc_trim", None)  # of glibc alone


def give_back() -> None:
    """Return freed memory, where the C library can; a few milliseconds."""
    if _trim is not None:
        _trim(0)
