"""Keyed decisions: every room declares its numbers, and no number stands for two decisions."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import sim
from sim.engine import decisions
from sim.engine.decisions import decision, declared, next_quad

DRAWS = {"uniforms": 3, "package_uniforms": 4, "draw": 3}
"""Functions of a draw, and where they take the decision."""


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> dict[int, str]:
    """An empty registry."""
    empty: dict[int, str] = {}
    monkeypatch.setattr(decisions, "_name_of", empty)
    return empty


def modules() -> Iterator[ModuleType]:
    """Every module of the model: importing one declares its decisions, and refuses a number that is taken."""
    for found in pkgutil.walk_packages(sim.__path__, "sim."):
        yield importlib.import_module(found.name)


def numbers_drawn(module: ModuleType) -> Iterator[tuple[str, int]]:
    """Name and value of each constant that a module hands to a draw as its decision."""
    for call in ast.walk(ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in DRAWS:
            place = DRAWS[call.func.id]
            for name in ast.walk(call.args[place]) if len(call.args) > place else ():
                if isinstance(name, ast.Name) and name.id.isupper() and name.id not in {"QUALITY_LANES"}:
                    yield name.id, getattr(module, name.id)


def test_every_number_that_is_drawn_is_declared() -> None:
    drawn = {(module.__name__, *one) for module in modules() for one in numbers_drawn(module)}
    codes = {
        ("sim.member.care", "INPATIENT"),
        ("sim.member.quality", "LANGUAGE_ACCESS"),
        ("sim.member.quality", "READMISSIONS"),
    }
    taken = declared()
    assert len(drawn) > 15
    undeclared = {(where, name) for where, name, number in drawn if number not in taken} - codes
    assert not undeclared, "declare it with sim.engine.decisions.decision"


def test_each_room_declares_its_own() -> None:
    list(modules())
    rooms = {name.split(":")[0] for name in declared().values()}
    organizations = {"providers", "participants", "contracts", "CCO", "state", "package"}
    assert rooms == {"member", "retired", "population", *organizations}


def test_a_number_that_is_taken_is_refused(registry: dict[int, str]) -> None:
    assert decision("a: first", 8, count=3) == 8
    with pytest.raises(ValueError, match="'b: second': 10 belongs to 'a: first'; 11 is free"):
        decision("b: second", 10)
    assert declared() == {8: "a: first", 9: "a: first", 10: "a: first"}


def test_a_name_is_declared_once(registry: dict[int, str]) -> None:
    decision("a: first", 1)
    with pytest.raises(ValueError, match="twice"):
        decision("a: first", 2)


def test_what_is_refused_takes_no_number(registry: dict[int, str]) -> None:
    decision("a: first", 6)
    with pytest.raises(ValueError, match="belongs"):
        decision("b: second", 4, count=3)
    assert set(declared()) == {6}


@pytest.mark.parametrize(("number", "first"), [(0, 4), (3, 4), (4, 8), (51, 52)])
def test_the_next_quad_shares_no_call_with_the_number(number: int, first: int) -> None:
    assert next_quad(number) == first
