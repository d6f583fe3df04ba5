"""The cache of compiled code is named by every file that compiled code comes from, and by no other."""

import ast
import inspect
import os
import subprocess
import sys
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


@pytest.mark.parametrize("name", ["payment/ledger.py", "agents/cco/cco.py", "study/folder.py"])
def test_what_is_never_compiled_does_not(name: str) -> None:
    """Whoever edits a payment rule need not wait for the compiler."""
    assert not any(path.as_posix().endswith(f"sim/{name}") for path in compiler.compiled_sources())


@pytest.mark.parametrize(
    "statement",
    [
        "from sim.member.needs import needs, HOUSING",
        "from sim.member import care, needs",
        "import sim.member.needs",
        "from sim.member import (\n    care,\n    needs,  # and a comment\n)",
        "def later():\n    from sim.member import needs",
    ],
)
def test_an_import_is_found_in_whatever_form(statement: str) -> None:
    """A constant that is compiled in is read again when its file changes, however it was imported."""
    package = Path(str(schema.__file__)).parent
    assert package / "member" / "needs.py" in set(compiler._imported(package, statement))


ASKS = """
import os, subprocess, sys
from pathlib import Path
from sim.engine.compile import IS_TEMPORARY, cache_folder, compile_message
folder = cache_folder()
folder.mkdir(parents=True, exist_ok=True)
again = [sys.executable, "-c", "from sim.engine.compile import cache_folder; print(cache_folder())"]
worker = subprocess.run(again, capture_output=True, text=True, check=True).stdout.strip()
print(folder, worker == str(folder), IS_TEMPORARY, oct(Path(os.environ["CCOSIM_CACHE"]).stat().st_mode)[-3:], sep="\\n")
print(compile_message())
"""


def test_without_a_cache_folder_nothing_is_kept_beside_the_sources() -> None:
    """Numba would keep code beside the sources, where an edited rule is ignored."""
    environment = {**os.environ, "CCOSIM_CACHE": "/dev/null/x"}
    answered = subprocess.run([sys.executable, "-c", ASKS], capture_output=True, text=True, check=True, env=environment)
    folder, same, temporary, mode, message = answered.stdout.splitlines()
    assert not folder.startswith("/dev/null")
    assert (same, temporary, mode) == ("True", "True", "700")
    assert "set CCOSIM_CACHE" in message
    assert not Path(folder).exists()


def test_a_folder_that_can_be_written_is_used(tmp_path: Path) -> None:
    """And it is named after the sources, so that an edit finds another one."""
    environment = {**os.environ, "CCOSIM_CACHE": str(tmp_path)}
    answered = subprocess.run([sys.executable, "-c", ASKS], capture_output=True, text=True, check=True, env=environment)
    folder, _, temporary, *_ = answered.stdout.splitlines()
    assert Path(folder).parent == tmp_path / "ccosim"
    assert temporary == "False"


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
