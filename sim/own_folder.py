"""A user's own configuration folder (``conf=DIR``, ``CCOSIM_CONF``), laid above the shipped one.

A file of the same name wins; of ``parameters/*.yaml`` each entry wins over that of its name. The two are joined in one
temporary folder of links, which is then the configuration in use. What is no plain file of a known place is refused.
"""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from shutil import copy2
from tempfile import TemporaryDirectory

from sim.engine.parameter_files import OWN
from sim.engine.text import did_you_mean, nearest, printable, shown
from sim.engine.yaml_files import LARGEST_FILE, YamlError, read_yaml
from sim.paths import MARK, PathError, conf_folder, folder_in_use, is_chosen, shipped_folder, user_path

VARIABLE = "CCOSIM_CONF"
PARAMETERS = "parameters"
MARGINS = "margins"  # tables in population/margins
SUFFIX = ".yaml"
FOLDERS = (
    *("experiment", "population", "payment", "upstream", "providers", "governance", "compute"),
    *("packages", "metrics", "event", PARAMETERS),
)
NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
MOST_FILES, DEEPEST = 2000, 4


class ConfError(ValueError):
    """A user's own folder cannot be used; ``messages`` says why."""

    def __init__(self, messages: list[str]) -> None:
        self.messages = messages
        super().__init__("\n".join(messages))


@dataclass(frozen=True)
class Joined:
    """A user's own folder above the shipped one: as it was named, the folder in use, and what is in both."""

    given: str
    folder: Path
    own: dict[str, Path]
    in_both: tuple[str, ...]
    keep: TemporaryDirectory[str]


_joined: dict[Path, Joined] = {}


@contextmanager
def own_folder(given: object, *, by_all_threads: bool = False) -> Iterator[str | None]:
    """Use the folder that a user named, else that of the surroundings; yield its name, or None.

    Raises
    ------
    ConfError
        If it cannot be used, with every reason.
    """
    here = of_folder(conf_folder())
    if given is None and not is_chosen() and VARIABLE in os.environ:
        given = os.environ[VARIABLE]
    if given is None or (here and given == here.given):
        yield here.given if here else None
        return
    joined = join(given)
    with folder_in_use(joined.folder, by_all_threads=by_all_threads):
        yield joined.given


def of_folder(folder: Path) -> Joined | None:
    """Return whose own folder a configuration in use has above the shipped one; None for the shipped one."""
    return _joined.get(folder)


def join(given: object) -> Joined:
    """Return a user's own folder above the shipped one.

    Raises
    ------
    ConfError
        If it cannot be used, with every reason.
    """
    if not isinstance(given, str | Path) or not str(given) or not str(given).isprintable():
        raise ConfError([f"conf={shown(given)}: must be the path of a folder"])
    try:
        top = user_path(given).resolve()
        if not top.is_dir():
            why = "is no folder" if top.exists() else "there is no such folder"
            raise ConfError([f"conf={given}: {why}"])
        found = _Walk(str(given))
        found.folder(top, ())
    except (OSError, PathError) as fault:
        raise ConfError([f"conf={given}: cannot be read ({fault})"]) from None
    if found.faults:
        raise ConfError(found.faults)
    return _join(str(given), tuple(sorted(found.files.items())), tuple(sorted(found.stamps)))


