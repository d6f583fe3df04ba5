"""Files that are whole or absent, and never written or read through a link: the study's folder may come from others.

A file is written beside its place, flushed to the disk, then renamed into place.
"""

import errno
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from sim.study.errors import StudyError

ASIDE = ".part"
NO_FILE = "is a link or no plain file"
NO_LINK: int = getattr(os, "O_NOFOLLOW", 0)
NO_WAIT: int = getattr(os, "O_NONBLOCK", 0)  # opening a pipe would wait for its other end


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def sha256_of(path: Path) -> str:
    """The checksum of a file of any size."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_plain(folder: Path) -> None:
    """Refuse a folder that is a link, or that holds one at any depth, or anything but files and folders.

    Raises
    ------
    StudyError
        With the name of the first.
    """
    if folder.is_symlink():
        raise StudyError(f"{folder} is a link, which a study's folder never is; give the folder itself")
    for path in _not_plain(folder):
        raise StudyError(f"{path} is a link or no plain file, which a study never holds; remove it")


def _not_plain(folder: Path | str) -> Iterator[str]:
    with naming(Path(folder)), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _not_plain(entry.path)
            elif not entry.is_file(follow_symlinks=False) and os.path.lexists(entry.path):
                yield entry.path


def open_plain(path: Path, flags: int = os.O_RDONLY) -> int:
    """Open a file that is no link (nor, to be written, a second name of another file), and return its handle.

    Raises
    ------
    OSError
        If it is one, or cannot be opened; with its name.
    """
    with naming(path):
        handle = os.open(path, flags | NO_LINK | NO_WAIT, 0o666)
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or (flags != os.O_RDONLY and found.st_nlink > 1):
            os.close(handle)
            raise OSError(errno.ELOOP, NO_FILE)
        return handle


def read_plain(path: Path, most: int = -1) -> bytes:
    """The content of a file that is no link, or its first ``most`` bytes."""
    with naming(path), os.fdopen(open_plain(path), "rb") as file:
        return file.read(most)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let faults of the disk name the file that was asked for."""
    try:
        yield
    except OSError as fault:
        if fault.errno is None or (fault.filename and not str(fault.filename).endswith(ASIDE)):
            raise  # it names its own file, or none can be named
        raise OSError(fault.errno, fault.strerror, str(path)) from fault


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """Open a file to be written: when the block ends it is in place, whole; if the block fails the old one stays.

    Raises
    ------
    OSError
        If the disk refuses, or the file's folder is a link; with the name of the file.
    """
    _check_place(path, stat.S_IFREG, stat.S_IFLNK)
    with naming(path), _at(path.parent) as (folder, prefix):
        aside = f"{prefix}.{path.name}.{os.getpid()}{ASIDE}"
        with suppress(FileNotFoundError):  # of an earlier process with this number
            os.unlink(aside, dir_fd=folder)
        try:
            with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666, dir_fd=folder), "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(aside, f"{prefix}{path.name}", src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with suppress(OSError):
                os.unlink(aside, dir_fd=folder)
            raise
        if folder is not None:
            os.fsync(folder)


def _check_place(path: Path, *kinds: int) -> None:
    """Refuse what is there and of another kind: a device would become a file."""
    if os.path.lexists(path) and stat.S_IFMT(os.lstat(path).st_mode) not in kinds:
        raise OSError(errno.ELOOP, NO_FILE, str(path))


@contextmanager
def _at(folder: Path) -> Iterator[tuple[int | None, str]]:
    """A handle of a folder that is no link, and what stands before names in it; elsewhere than on POSIX its path."""
    if os.name != "posix":
        yield None, f"{folder}{os.sep}"
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | NO_LINK)
    try:
        yield handle, ""
    finally:
        os.close(handle)


def check_target(path: Path) -> None:
    """Refuse a place where no file can be written, before the work whose result it should hold.

    Raises
    ------
    OSError
        With the name of the file.
    """
    _check_place(path, stat.S_IFREG)
    with naming(path), _at(path.parent) as (folder, prefix):
        aside = f"{prefix}.{path.name}.{os.getpid()}{ASIDE}"
        os.close(os.open(aside, os.O_WRONLY | os.O_CREAT, 0o666, dir_fd=folder))
        os.unlink(aside, dir_fd=folder)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that a crash at any moment leaves the old content, or the new, never a part.

    Raises
    ------
    OSError
        If the disk refuses; the old content, if any, is untouched.
    """
    with writing(path) as file:
        file.write(data)


def sweep(folder: Path) -> None:
    """Remove what a crash left half written."""
    for stray in folder.rglob(f".*{ASIDE}"):
        stray.unlink(missing_ok=True)


def checksums(folder: Path, paths: Iterable[Path]) -> str:
    """Lines as ``sha256sum`` writes and checks them."""
    lines = (f"{sha256_of(path)}  {path.relative_to(folder).as_posix()}\n" for path in sorted(paths))
    return "".join(lines)


def damaged(folder: Path, listing: str) -> list[str]:
    """Names in a listing of checksums whose file is missing, differs or lies elsewhere."""
    wrong = []
    for line in listing.splitlines():
        expected, _, name = line.partition("  ")
        inside = not PurePosixPath(name).is_absolute() and ".." not in PurePosixPath(name).parts
        if not inside or not (folder / name).is_file() or sha256_of(folder / name) != expected:
            wrong.append(name)
    return wrong
