"""The cache of compiled code is named by every file that compiled code comes from, and by no other."""

import ast
import inspect
from pathlib import Path

import pytest

from sim import schema
from sim.engine import compile as compiler
from sim.member import month


def test_each_rule_and_the_constants_that_it_reads_name_the_cache() -> None:
    """A rule, and what is compiled into it: an edit of either must not find the old machine code."""
    names = {path.as_posix().rsplit("/sim/", 1)[1] for path in compiler.compiled_sources()}
    rules = {inspect.getsourcefile(rule.py_func) for rule in vars(month).values() if hasattr(rule, "py_func")}
    assert {str(rule).rsplit("/sim/", 1)[1] for rule in rules} <= names
    assert str(schema.__file__).rsplit("/sim/", 1)[1] in names


@pytest.mark.parametrize("name", ["payment/ledger.py", "agents/cco.py", "study/folder.py"])
def test_what_is_never_compiled_does_not(name: str) -> None:
    """Whoever edits a payment rule need not wait for the compiler."""
    assert not any(path.as_posix().endswith(f"sim/{name}") for path in compiler.compiled_sources())


RULES = ("member", "engine/draws.py", "engine/numbers.py", "upstream/eligibility.py")
"""Where mypy lets definitions go without types (pyproject.toml)."""


def test_only_compiled_rules_go_without_types() -> None:
    package = Path(compiler.__file__).parents[1]
    files = [
        f for place in RULES for f in ([package / place] if place.endswith(".py") else (package / place).glob("*.py"))
    ]
    bare = [
        f"{file.name}: {node.name}"
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.returns is None and not node.decorator_list
    ]
    assert not bare, "annotate it"
