"""Where the configuration is: ``conf`` beside the packages in a checkout, ``ccosim_conf`` in an installed wheel.

And what a path that a user gives means.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

MARK = "config.yaml"

_here: ContextVar[Path | None] = ContextVar("configuration in use", default=None)
_of_process: list[Path] = []


@cache
def shipped_folder() -> Path:
    """Return the folder that ships: ``config.yaml``, the groups, the parameters and the evidence.

    Raises
    ------
    FileNotFoundError
        If the installation is incomplete.
    """
    home = Path(__file__).resolve().parent.parent
    for folder in (home / "ccosim_conf", home / "conf"):
        if (folder / MARK).is_file():
            return folder
    raise FileNotFoundError(f"no {MARK} in {home}/conf or {home}/ccosim_conf: reinstall ccosim")


def conf_folder() -> Path:
    """Return the folder in use: the shipped one, or it with a user's own above it (``sim/own_folder.py``)."""
    return _here.get() or (_of_process[-1] if _of_process else shipped_folder())


@contextmanager
def folder_in_use(folder: Path, *, by_all_threads: bool = False) -> Iterator[Path]:
    """Use a folder within the block; a verb's holds for all threads of the process."""
    if by_all_threads:
        _of_process.append(folder)
        try:
            yield folder
        finally:
            _of_process.remove(folder)
    else:
        token = _here.set(folder)
        try:
            yield folder
        finally:
            _here.reset(token)


def is_chosen() -> bool:
    """Return whether a folder was put in use, be it the shipped one."""
    return bool(_here.get() or _of_process)


class PathError(ValueError):
    """A path that a user gave and that leads nowhere."""


def user_path(text: str | Path) -> Path:
    """Return the path that a user gave, with ``~`` as the home folder.

    Raises
    ------
    PathError
        If it begins with the home folder of nobody.
    """
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise PathError(f"{str(text)!r:.60} begins with the home folder of a user who is not known here") from None
