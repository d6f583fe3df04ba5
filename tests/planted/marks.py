"""The marks of tests, read from their files: to collect all tests takes longer than to read them."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def marks_in(text: str) -> dict[str, set[str]]:
    """Return the marks of each test function of a file; a mark of single parameters is none of the test."""
    tree = ast.parse(text)
    of_file = {
        mark for node in tree.body if _is_of_file(node) for mark in re.findall(r"mark\.(\w+)", ast.unparse(node))
    }
    return {
        node.name: of_file | {mark for one in node.decorator_list for mark in _own(one)}
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def _is_of_file(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"


def _own(decorator: ast.expr) -> list[str]:
    return re.findall(r"^pytest\.mark\.(\w+)", ast.unparse(decorator))


@cache
def _marks_of_file(file: str) -> dict[str, set[str]]:
    return marks_in((ROOT / file).read_text(encoding="utf-8"))


def is_run_by_default(test: str) -> bool:
    """Return whether a test, or some test of a file, is run without being asked for."""
    return any("slow" not in marks for marks in _marks_of(test))


def is_quick(test: str) -> bool:
    """Return whether a test, or every test of a file, is run while editing."""
    return all("quick" in marks for marks in _marks_of(test))


def _marks_of(test: str) -> list[set[str]]:
    file, _, name = test.partition("::")
    every = _marks_of_file(file)
    return [every[name.partition("[")[0]]] if name else list(every.values())
