"""Every number of the model is a declared parameter: no rule hides one.

In functions a literal may be one of ``FREE`` (nothing, one, a pair, months of a year, cents of a dollar or percent), an
index (``row[3]``, ``axis=4``), or the half of the rounding idiom ``int(x + 0.5)``. Constants of a module may hold other
numbers if they say nothing about the world: units of time, codes, shapes, bits, numerical precision. They are listed
here by room, each with its reason; what is no longer there must be taken off the list. The number of a keyed decision
is declared in ``sim.engine.decisions`` and needs no entry.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SIM = Path(__file__).resolve().parents[2] / "sim"
FOLDERS = ("member", "agents", "payment", "upstream", "population")
FREE = (0, 1, 2, 12, 100)
ROUNDERS = ("int", "floor")
HALF = 0.5
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

CONSTANTS = {
    "agents": {
        "MEMBER_SHIFT": "bits: of keys",
        "AREA_SHIFT": "bits: of keys",
        "SERVICE_KEYS": "bits: where keys of practices begin",
        "AREA_BITS": "bits: of keys",
        "TEN_DOLLARS": "unit: effects of spending are declared for 10 dollars PMPM",
        "NO_LIMIT": "precision: stands for no limit, and fits an integer",
        "BISECTIONS": "precision: of an iteration",
        "SPECIALISTS": "bits: where keys of practices begin",
        "SURE": "precision: keeps a rate from 0 and 1 in a logarithm",
        "GRID": "precision: points of a table",
        "MILLION": "unit: recorded amounts are whole millionths",
        "ROUNDING": "precision: a rate at its cap is not above it",
    },
    "member": {
        "DAYS": "time: days of a month",
        "OLDEST": "shape: last month of the life table",
        "SLOWEST": "bits: end of the grid",
        "BLOCK": "shape: members of a block",
        "MONTHS_IN_ROOM": "shape: place of an array among the working arrays",
        "STEP_BITS": "unit: steps of the tables of bounds are so many bits of the grid of latent health",
        "AT_ONCE": "shape: members of one launch on a device",
        "ROWS_AT_START": "shape: of a table that grows",
        "GROWTH": "shape: of a table that grows",
        "PADDING": "shape: of the draw block in memory",
        "REGISTERS": "shape: present, diagnosed, controlled",
        "ROUND_UP": "precision: rounding up on the grid",
        "LENGTH_STEPS": "precision: points of a table",
        "WINTER": "code: calendar months",
        "LOWEST_RATE": "precision: stands for zero in a logarithm",
        "NEARLY_CERTAIN": "precision: stands for one in a logarithm",
        "ROUNDING": "precision: keeps a bound above what it bounds",
        "DECEMBER": "time: the last calendar month",
        "SURE": "precision: keeps a chance from 0 and 1 in a logarithm",
        "MILLIONTHS_PER_MONTH": "time: a month as a part of a year, in the unit of the column",
        "QUALITY_LANES": "shape: numbers of each quality measure",
        "ROWS": "shape: of the draw block",
        "LEAST": "precision: stands for no chance in a division",
        "CLOSE": "precision: of the table of exponentials",
    },
    "payment": {
        "AFTER_ALL": "time: beyond the longest run",
        "FOREVER": "time: beyond the longest run",
        "MILLION": "unit: recorded shares are whole millionths",
        "ROUNDING": "precision: an action at its floor is not below it",
    },
    "population": {
        "OLDEST_YEARS": "shape: years of the life table",
        "CHILD_AGES": "code: age levels of the published margins",
        "ADULT_AGES": "code: age levels of the published margins",
        "AGED_AGES": "code: age levels of the published margins",
        "BLOCK": "shape: rows at a time",
        "MOST_AT_ONCE": "shape: rows that are made in one go",
        "MOST_KEPT": "shape: rows that are kept",
        "NEWBORN_SALT": "bits: of keys",
        "SALT_BITS": "bits: of keys",
        "SMALLEST": "precision: stands for zero in a division",
        "MIDDLE_AGE": "unit: ages are declared in decades from 40",
        "DECADE": "unit: ages are declared in decades from 40",
        "TABLE_POINTS": "precision: points of a table",
        "TABLE_REACH": "precision: ends of a table",
        "LEAST_LOG": "bits: ends of the grid",
        "MOST_LOG": "bits: ends of the grid",
        "FIRST": "code: number of a decision",
        "MIDDLE": "precision: a word stands for the middle of its interval",
        "ROUNDING": "precision: of published shares",
        "ROUNDS": "precision: of an iteration",
        "BISECTIONS": "precision: of an iteration",
        "MIDDLE_OF_YEAR": "time: middle of a year of age",
        "TOLERANCE": "precision: of an iteration",
        "NOTED": "precision: a margin missed by more is reported",
        "LARGEST": "precision: the largest file that is read",
        "MOST_FAULTS": "precision: how many are listed",
        "KIND_SHIFT": "bits: of keys",
        "MONTH_SHIFT": "bits: of keys",
        "AREA_SHIFT": "bits: of keys",
        "MONTH_MASK": "bits: of keys",
    },
    "upstream": {
        "NO_LIMIT": "precision: stands for no limit, and fits an integer",
        "HALF": "unit: what a half-life leaves",
        "LEAST": "precision: stands for zero in a logarithm",
        "SALT_BYTES": "bits: of keys",
        "OUTCOMES": "shape: dollars, visits, stays",
        "GRID": "precision: coefficients are kept in thousandths",
        "PREDICTORS": "shape: columns of the model",
        "HORIZONS": "code: months that each objective is named after",
        "WIDTH": "unit: low to high is the middle 90% of programs, see program_spread",
        "PER": "unit: workers and units are declared for so many members",
        "STEEPNESS": "unit: the declared width of a ramp goes from 1% to 99%",
        "MIDDLE": "unit: where a ramp is half way",
    },
}


def number(node: ast.AST) -> int | float | complex | None:
    """Value of a literal that needs a reason, or None."""
    if not isinstance(node, ast.Constant) or isinstance(node.value, bool | str | bytes | None):
        return None
    return node.value if isinstance(node.value, int | float | complex) and node.value not in FREE else None


def numbers_below(node: ast.AST) -> Iterator[tuple[int, int | float | complex]]:
    """Line and value of each number that needs a reason."""
    if (value := number(node)) is not None:
        yield node.lineno, value  # type: ignore[attr-defined]
    for child in children(node):
        yield from numbers_below(child)


def children(node: ast.AST) -> Iterator[ast.AST]:
    """Parts of a node, without what is an index or the half of the rounding idiom."""
    left_out = set(map(id, [*indexes(node), *rounding_halves(node)]))
    return (child for child in ast.iter_child_nodes(node) if id(child) not in left_out)


def indexes(node: ast.AST) -> Iterator[ast.AST]:
    """The place in a subscript or an axis, if it is a whole number or a tuple of such."""
    place = node.slice if isinstance(node, ast.Subscript) else None
    if isinstance(node, ast.keyword) and node.arg == "axis":
        place = node.value
    parts = place.elts if isinstance(place, ast.Tuple) else [place]
    if place is not None and all(isinstance(part, ast.Constant | ast.Name) for part in parts):
        yield place


def rounding_halves(node: ast.AST) -> Iterator[ast.AST]:
    """The sum under ``int(x + 0.5)`` or ``floor(x + 0.5)`` is replaced by ``x``: its half is left out."""
    if isinstance(node, ast.BinOp) and getattr(node, "rounds", False):
        yield node.right
    if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ROUNDERS and len(node.args) == 1:
        (summed,) = node.args
        if isinstance(summed, ast.BinOp) and isinstance(summed.op, ast.Add) and is_half(summed.right):
            summed.rounds = True  # type: ignore[attr-defined]


def is_half(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value == HALF


def functions(tree: ast.AST) -> Iterator[ast.AST]:
    """The outermost functions: rules, methods, lambdas."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, Function):
            yield node
        else:
            yield from functions(node)


