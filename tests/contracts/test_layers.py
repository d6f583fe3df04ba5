"""Imports point downwards only, and each large library stays in its room.

experiments -> live -> runs -> {study, analysis, pictures} -> model -> start -> {population, agents}
-> scenario -> {member, payment, upstream, measures} -> axes -> schema -> cco_actions -> engine -> paths. Siblings do
not import each other. A scenario names payment forms, so that it stands above them.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

STOREYS = (
    {"paths"},
    {"engine"},
    {"own_folder"},
    {"cco_actions"},
    {"schema"},
    {"axes"},
    {"member", "payment", "upstream", "measures"},
    {"scenario"},
    {"population", "agents"},
    {"start", "last_rules"},
    {"model"},
    {"study", "analysis", "pictures"},
    {"runs"},
    {"live"},
    {"sim"},  # sim/__init__.py: the front door, open to notebooks and to experiments
    {"experiments"},
)
STOREY = {part: height for height, storey in enumerate(STOREYS) for part in storey}

# Who may import a large library; `lazily` means only inside a function, so that a warm start stays short.
ROOMS = {
    "mesa": {"model", "agents"},
    "hydra": {"scenario", "experiments"},
    "omegaconf": {"scenario", "experiments"},
    "matplotlib": {"experiments"},
    "pandas": {"measures", "analysis", "study", "runs", "sim", "experiments"},
}
LAZILY = {"pandas", "hydra", "matplotlib"}


def part_of(path: str) -> str:
    """The room that a file belongs to: `sim/member/care.py` -> `member`, `experiments/cli.py` -> `experiments`."""
    steps = Path(path).with_suffix("").parts
    if steps[0] == "experiments":
        return "experiments"
    return "sim" if steps[1] == "__init__" else steps[1]


def absolute(node: ast.ImportFrom, path: str) -> str:
    """The module that a `from` import names, with leading dots resolved."""
    if not node.level:
        return node.module or ""
    package = Path(path).parts[:-1]
    return ".".join([*package[: len(package) - node.level + 1], *([node.module] if node.module else [])])


def modules(node: ast.AST, path: str) -> list[str]:
    if isinstance(node, ast.Import):
        return [name.name for name in node.names]
    if isinstance(node, ast.ImportFrom):
        module = absolute(node, path)
        return [f"sim.{name.name}" for name in node.names] if module == "sim" else [module]
    return []


def only_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def imports(source: str, path: str) -> Iterator[tuple[str, bool]]:
    """Every imported module, and whether the import waits inside a function (or never happens)."""

    def walk(node: ast.AST, lazy: bool) -> Iterator[tuple[str, bool]]:
        for child in ast.iter_child_nodes(node):
            inside = lazy or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) or only_for_types(child)
            yield from ((module, lazy) for module in modules(child, path))
            yield from walk(child, inside)

    yield from walk(ast.parse(source), False)


def target_of(module: str) -> str | None:
    """The room of an imported module of ours; None for anybody else's."""
    steps = module.split(".")
    if steps[0] == "experiments":
        return "experiments"
    if steps[0] != "sim":
        return None
    return steps[1] if len(steps) > 1 and steps[1] in STOREY else "sim"


def faults(path: str, source: str) -> list[str]:
    """What a file imports that it should not."""
    here = part_of(path)
    if here not in STOREY:
        return [f"{path}: no storey is declared for {here!r}"]
    found = []
    for module, lazy in imports(source, path):
        target = target_of(module)
        if target is not None and target != here and STOREY[target] >= STOREY[here]:
            found.append(f"{path}: {here} may not import {module}: arrows point downwards")
        library = module.split(".")[0]
        if library in ROOMS and here not in ROOMS[library]:
            found.append(f"{path}: {library} belongs in {sorted(ROOMS[library])}")
        elif library in LAZILY and not lazy and here != "experiments":
            found.append(f"{path}: import {library} inside the function that needs it")
    return found


def sources() -> list[str]:
    return [
        str(p.relative_to(ROOT)) for folder in ("sim", "experiments") for p in sorted((ROOT / folder).rglob("*.py"))
    ]


@pytest.mark.parametrize("path", sources())
def test_imports_point_downwards(path):
    assert not faults(path, (ROOT / path).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("sim/engine/draws.py", "from sim.schema import MEMBER"),
        ("sim/engine/draws.py", "from sim import schema"),
        ("sim/member/care.py", "from sim.payment.ledger import Ledger"),
        ("sim/member/care.py", "from ..payment import ledger"),
        ("sim/measures/cells.py", "def f():\n    import sim.member.month"),
        ("sim/population/build.py", "import sim.agents.state.agency"),
        ("sim/study/folder.py", "from sim.runs.plan import Plan"),
        ("sim/model.py", "from experiments import cli"),
        ("sim/schema.py", "import sim"),
        ("sim/payment/ledger.py", "import mesa"),
        ("sim/payment/form.py", "from sim.scenario.choices import PaymentChoice"),
        ("sim/runs/comparison.py", "def f():\n    from hydra import compose"),
        ("sim/scenario.py", "from hydra import compose"),
        ("sim/measures/figures.py", "import matplotlib.pyplot as plt"),
        ("sim/analysis/economics/frontier.py", "from sim.study import load_study"),
        ("sim/model.py", "def f():\n    import pandas"),
        ("sim/study.py", "import pandas as pd"),
        ("sim/helpers.py", ""),
    ],
)
def test_a_planted_import_is_found(path, source):
    assert faults(path, source)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (
            "sim/agents/cco/cco.py",
            "import mesa\nfrom sim.payment.forms.global_budget import capitation_due\nfrom sim.schema import AREA",
        ),
        ("sim/scenario.py", "def f():\n    from hydra import compose"),
        ("sim/runs/comparison.py", "def f():\n    import pandas as pd"),
        ("experiments/figures.py", "import matplotlib\nfrom sim import Scenario"),
        ("sim/member/month.py", "from sim.member.care import care\nfrom . import needs"),
    ],
)
def test_what_is_allowed_passes(path, source):
    assert not faults(path, source)