class _Walk:
    """Finds the files of a user's own folder that are in a known place; ``faults`` says which cannot be used."""

    def __init__(self, given: str) -> None:
        self.given = given
        self.files: dict[str, Path] = {}
        self.stamps: list[tuple[str, int, int]] = []
        self.faults: list[str] = []

    def folder(self, folder: Path, steps: tuple[str, ...]) -> None:
        for entry in sorted(os.scandir(folder), key=lambda one: one.name):
            if len(self.files) > MOST_FILES:
                self.faults = [f"conf={self.given}: more than {MOST_FILES} files"]
                return
            if not entry.name.startswith("."):
                self._entry(entry, (*steps, entry.name))

    def _entry(self, entry: "os.DirEntry[str]", steps: tuple[str, ...]) -> None:
        name, kind = "/".join(steps), entry.stat(follow_symlinks=False).st_mode
        if len(steps) == 1 and steps[0] not in FOLDERS:
            self._elsewhere(steps[0])
        elif stat.S_ISLNK(kind):
            self._refuse(name, "is a link: put the file itself there")
        elif stat.S_ISDIR(kind):
            is_too_deep = len(steps) > DEEPEST or (steps[0] not in ("experiment", "population") and len(steps) > 1)
            if name.endswith(SUFFIX) or is_too_deep:
                self._refuse(name, "is a folder where a file should be")
            else:
                self.folder(Path(entry.path), steps)
        elif len(steps) == 1:
            self._refuse(name, "is a file where a folder should be")
        elif Path(entry.name).suffix == (".csv" if steps[:2] == ("population", MARGINS) else SUFFIX):
            self._file(entry, name, stat.S_ISREG(kind))

    def _file(self, entry: "os.DirEntry[str]", name: str, is_plain: bool) -> None:
        path, size = Path(entry.path), entry.stat(follow_symlinks=False).st_size
        if not is_plain:
            self._refuse(name, "is no plain file")
        elif not NAME.fullmatch(path.stem):
            self._refuse(name, "the name must be 1 to 64 of A-Z a-z 0-9 . _ -")
        elif size > LARGEST_FILE:
            self._refuse(name, f"is larger than {LARGEST_FILE} bytes")
        else:
            stamp = entry.stat(follow_symlinks=False).st_mtime_ns
            self.faults += _faults_of(path, stamp) if path.suffix == SUFFIX else ()
            self.files[name] = path
            self.stamps.append((name, stamp, size))

    def _elsewhere(self, name: str) -> None:
        """Refuse what would change defaults, or looks like a misspelt place; leave notes and data of others alone."""
        near = nearest(name, FOLDERS)[0]
        if name == MARK:
            self._refuse(name, "the defaults cannot be replaced: write an experiment")
        elif name.rstrip("s").lower() == near.rstrip("s") or (len(name) > 4 and _is_misspelt(name, near)):
            self._refuse(name, f"is searched by nobody{did_you_mean(name, FOLDERS)}")

    def _refuse(self, name: str, why: str) -> None:
        self.faults.append(f"conf={self.given}: {printable(name, 120)} {why}")


def _is_misspelt(name: str, near: str) -> bool:
    from difflib import SequenceMatcher

    return SequenceMatcher(None, name.casefold(), near).ratio() > 0.8


@lru_cache(maxsize=MOST_FILES)
def _faults_of(path: Path, _changed: int) -> tuple[str, ...]:
    try:
        read_yaml(path)
    except YamlError as fault:
        return tuple(fault.messages)
    return ()


@lru_cache(maxsize=16)
def _join(given: str, files: tuple[tuple[str, Path], ...], _stamps: tuple[tuple[str, int, int], ...]) -> Joined:
    shipped, own = shipped_folder(), dict(files)
    keep = TemporaryDirectory(prefix="ccosim-conf-")
    folder = Path(keep.name).resolve()
    for file in sorted(shipped.rglob("*")):
        name = file.relative_to(shipped).as_posix()
        if file.is_file() and (name not in own or name.startswith(f"{PARAMETERS}/")):
            _put(file, folder / name)
    for name, file in files:
        is_parameters = name.startswith(f"{PARAMETERS}/")
        _put(file, folder / PARAMETERS / OWN / Path(name).name if is_parameters else folder / name)
    in_both = tuple(name for name in own if (shipped / name).is_file())
    joined = Joined(given, folder, own, in_both, keep)
    _joined[folder] = joined
    return joined


def _put(file: Path, at: Path) -> None:
    """Link to a file, so that a fault of it is said of the file itself; copy it where nobody may link."""
    at.parent.mkdir(parents=True, exist_ok=True)
    try:
        at.symlink_to(file)
    except OSError:
        copy2(file, at)


def said(joined: Joined | None) -> tuple[str, ...]:
    """Return a remark for each file of a user's own that stands above a shipped one."""
    if joined is None:
        return ()
    return tuple(
        f"conf={joined.given}: {name} of that folder is used, not the shipped one"
        + (" (entry by entry)" if name.startswith(f"{PARAMETERS}/") else "")
        for name in joined.in_both
    )
