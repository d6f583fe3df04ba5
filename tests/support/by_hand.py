"""One rule of a member's month tried by hand: a member, a month, an area, a clinic, draws and parameters, no compiler.

A rule is called as plain Python, so a test of it costs nothing to compile and says what it means in its own numbers.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import FunctionType, ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from sim.axes import parameters_of
from sim.member.decisions import ROWS
from sim.member.prepare import prepare
from sim.paths import conf_folder
from sim.schema import CLINIC, ENROLLED, MEMBER, MONTH
from sim.start import quiet_areas
from sim.upstream.channels import compile_packages
from sim.upstream.load import load_packages

PACKAGES = ("chw", "cash", "groceries")
LATE = 0.999999  # a draw on which nothing begins


def rules_of(module: ModuleType, **instead: Any) -> Any:
    """Return all rules of a module, and all that these call, as plain Python; ``instead`` replaces some by name."""
    made: dict[Any, Any] = {}
    found = {name: thing for name, thing in vars(module).items() if _is_rule(thing)}
    return SimpleNamespace(**{name: _plain(rule, instead, made) for name, rule in found.items()})


def _plain(rule: Any, instead: dict[str, Any], made: dict[Any, Any]) -> Any:
    source = getattr(rule, "py_func", rule)
    if source not in made:
        known = source.__globals__ | instead
        made[source] = FunctionType(source.__code__, known, source.__name__, source.__defaults__)
        called = {name for name in source.__code__.co_names if name not in instead and _is_rule(known.get(name))}
        known.update({name: _plain(known[name], instead, made) for name in called})
    return made[source]


def _is_rule(thing: Any) -> bool:
    source = getattr(thing, "py_func", thing)
    return isinstance(source, FunctionType) and source.__module__.startswith(
        ("sim.member", "sim.engine", "sim.upstream")
    )


@lru_cache(maxsize=1)
def _prepared() -> Any:
    registry = parameters_of(conf_folder())
    packages = compile_packages(load_packages(PACKAGES, conf_folder()), registry)
    return prepare(registry, conf_folder(), packages, len(PACKAGES), 0)


def numbers(**values: Any) -> Any:
    """Return the parameters, with these in place of the declared ones (a scalar fills a table)."""
    p = np.array(_prepared()).view(np.recarray)
    for name, value in values.items():
        p[name] = value
    return p[0]


def row(kind: np.dtype[Any], **values: Any) -> Any:
    """Return one record of zeros with these values."""
    rows = np.zeros(1, kind).view(np.recarray)
    for name, value in values.items():
        rows[name] = value
    return rows[0]


def someone(**values: Any) -> Any:
    """Return a member on cover, of 40 years, with a clinic."""
    return row(MEMBER, **({"status": ENROLLED, "age_months": 480, "months_covered": 30, "attached": 1} | values))


def a_month(**values: Any) -> Any:
    """Return a month in which nothing has happened yet."""
    return row(MONTH, **values)


def an_area(**values: Any) -> Any:
    """Return an area that decided nothing."""
    areas = quiet_areas(1)
    for name, value in values.items():
        areas[name] = value
    return areas[0]


def a_clinic(**values: Any) -> Any:
    """Return a clinic that takes everybody and loses no visit."""
    return row(CLINIC, **({"intake": 1.0} | values))


def drawing(at: Mapping[int, float] | None = None, default: float = LATE) -> Any:
    """Return the draws of one member, by decision; the rest are late."""
    u = np.full((ROWS, 1), default)
    for decision, value in (at or {}).items():
        u[decision] = value
    return u
