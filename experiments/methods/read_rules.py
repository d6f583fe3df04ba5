"""Reads from the source what happens to a member in a month, in which order, and what each rule reads and writes.

Nothing is imported and nothing is run: the description cannot drift from the code, and needs neither Mesa nor Numba.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

RECORDS = {"m": "member", "t": "month", "here": "area", "clinic": "clinic", "p": "parameter"}


@dataclass
class Access:
    """Fields that a rule reads and writes, with all the rules that it calls: from the record's short name to fields."""

    reads: dict[str, set[str]] = field(default_factory=dict)
    writes: dict[str, set[str]] = field(default_factory=dict)

    def add(self, other: "Access") -> None:
        """Take over what another rule reads and writes."""
        for mine, theirs in ((self.reads, other.reads), (self.writes, other.writes)):
            for record, names in theirs.items():
                mine.setdefault(record, set()).update(names)


@dataclass(frozen=True)
class Rule:
    """One rule of the month: its file, its name, the first line of its docstring, and what it reads and writes."""

    file: str
    name: str
    about: str
    access: Access


class Sources:
    """The parsed files of one package, and the functions in them."""

    def __init__(self, folder: Path) -> None:
        self.trees = {file.stem: ast.parse(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.py"))}
        self.package = folder.name

    @cached_property
    def functions(self) -> dict[tuple[str, str], ast.FunctionDef]:
        """Functions by file and name."""
        return {
            (stem, node.name): node
            for stem, tree in self.trees.items()
            for node in tree.body
            if isinstance(node, ast.FunctionDef)
        }

    @cached_property
    def names(self) -> dict[str, dict[str, tuple[str, str]]]:
        """In each file, what each name of a function stands for: one of its own, or one that it imports."""
        found: dict[str, dict[str, tuple[str, str]]] = {stem: {} for stem in self.trees}
        for stem, name in self.functions:
            found[stem][name] = (stem, name)
        for stem, tree in self.trees.items():
            for node in ast.walk(tree):
                if isinstance(node, ast.ImportFrom) and f"{self.package}." in f"{node.module}.":
                    home = (node.module or "").rpartition(".")[2]
                    found[stem].update({one.asname or one.name: (home, one.name) for one in node.names})
        return found

    def called(self, stem: str, function: ast.FunctionDef) -> Iterator[tuple[str, str]]:
        """Yield the functions of the package that a function calls, in the order of the source."""
        calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
        for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
            for node in (call.func, *call.args):  # a rule may also be handed on: draw(rule, ...)
                if isinstance(node, ast.Name):
                    target = self.names[stem].get(node.id)
                    if target in self.functions:
                        yield target

    def access(self, target: tuple[str, str], seen: frozenset[tuple[str, str]] = frozenset()) -> Access:
        """Return what a function reads and writes, with all that it calls."""
        function = self.functions[target]
        found = own_access(function)
        for other in self.called(target[0], function):
            if other not in seen and other != target:
                found.add(self.access(other, seen | {target}))
        return found


def own_access(function: ast.FunctionDef) -> Access:
    """Return the fields of the records that the body of one function itself reads and writes."""
    found = Access()
    written = {id(node) for target in _targets(function) for node in _attributes(target)}
    changed = {
        id(node)
        for statement in ast.walk(function)
        if isinstance(statement, ast.AugAssign)
        for node in _attributes(statement.target)
    }
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in RECORDS:
            record = node.value.id
            if id(node) in written:
                found.writes.setdefault(record, set()).add(node.attr)
            if id(node) not in written or id(node) in changed:
                found.reads.setdefault(record, set()).add(node.attr)
    return found


def _targets(function: ast.FunctionDef) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            yield from node.targets
        elif isinstance(node, ast.AugAssign | ast.AnnAssign):
            yield node.target


def _attributes(target: ast.expr) -> Iterator[ast.Attribute]:
    """Yield the field that an assignment writes: ``m.x``, ``m.x[n]``; not the ``m.y`` that only picks a place."""
    if isinstance(target, ast.Subscript):
        yield from _attributes(target.value)
    elif isinstance(target, ast.Tuple):
        for one in target.elts:
            yield from _attributes(one)
    elif isinstance(target, ast.Attribute):
        yield target


def first_line(node: ast.FunctionDef | ast.ClassDef | ast.Module) -> str:
    """Return the first line of a docstring."""
    return (ast.get_docstring(node) or "").partition("\n")[0]


def rules(package: Path, file: str = "month") -> list[Rule]:
    """Return the rules that the functions of one file call, in the order in which they are called."""
    sources = Sources(package)
    if file not in sources.trees:
        return []
    found: dict[tuple[str, str], Rule] = {}
    for (stem, _), function in sources.functions.items():
        if stem == file:
            for target in sources.called(stem, function):
                if target[0] != file and target not in found and target[1] in _rules_of_members(sources):
                    about = first_line(sources.functions[target])
                    found[target] = Rule(*target, about, sources.access(target))
    return list(found.values())


def _rules_of_members(sources: Sources) -> set[str]:
    return {name for (_, name), node in sources.functions.items() if "m" in {arg.arg for arg in node.args.args}}
