"""Values as Python has them: NumPy's numbers and arrays, paths and tuples become what a command line would give."""

import os
from collections.abc import Mapping
from typing import Any

from sim.engine.text import shown
from sim.scenario.faults import ScenarioError

MOST_THREADS = 64
LARGEST_SEED = 2**63 - 1


def plain(value: Any) -> Any:
    """Return a value as plain data; what is none stays as it is, for the type check to refuse."""
    if isinstance(value, Mapping):
        return {plain(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, range)):
        return [plain(inner) for inner in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if hasattr(value, "tolist"):  # numbers, texts and arrays of NumPy; columns of pandas
        return value.tolist()
    return value


def as_whole(name: str, given: Any, low: int, high: int) -> int:
    """Return a whole number.

    Raises
    ------
    ScenarioError
        If it is none, or out of range.
    """
    value = plain(given)
    if not is_whole(value) or not low <= value <= high:
        allowed = f"a whole number, at least {low} and at most {high}"
        raise ScenarioError([f"{name}={shown(value)}: must be {allowed}"])
    return int(value)


def check_is_scenario(given: object) -> None:
    """Check that a scenario was given, and not its class or its words.

    Raises
    ------
    TypeError
        If it is anything else; says how a scenario is made.
    """
    if isinstance(given, type) or not hasattr(given, "seed_list"):
        how = "Scenario(population='classroom') or Scenario.compose(['population=classroom']) makes one"
        raise TypeError(f"a Scenario is simulated, not {shown(given)}: {how}")


def check_is(name: str, given: object, right: bool, must: str) -> None:
    """Check an argument that is no number.

    Raises
    ------
    TypeError
        If it is not right; names the argument, what was given and what it must be.
    """
    if not right:
        raise TypeError(f"{name}={shown(given)}: must be {must}")


def as_path(given: Any, what: str) -> str:
    """Return a path as text.

    Raises
    ------
    TypeError
        If it is no text and no path.
    """
    check_is("path", given, isinstance(given, str | os.PathLike), f"the path of {what}")
    return str(os.fspath(given))


def is_whole(value: Any) -> bool:
    """Return whether a value is a whole number; True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool)