def bare_numbers(source: str) -> list[str]:
    """Numbers inside functions."""
    return [f"line {line}: {n}" for rule in functions(ast.parse(source)) for line, n in numbers_below(rule)]


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements of a module and of its classes that are no functions."""
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            yield from statements(statement.body)
        elif not isinstance(statement, Function):
            yield statement


def decisions(statement: ast.stmt) -> Iterator[ast.AST]:
    """Calls that declare a keyed decision (``sim.engine.decisions`` checks their numbers)."""
    calls = (node for node in ast.walk(statement) if isinstance(node, ast.Call))
    return (call for call in calls if ast.unparse(call.func) == "decision")


def constants(source: str) -> list[str]:
    """Names of the constants that hold numbers; what holds one and has no name is shown as it is."""
    found: list[str] = []
    for statement in statements(ast.parse(source).body):
        inside = {id(part) for rule in (*functions(statement), *decisions(statement)) for part in ast.walk(rule)}
        if not any(id(node) not in inside and number(node) is not None for node in ast.walk(statement)):
            continue
        found += named(statement) or [ast.unparse(statement)]
    return found


def named(statement: ast.stmt) -> list[str]:
    """Names that a statement assigns, and of several only those that get a number."""
    if isinstance(statement, ast.AnnAssign):
        return [ast.unparse(statement.target)]
    if not isinstance(statement, ast.Assign):
        return []
    (target,) = statement.targets
    if isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple):
        pairs = zip(target.elts, statement.value.elts, strict=True)
        return [ast.unparse(name) for name, value in pairs if list(numbers_below(value))]
    return [ast.unparse(target)]


def sources() -> list[str]:
    return [str(p.relative_to(SIM)) for folder in FOLDERS for p in sorted((SIM / folder).rglob("*.py"))]


@pytest.mark.parametrize("path", sources())
def test_no_bare_number(path):
    source = (SIM / path).read_text(encoding="utf-8")
    assert not bare_numbers(source), "declare it in conf/parameters and read it"
    assert set(constants(source)) <= set(CONSTANTS.get(path.split("/")[0], {})), (
        "a fact belongs in conf/parameters; anything else is listed here with its reason"
    )


@pytest.mark.parametrize("room", FOLDERS)
def test_only_constants_that_exist_are_listed(room):
    there = {name for path in sources() if path.startswith(f"{room}/") for name in constants((SIM / path).read_text())}
    assert set(CONSTANTS.get(room, {})) <= there


def test_every_constant_has_a_reason_of_a_known_kind():
    kinds = {reason.split(":")[0] for names in CONSTANTS.values() for reason in names.values()}
    assert kinds <= {"time", "unit", "code", "shape", "bits", "precision"}


@pytest.mark.parametrize(
    "planted",
    [
        "def rule(m):\n    return 0.3",
        "def rule(m):\n    m.x = m.x * 1.05",
        "def rule(m):\n    return m.x + 0.5",
        "def rule(m):\n    return int(0.5 * m.x)",
        "def rule(m):\n    return int(m.x - 0.5)",
        "def rule(m):\n    return int(m.x * 0.7 + 0.5)",
        "def rule(m):\n    if m.age_months < 216:\n        return 1",
        "def rule(m, share=0.2):\n    return share",
        "def rule(m):\n    return -3",
        "def rule(m):\n    return m.table[m.x + 7]",
        "def rule(m):\n    return [9 for _ in m]",
        "class A:\n    def rule(self):\n        return 1e-3",
        "rule = lambda m: 0.9 * m",
        "def rule(m):\n    def inner():\n        return 4\n    return inner",
    ],
)
def test_a_planted_number_is_found(planted):
    assert bare_numbers(planted)


@pytest.mark.parametrize(
    ("planted", "names"),
    [
        ("SHARE = 0.3", ["SHARE"]),
        ("SHARE: float = 0.3", ["SHARE"]),
        ("A, B = 0, 7", ["B"]),
        ("X = tuple(i * 3 for i in y)", ["X"]),
        ("class A:\n    share: float = 0.3", ["share"]),
        ("register(0.3)", ["register(0.3)"]),
        ("if x:\n    A = 5", ["if x:\n    A = 5"]),
    ],
)
def test_a_planted_constant_is_found(planted, names):
    assert constants(planted) == names


@pytest.mark.parametrize(
    "free",
    [
        "def rule(m):\n    return 0, 1, 2, 12, 100, -1, 0.0, 1.0, 2.0",
        "def rule(m):\n    return int(m.x * m.y + 0.5) + int(math.floor(m.z + 0.5))",
        "def rule(m):\n    return m.table[3] + m.table[m, 4] + m.sum(axis=(3, 4)) + m.max(axis=3)",
        "def rule(m):\n    '''Takes 30 days.'''\n    return True, 'a', None",
        "COVER = decision('member: cover', 3)",
    ],
)
def test_what_is_free_passes(free):
    assert not bare_numbers(free)
    assert not constants(free)
