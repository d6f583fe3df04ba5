"""One holder at a time: a lock that the system lets go of when its holder dies, and that says who holds it.

On one machine the file is locked by the system, so that a lock left by a crash holds nobody up. On a folder that
machines share, the holder also touches the file now and then: a lock of another machine counts until it is cold.
"""

import os
import socket
import time
from pathlib import Path
from threading import Event, Thread
from typing import Any

from sim.engine.text import printable
from sim.study.atomic import open_plain
from sim.study.errors import StudyError

try:
    import fcntl
except ImportError:  # Windows: the name of the holder must do
    fcntl = None  # type: ignore[assignment]

TRIES, PAUSE = 6, 0.05  # somebody who only looks holds the lock for a moment
EVERY = 20.0  # seconds between two signs of life
COLD = 600.0  # seconds without a sign of life after which another machine's lock is taken over
LONGEST = 200  # letters of a holder's name


_held: "dict[str, Lock]" = {}  # by this process, which may open a folder again that it has left unfinished


class Lock:
    """Holds a folder until it is released or its process ends.

    Raises
    ------
    StudyError
        If somebody else holds it.
    """

    def __init__(self, path: Path) -> None:
        before = _held.pop(str(path.absolute()), None)
        if before is not None:
            before.release()
        self._path = path
        self._file: Any = _locked(path)
        self._done = Event()
        _held[str(path.absolute())] = self
        Thread(target=self._live, daemon=True, name="lock").start()

    def release(self) -> None:
        """Let others work on the folder; releasing twice is as good as once."""
        if self._done.is_set():
            return
        self._done.set()
        self._path.unlink(missing_ok=True)
        self._file.close()

    def _live(self) -> None:
        while not self._done.wait(EVERY):
            try:
                os.utime(self._path)
            except OSError:  # the folder is gone, or the disk: the work itself will say so
                return


def holder_of(path: Path) -> str | None:
    """Return who holds a lock, as ``host pid``, or None."""
    try:
        with _opened(path, os.O_RDWR) as file:
            return _taken(file, path)
    except OSError:
        return None


def _opened(path: Path, flags: int) -> Any:
    """A lock that is no link; it may hold anything, since it may come with a folder of others."""
    return os.fdopen(open_plain(path, flags), "r+", encoding="utf-8", errors="replace")


def _locked(path: Path) -> Any:
    holder: str | None = None
    for _ in range(TRIES):
        file = _opened(path, os.O_RDWR | os.O_CREAT)
        holder = _taken(file, path)
        if holder is None and _is_still_there(file, path):
            file.seek(0)
            file.truncate()
            file.write(f"{socket.gethostname()} {os.getpid()}")
            file.flush()
            return file  # it stays open as long as the lock is held
        file.close()  # held, or removed by its holder between our two looks
        time.sleep(PAUSE)
    raise StudyError(f"{path.parent} is being worked on by another process ({holder or 'just ended'})")


def _taken(file: Any, path: Path) -> str | None:
    """Return the process that holds the lock; if none does, take the lock."""
    file.seek(0)
    holder = printable(file.read(LONGEST))
    if fcntl is not None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return holder or "unknown"
    host, _, pid = holder.partition(" ")
    if host and host != socket.gethostname():
        return holder if abs(_seconds_since(path)) < COLD else None  # nobody is at work in the future either
    if fcntl is None and pid.isdigit() and int(pid) != os.getpid() and _is_alive(int(pid)):
        return holder
    return None


def _is_still_there(file: Any, path: Path) -> bool:
    try:
        return os.fstat(file.fileno()).st_ino == path.stat().st_ino
    except FileNotFoundError:
        return False


def _seconds_since(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return COLD


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
