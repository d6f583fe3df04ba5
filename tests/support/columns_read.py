"""Which columns of a member each function of the model reads, found in its source."""

import ast
from collections.abc import Iterator
from pathlib import Path

SIM = Path(__file__).resolve().parents[2] / "sim"
Function = ast.FunctionDef | ast.AsyncFunctionDef


def readers(source: str, columns: set[str]) -> dict[str, set[str]]:
    """Columns that each function or method of a source reads: ``x.race``, ``x["race"]``, ``getattr(x, "race")``.

    Whatever ``x`` is called, and reading alone: ``x.race = 1`` and ``x.race += 1`` write.
    """
    found: dict[str, set[str]] = {}
    for name, node in _parts(ast.parse(source)):
        seen = {column for column in _mentioned(node) if column in columns}
        if seen:
            found.setdefault(name, set()).update(seen)
    return found


def readers_below(folder: str, columns: set[str]) -> dict[str, set[str]]:
    """The same for all files of a folder of ``sim``: ``needs.onset_probability -> {race}``."""
    return {
        f"{path.stem}.{name}": seen
        for path in sorted((SIM / folder).glob("*.py"))
        for name, seen in readers(path.read_text(encoding="utf-8"), columns).items()
    }


def _parts(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from ((part.name if isinstance(part, Function) else node.name, part) for part in node.body)
        elif isinstance(node, Function):
            yield node.name, node
        else:
            yield "module", node


def _mentioned(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Load):
            yield part.attr
        elif isinstance(part, ast.Subscript) and isinstance(part.ctx, ast.Load):
            yield from _texts(part.slice)
        elif isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id == "getattr":
            yield from _texts(*part.args)


def _texts(*nodes: ast.AST) -> Iterator[str]:
    for node in nodes:
        texts = (part.value for part in ast.walk(node) if isinstance(part, ast.Constant))
        yield from (text for text in texts if isinstance(text, str))
