"""Starts worker processes that import nothing from the folder where a user happens to stand.

A new Python looks for modules in the working folder first, so that a file ``random.py`` or ``sim.py`` there would take
the place of the real one. Nor does a worker need the user's own script, which would run once more in each.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

HOME = Path(__file__).resolve().parents[2]  # the folder of the packages: in a checkout, users may well stand there
MAIN = "__main__"


def clean_path() -> list[str]:
    """Return where workers look for modules: where this process does, without the working folder."""
    return [place for place in sys.path if place and not _is_working_folder(Path(place))]


def environment() -> dict[str, str]:
    """Return the variables with which a new Python looks for modules there, and nowhere before."""
    return {"PYTHONSAFEPATH": "1", "PYTHONPATH": os.pathsep.join(clean_path())}


def _is_working_folder(place: Path) -> bool:
    try:
        return place.samefile(Path.cwd()) and not place.samefile(HOME)
    except OSError:
        return False  # it does not exist, or the working folder was removed


@contextmanager
def clean_start(work: Callable[..., Any]) -> Iterator[None]:
    """Start processes inside this; they import the main script only if it defines the work."""
    path, main = sys.path[:], sys.modules[MAIN]
    try:
        with _variables(environment()):
            sys.path[:] = clean_path()
            if work.__module__ != MAIN:
                sys.modules[MAIN] = ModuleType(MAIN)
            yield
    finally:
        sys.path[:], sys.modules[MAIN] = path, main


@contextmanager
def _variables(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
