"""Rules are compiled for indexes from 0, and some where they are called: rules keep to it, users need not know."""

import ast
from collections.abc import Iterator

import numba
import numpy as np
import pytest

from sim.engine.compile import COMPILES, JIT, compiled, compiled_in_place, compiled_loop, compiled_sources
from sim.engine.compile_rules import MOST_OF_A_MONTH, CompilerOfRules, RuleLibrary
from sim.schema import MEMBER, MONTH

pytestmark = pytest.mark.quick
TABLES = {name for kind in (MEMBER, MONTH) for name in kind.names or () if kind[name].shape}


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


def tables(rule: ast.FunctionDef) -> dict[str, str]:
    """What a rule may pass on as a table of a member or a month, and whose table it is."""
    found = {}
    for node in ast.walk(rule):
        if isinstance(node, ast.Attribute) and node.attr in TABLES and ast.unparse(node.value) in ("m", "t"):
            found[ast.unparse(node)] = ast.unparse(node.value)
    for node in ast.walk(rule):
        if isinstance(node, ast.Assign) and ast.unparse(node.value) in found:
            found |= {ast.unparse(target): found[ast.unparse(node.value)] for target in node.targets}
    return found


def test_no_rule_gets_a_record_and_a_table_of_it() -> None:
    """What is written in the one could be read in the other, and the compiler takes for granted that it is not."""
    overlapping = []
    for file, rule in rules():
        of = tables(rule)
        for call in (node for node in ast.walk(rule) if isinstance(node, ast.Call)):
            given = [ast.unparse(one) for one in call.args]
            if {of[name] for name in given if name in of} & set(given):
                overlapping.append((file, rule.name, ast.unparse(call)))
    assert not overlapping
    assert {"rate", "exposure", "since_care"} <= TABLES


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


@pytest.mark.skipif(not JIT, reason="nothing is compiled")
def test_what_only_rules_call_has_no_machine_code_and_is_linked_into_who_calls_it() -> None:
    tripled = numba.njit(lambda number: 3 * number, pipeline_class=CompilerOfRules, no_cpython_wrapper=True)
    caller = numba.njit(lambda number: tripled(number) + tripled(number + 1))
    assert caller(2) == 15
    (of_rule,) = (made.library for made in tripled.overloads.values())
    assert isinstance(of_rule, RuleLibrary)
    assert of_rule.get_pointer_to_function(next(of_rule.get_defined_functions()).name) == 0


def test_what_holds_most_of_a_month_has_one_caller_that_optimizes_it() -> None:
    calls = [ast.unparse(node.func) for _, rule in rules() for node in ast.walk(rule) if isinstance(node, ast.Call)]
    assert [calls.count(name) for name in MOST_OF_A_MONTH] == [1, 1]


@compiled_loop("void(f8[::1], i8)")
def double(column, n):
    for j in range(n):
        column[j] *= 2


@pytest.mark.skipif(not JIT, reason="nothing is compiled")
def test_a_loop_is_compiled_when_it_is_called_for_what_it_was_told() -> None:
    assert not double.nopython_signatures
    column = np.ones(3)
    double(column, 2)
    assert column.tolist() == [2, 2, 1]
    (made,) = double.nopython_signatures
    assert str(made.args) == "(Array(float64, 1, 'C', False, aligned=True), int64)"
    assert not numba.config.LOOP_VECTORIZE  # for the rules that come after it
