"""Files that are either whole or not there: written aside, flushed to the disk, then renamed into place."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

ASIDE = ".part"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def sha256_of(path: Path) -> str:
    """The checksum of a file of any size."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that a crash at any moment leaves the old content, or the new, never a part.

    Raises
    ------
    OSError
        If the disk refuses; the old content, if any, is untouched.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}{ASIDE}")
    try:
        with aside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def sweep(folder: Path) -> None:
    """Remove what a crash left half written."""
    for stray in folder.rglob(f".*{ASIDE}"):
        stray.unlink(missing_ok=True)


def checksums(folder: Path, paths: Iterable[Path]) -> str:
    """Lines as ``sha256sum`` writes and checks them."""
    lines = (f"{sha256_of(path)}  {path.relative_to(folder).as_posix()}\n" for path in sorted(paths))
    return "".join(lines)


def damaged(folder: Path, listing: str) -> list[str]:
    """Names in a listing of checksums whose file is missing or differs."""
    wrong = []
    for line in listing.splitlines():
        expected, _, name = line.partition("  ")
        path = folder / name
        if not path.is_file() or sha256_of(path) != expected:
            wrong.append(name)
    return wrong


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":  # elsewhere a folder cannot be opened
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
