"""The folder that holds what ccosim keeps from one day to the next."""

import os
from pathlib import Path


def kept_folder() -> Path | None:
    """Return the folder, which may not exist yet; None where it lies in the home of nobody, as in some containers."""
    root = os.environ.get("CCOSIM_CACHE") or os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    try:
        return Path(root).expanduser() / "ccosim"
    except RuntimeError:
        return None
