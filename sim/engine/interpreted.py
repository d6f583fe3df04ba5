"""A compiled rule, and all that it calls, as plain Python in this process: to watch it with one member.

The source is the same, and so are the numbers. What a rule calls can be replaced by something that takes note.
"""

from collections.abc import Callable
from types import FunctionType
from typing import Any

Rule = Callable[..., Any]
PACKAGE = "sim."


def interpreted(rule: Rule, instead: Callable[[Rule, Rule], Rule]) -> Rule:
    """Return a rule as plain Python.

    Parameters
    ----------
    rule : compiled, or plain where the compiler is off.
    instead : is given each rule that is called, and its plain form; what it returns is called in its place.
    """
    made: dict[FunctionType, Rule] = {}
    spaces: dict[str, dict[str, Any]] = {}

    def plain(one: Rule) -> Rule:
        source = source_of(one)
        if source not in made:
            names = space(source.__globals__)
            copy = FunctionType(source.__code__, names, source.__name__, source.__defaults__, source.__closure__)
            copy.__doc__, copy.__module__ = source.__doc__, source.__module__
            made[source] = instead(one, copy)
        return made[source]

    def space(names: dict[str, Any]) -> dict[str, Any]:
        """The names of a module, its rules replaced."""
        module = names["__name__"]
        if module not in spaces:
            spaces[module] = mine = dict(names)
            mine.update({name: plain(value) for name, value in names.items() if is_rule(value)})
        return spaces[module]

    return plain(rule)


def is_rule(value: object) -> bool:
    """Whether a value is a function of the model, compiled or not."""
    source = getattr(value, "py_func", value)
    return isinstance(source, FunctionType) and source.__module__.startswith(PACKAGE)


def source_of(rule: Rule) -> FunctionType:
    """Return the function as it was written."""
    source: FunctionType = getattr(rule, "py_func", rule)  # type: ignore[arg-type]
    return source


def names_in(rule: Rule) -> frozenset[str]:
    """Return the names of all columns and functions that stand in a rule and in what it calls."""
    seen: dict[FunctionType, None] = {}
    ahead = [source_of(rule)]
    while ahead:
        one = ahead.pop()
        if one not in seen:
            seen[one] = None
            called = (one.__globals__.get(name) for name in one.__code__.co_names)
            ahead += [source_of(value) for value in called if is_rule(value)]  # type: ignore[arg-type]
    return frozenset(name for one in seen for name in one.__code__.co_names)
