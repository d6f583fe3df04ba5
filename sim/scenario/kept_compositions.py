"""Compositions that are kept on disk: to load Hydra and to let it compose takes longer than to read what it made.

A file is named by everything that decides its content: the files that Hydra may read, the choices, the versions. So it
need never be renewed. A file that cannot be read or written changes nothing: the scenario is composed again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sim.engine.kept_folder import kept_folder

FOLDER, SUFFIX = "compositions", ".json"
MOST = 500  # files, of some ten kilobytes each; before one more is kept, all are let go
LIBRARIES = ("hydra-core", "omegaconf")


def kept_or_made(conf: Path, files: Iterable[Path], picked: Sequence[str], make: Callable[[], dict[str, Any]]) -> Any:
    """Return the composition that is kept, or the one that ``make`` returns, which is then kept.

    Parameters
    ----------
    conf : the configuration folder.
    files : all that Hydra may read of it.
    picked : the choices.
    """
    place = folder()
    try:
        key = _key(conf, files, picked)
    except OSError:  # Hydra may do without the file that cannot be read
        place = None
    if place is None:
        return make()
    file = place / f"{key}{SUFFIX}"
    found = _read(file)
    if found is None:
        found = make()
        _keep(found, file)
    return found


def folder() -> Path | None:
    """Return the folder of the compositions, which may not exist yet; None where nothing can be kept."""
    root = kept_folder()
    return None if root is None else root / FOLDER


def kept() -> list[Path]:
    """Return the files."""
    place = folder()
    return [] if place is None or place.is_symlink() else sorted(place.glob(f"*{SUFFIX}"))


def clear() -> None:
    """Remove every composition."""
    for file in kept():
        file.unlink(missing_ok=True)


def _key(conf: Path, files: Iterable[Path], picked: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for part in (*map(version, LIBRARIES), *picked):
        digest.update(f"{part}\0".encode())
    for file in (*files, *sorted(Path(__file__).parent.glob("compos*.py"))):
        name = file.relative_to(conf).as_posix() if file.is_relative_to(conf) else file.name
        data = file.read_bytes()
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()


def _read(file: Path) -> Any:
    try:
        found = json.loads(file.read_bytes()) if not file.parent.is_symlink() else None
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _keep(plain: dict[str, Any], file: Path) -> None:
    """Write a composition, unless JSON would make something else of it."""
    aside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        text = json.dumps(plain)
        if json.loads(text) != plain or file.parent.is_symlink():
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        if len(kept()) >= MOST:
            clear()
        with aside.open("x", encoding="utf-8") as out:
            out.write(text)
        aside.replace(file)
    except (OSError, TypeError, ValueError):
        with suppress(OSError):
            aside.unlink()
