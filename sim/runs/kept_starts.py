"""Starts that are kept on disk: the people of a seed after their warm-up are made once, for every study to come.

A file is named by everything that decides its content: population, warm-up, numbers, seed, data, code, versions. So it
need never be renewed. Files that were used longest ago make room for others. ``CCOSIM_STARTS`` is the most megabytes
that they may take; 0 keeps none.
"""

from __future__ import annotations

import errno
import logging
import os
from functools import lru_cache
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from sim.engine.compile import IS_TEMPORARY, JIT, cache_root, versions
from sim.model import begin
from sim.scenario.digests import digest_of
from sim.start import Start, origin_of
from sim.study.atomic import read_plain, sweep, write_whole
from sim.study.errors import StudyError
from sim.study.starts import as_bytes, depends_on, from_bytes

if TYPE_CHECKING:
    from sim.scenario import Scenario

FOLDER, SUFFIX = "starts", ".npz"
MEGABYTE = 1_000_000
MOST_MEGABYTES = 1000
SETTING = "CCOSIM_STARTS"
WORTH_KEEPING = 1.0  # seconds: a small start is made as quickly as it is read


def start_of(scenario: Scenario, seed: int) -> Start:
    """Return the start of a run: the one that is kept, or a fresh one, which is then kept."""
    if not limit():
        return begin(scenario, seed)
    file = folder() / f"{_key(scenario, seed)}{SUFFIX}"
    found = _found(file, scenario, seed)
    if found is None:
        began = perf_counter()
        found = begin(scenario, seed)
        if perf_counter() - began >= WORTH_KEEPING:
            _keep(found, file)
    return found


def folder() -> Path:
    """Return the folder of the starts, which may not exist yet."""
    return cache_root() / FOLDER


def limit() -> int:
    """Return the most bytes that starts may take; 0 where none are kept."""
    if IS_TEMPORARY:
        return 0
    text = os.environ.get(SETTING, "")
    return (int(text) if text.isdecimal() else MOST_MEGABYTES) * MEGABYTE


def kept() -> list[Path]:
    """Return the files, those that were used longest ago first."""
    files = [file for file in folder().glob(f"*{SUFFIX}") if not folder().is_symlink() and not file.is_symlink()]
    return sorted(files, key=_used)


def clear() -> int:
    """Remove every start, and return how many there were."""
    files = kept()
    for file in files:
        file.unlink(missing_ok=True)
    if not folder().is_symlink():
        sweep(folder())
    return len(files)


def _used(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:  # another process has removed it
        return 0.0


def _key(scenario: Scenario, seed: int) -> str:
    return digest_of({"start": depends_on(origin_of(scenario), seed), "versions": versions(), "compiled": JIT})


def _found(file: Path, scenario: Scenario, seed: int) -> Start | None:
    try:
        if file.parent.is_symlink():
            raise OSError(errno.ELOOP, "is a link", str(file.parent))
        start = from_bytes(read_plain(file), file, scenario, seed)
        os.utime(file, follow_symlinks=False)
    except FileNotFoundError:
        return None
    except (OSError, StudyError) as fault:
        _say(f"{fault}; the start is made again")
        return None
    return start


def _keep(start: Start, file: Path) -> None:
    """Write a start, and remove those used longest ago where there are too many; no run fails for it."""
    data = as_bytes(start)
    if len(data) > limit():
        return
    try:
        file.parent.mkdir(exist_ok=True)
        write_whole(file, data)
        _make_room()
    except OSError as fault:
        _say(f"{fault}; starts are not kept")


def _make_room() -> None:
    files = kept()
    total = sum(file.stat().st_size for file in files)
    for file in files:
        if total <= limit():
            break
        total -= file.stat().st_size
        file.unlink(missing_ok=True)


@lru_cache(maxsize=64)
def _say(text: str) -> None:
    """Say it once in a process."""
    logging.getLogger("ccosim").warning("ccosim: %s", text)
