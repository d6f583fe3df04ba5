"""The cache of compiled code is named by every file that compiled code comes from, and by no other."""

import inspect

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
