"""Reads from the source of ``HealthSystem.step`` who decides and settles in a month, and what each reads and writes.

Organizations see the model as ``self.model``; they write columns of ``areas`` and ``clinics``, and move money by
``transfer``. That is what is looked for, in a step and in the methods of the same class that it uses.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from experiments.methods.read_rules import first_line

SYSTEM = "HealthSystem"
TABLES = ("areas", "clinics")
METHODS = ("transfer", "get", "view", "sum")  # of what the model holds: not themselves something that is read


@dataclass
class Step:
    """One part of the month: whose it is, what its docstring says, and what it reads, writes and pays."""

    name: str
    about: str
    reads: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    pays: list[str] = field(default_factory=list)


def steps(model: Path) -> list[Step]:
    """Return the parts of ``HealthSystem.step`` in order."""
    if not model.exists():
        return []
    classes = {
        node.name: node
        for file in (model, *sorted((model.parent / "agents").glob("*.py")))
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
    }
    agents = _classes_of_attributes(classes[SYSTEM])
    return [_step(call, classes, agents) for call in _calls_on_self(_methods(classes[SYSTEM]).get("step"))]


def _step(call: ast.Call, classes: dict[str, ast.ClassDef], agents: dict[str, str]) -> Step:
    whose, name = _owner_and_method(call)
    kind = agents.get(whose, SYSTEM)
    methods = _methods(classes[kind])
    step = Step(f"{whose}.{name}" if whose else name.lstrip("_"), "")
    if name in methods:
        step.about = first_line(methods[name])
        used = list(_with_those_it_uses(name, methods))
        step.writes = sorted({one for method in used for one in _columns_written(method)})
        step.pays = list(dict.fromkeys(one for method in used for one in _transfers(method)))
        if kind != SYSTEM:
            step.reads = _without_prefixes({one for method in used for one in _model_fields(method)})
    return step


def _methods(kind: ast.ClassDef) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in kind.body if isinstance(node, ast.FunctionDef)}


def _classes_of_attributes(kind: ast.ClassDef) -> dict[str, str]:
    """Return the class of each ``self.x = Class(...)`` or ``self.x = [Class(...) for ...]``."""
    found = {}
    for node in ast.walk(kind):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
            value = node.value.elt if isinstance(node.value, ast.ListComp) else node.value
            if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
                found[node.targets[0].attr] = value.func.id
    return found


def _calls_on_self(method: ast.FunctionDef | None) -> list[ast.Call]:
    """Return the statements of a method that are calls on ``self`` or on what it holds, in order."""
    statements = [node.value for node in ast.walk(method) if isinstance(node, ast.Expr)] if method else []
    calls = [node for node in statements if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("self.")]
    return sorted(calls, key=lambda call: call.lineno)


def _owner_and_method(call: ast.Call) -> tuple[str, str]:
    """Return who does what: ``self.state.settle()``, or ``self._each(self.ccos, "decide")`` for each of several."""
    *owner, name = ast.unparse(call.func).removeprefix("self.").split(".")
    words = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    held = [arg.attr for arg in call.args if isinstance(arg, ast.Attribute)]
    if words and held:
        return held[0], words[0]
    return ".".join(owner), name


def _with_those_it_uses(name: str, methods: dict[str, ast.FunctionDef]) -> Iterator[ast.FunctionDef]:
    """Yield a method and the methods and properties of its class that it uses, each once."""
    seen, waiting = set(), [name]
    while waiting:
        one = waiting.pop(0)
        if one in seen or one not in methods:
            continue
        seen.add(one)
        yield methods[one]
        waiting += [
            node.attr
            for node in ast.walk(methods[one])
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
        ]


def _model_fields(method: ast.FunctionDef) -> Iterator[str]:
    """Yield what a method reads of the model: ``self.model.last.rate_months`` as ``last.rate_months``."""
    for node in ast.walk(method):
        if isinstance(node, ast.Attribute):
            code = ast.unparse(node)
            if code.startswith("self.model.") and code.replace(".", "").replace("_", "").isalnum():
                names = code.removeprefix("self.model.").split(".")
                yield ".".join(names[:-1] if names[-1] in METHODS else names)


def _without_prefixes(names: set[str]) -> list[str]:
    """Return names without those that only lead to a longer one: ``last`` beside ``last.money``."""
    return sorted(name for name in names if not any(other.startswith(f"{name}.") for other in names))


def _columns_written(method: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(method):
        if isinstance(node, ast.Assign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                yield from _columns_of(target)


def _columns_of(target: ast.expr) -> Iterator[str]:
    """Yield the column of ``areas`` or ``clinics`` that an assignment writes: ``areas["lost"][...] = x``."""
    if isinstance(target, ast.Tuple):
        for one in target.elts:
            yield from _columns_of(one)
    elif isinstance(target, ast.Subscript):
        table = ast.unparse(target.value).rpartition(".")[2]
        if table in TABLES and isinstance(target.slice, ast.Constant):
            yield f"{table}.{target.slice.value}"
        else:
            yield from _columns_of(target.value)


def _transfers(method: ast.FunctionDef) -> Iterator[str]:
    """Yield the payments of a method, as far as their accounts stand in the code."""
    for node in ast.walk(method):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("transfer"):
            words = [arg for arg in node.args if not _is_area(arg)][:2]
            if len(words) == 2 and all(isinstance(word, ast.Constant) for word in words):
                yield " -> ".join(str(word.value) for word in words if isinstance(word, ast.Constant))


def _is_area(argument: ast.expr) -> bool:
    return ast.unparse(argument).lower().endswith("area")
