"""Does any module import itself through others? Imports in functions and for type checking count too."""

import ast
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("sim", "experiments")


def sources() -> dict[str, str]:
    """The text of every module, by its dotted name; a package goes by its own name."""
    files = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return {name_of(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in files}


def name_of(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def imported(source: str, modules: set[str]) -> set[str]:
    """The modules of ours that a source imports, wherever the import stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute here: a relative one would not be followed"
            whole = {f"{node.module}.{one.name}" for one in node.names}
            found |= (whole & modules) or {node.module or ""}
    return found & modules


def circle(texts: Mapping[str, str]) -> list[str]:
    """The first circle of imports, its first module repeated at the end; empty if there is none."""
    modules = set(texts)
    ahead = {name: sorted(imported(text, modules) - {name}) for name, text in texts.items()}
    done: set[str] = set()
    for start in ahead:
        path = [start]
        left = [iter(ahead[start])]
        while path:
            step = next(left[-1], None)
            if step is None:
                done.add(path.pop())
                left.pop()
            elif step in path:
                return [*path[path.index(step) :], step]
            elif step not in done:
                path.append(step)
                left.append(iter(ahead[step]))
    return []


def test_no_module_imports_itself_through_others():
    found = circle(sources())
    assert not found, "a circle of imports: " + " -> ".join(found)


@pytest.mark.parametrize(
    ("importer", "back"),
    [
        ("from sim.b import work", "import sim.c"),
        ("from sim import b", "from sim.a import A"),
        ("def work():\n    from sim.b import work", "from sim.c import C"),
        ("if TYPE_CHECKING:\n    from sim.b import work", "def late():\n    import sim.a"),
    ],
)
def test_a_planted_circle_is_found(importer, back):
    texts = {"sim": "", "sim.a": importer, "sim.b": back, "sim.c": "import sim.a", "sim.d": "import sim.a"}
    found = circle(texts)
    assert found[0] == found[-1]
    assert {"sim.a", "sim.b"} <= set(found)
    assert "sim.d" not in found


def test_two_ways_to_one_module_are_no_circle():
    assert circle({"sim.a": "import sim.b, sim.c", "sim.b": "import sim.d", "sim.c": "import sim.d", "sim.d": ""}) == []


def test_a_circle_planted_in_the_real_modules_is_found():
    texts = {name: "" if name.startswith("experiments") else text for name, text in sources().items()}
    texts["sim.paths"] += "\ndef f():\n    import sim.model\n"
    assert {"sim.paths", "sim.model"} <= set(circle(texts))
