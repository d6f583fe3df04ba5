"""Rules are compiled for indexes from 0, and some where they are called: rules keep to it, users need not know."""

import ast
from collections.abc import Iterator

import numba
import numpy as np
import pytest

from sim.engine.compile import COMPILES, JIT, compiled, compiled_in_place, compiled_sources

pytestmark = pytest.mark.quick


def rules() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Every function that is compiled, and its file."""
    for path in compiled_sources():
        if COMPILES in (source := path.read_text("utf-8")):
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.FunctionDef) and any("compiled" in ast.unparse(d) for d in node.decorator_list):
                    yield path.name, node


def test_no_rule_counts_from_the_end() -> None:
    found = list(rules())
    assert len(found) > 100
    negative = [
        (file, rule.name, ast.unparse(node))
        for file, rule in found
        for node in ast.walk(rule)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.UnaryOp)
    ]
    assert not negative


def last(column):
    return column[-1]


@compiled
def kept(column):
    return column[0]


@compiled_in_place
def doubled(number):
    return 2 * number


@compiled
def doubled_twice(number):
    return doubled(doubled(number))


@pytest.mark.skipif(not JIT, reason="nothing is compiled")
def test_functions_of_a_user_still_count_from_the_end() -> None:
    column = np.arange(5)
    assert kept(column) == 0  # compiled first
    assert numba.njit(last)(column) == 4


def test_a_rule_in_its_place_gives_what_it_gives() -> None:
    assert doubled_twice(3) == 12
