"""The folder that holds what ccosim keeps from one day to the next."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows has none
    fcntl = None  # type: ignore[assignment]

CAN_LOCK = fcntl is not None
LOCK = "lock"


def kept_folder() -> Path | None:
    """Return the folder, which may not exist yet; None where it lies in the home of nobody, as in some containers."""
    root = os.environ.get("CCOSIM_CACHE") or os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    try:
        return Path(root).expanduser() / "ccosim"
    except RuntimeError:
        return None


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Wait until no other process of this machine is here; where files cannot be locked, nobody waits."""
    with ExitStack() as held:
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)  # somebody may have cleared the cache
            file = held.enter_context((folder / LOCK).open("a"))
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX)
        yield
