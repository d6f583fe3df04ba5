"""What each step of a member's month costs: its rules as loops of their own over a block, timed one by one.

The source is that of ``sim.member.month`` when this runs, taken apart: each statement of ``live``, and of the loop that
prices and counts, becomes a loop over the block. So the table has today's rules in today's order, and the result is
that of ``live_chunk``, to the bit. Loops of their own cost a little more than the one loop of a run: read shares.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping
from time import perf_counter_ns
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.member import month
from sim.model import HealthSystem, begin
from sim.scenario import Scenario
from sim.schema import WHOLE_MEMBER

ROUNDS = 9
WARM_MONTHS = 12  # simulated before the month that is timed: programs serve members, practices have answered
AWAY = "people who are away"
SIGNATURE = "def staged(members, first, last, areas, clinics, params, seed, scratch, spent): pass"
CLOCK = "now = cycles(); spent[{stage}] += now - then; then = now"


def source_of(rule: Any) -> ast.FunctionDef:
    """Return the tree of a rule, compiled or not."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(getattr(rule, "py_func", rule)))).body[0]
    assert isinstance(tree, ast.FunctionDef)
    return tree


def called(statement: ast.stmt) -> str:
    """Return the name of the first function that a statement calls, or nothing."""
    calls = (node.func for node in ast.walk(statement) if isinstance(node, ast.Call))
    names = (function.id for function in calls if isinstance(function, ast.Name))
    return next((name for name in names if name not in ("range", "min", "max")), "")


def is_setting(statement: ast.stmt) -> bool:
    """Whether later statements of a loop need it too: a name is given, or members who left are passed over."""
    return isinstance(statement, ast.Assign) or any(isinstance(node, ast.Continue) for node in ast.walk(statement))


def needed(settings: list[ast.stmt], step: ast.stmt) -> list[ast.stmt]:
    """Return the settings that a step reads, directly or through others, and those that pass members over."""
    kept: list[ast.stmt] = []
    read = names_in(step)
    for setting in reversed(settings):
        given = names_in(*setting.targets) if isinstance(setting, ast.Assign) else read
        if given & read:
            kept.insert(0, setting)
            read |= names_in(setting)
    return kept


def names_in(*statements: ast.AST) -> set[str]:
    return {node.id for statement in statements for node in ast.walk(statement) if isinstance(node, ast.Name)}


class Stages:
    """Takes the pass over a chunk apart.

    Attributes
    ----------
    names : what is timed, in order.
    tree : the pass as a function that adds the cycles of each to its last argument, ``spent``.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        of_chunk = source_of(month.live_chunk)
        passes = [statement for statement in of_chunk.body if isinstance(statement, ast.While)]
        away, here = passes
        here.body = [part for statement in here.body for part in self._taken_apart(statement)]
        body: list[ast.stmt] = []
        for statement in of_chunk.body:
            body += [*ast.parse("then = cycles()").body, statement] if statement in passes else [statement]
            body += self._clock(AWAY) if statement is away else []
        self.tree = ast.parse(SIGNATURE)
        function = self.tree.body[0]
        assert isinstance(function, ast.FunctionDef)
        function.body = body
        ast.fix_missing_locations(self.tree)

    def made_with(self, names: Mapping[str, Any]) -> Callable[..., None]:
        """Return the pass as a plain function, whose rules are those of ``names``."""
        made = dict(names)
        exec(compile(self.tree, __file__, "exec"), made)  # noqa: S102, the tree is that of this package's own source
        function: Callable[..., None] = made["staged"]
        return function

    def _clock(self, name: str) -> list[ast.stmt]:
        if name not in self.names:
            self.names.append(name)
        return ast.parse(CLOCK.format(stage=self.names.index(name))).body

    def _taken_apart(self, statement: ast.stmt) -> list[ast.stmt]:
        """One statement of the pass over a block: a loop becomes a loop for each of its steps."""
        if not isinstance(statement, ast.For):
            return [statement, *self._clock(called(statement))]
        parts: list[ast.stmt] = []
        settings: list[ast.stmt] = []
        loop = statement
        for step in self._steps(statement.body):
            if is_setting(step):
                settings.append(step)
            elif name := called(step):
                loop = ast.For(statement.target, statement.iter, [*needed(settings, step), step], [])
                parts += [loop, *self._clock(name)]
            else:  # a sum that belongs to the step before
                loop.body.append(step)
        return parts

    def _steps(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """The statements of a loop, with those of ``live`` in place of the call of it."""
        steps: list[ast.stmt] = []
        for statement in body:
            steps += self._of_live(statement) if called(statement) == month.live.__name__ else [statement]
        return steps

    @staticmethod
    def _of_live(statement: ast.stmt) -> list[ast.stmt]:
        live = source_of(month.live)
        assert isinstance(statement, ast.Expr)
        assert isinstance(statement.value, ast.Call)
        given = zip(live.args.args, statement.value.args, strict=True)
        names = [f"{name.arg} = {ast.unparse(value)}" for name, value in given if name.arg != ast.unparse(value)]
        body = "\n".join(ast.unparse(step) for step in live.body[1:])  # without its docstring
        return ast.parse("\n".join([*names, body.replace("return", "continue")])).body


def cycle_counter() -> Callable[[], int]:
    """Return what reads the processor's own counter in compiled code."""
    from llvmlite import ir  # type: ignore[import-untyped]
    from numba import types
    from numba.extending import intrinsic

    @intrinsic
    def cycles(_typing: Any) -> Any:
        def code(_context: Any, builder: Any, _signature: Any, _given: Any) -> Any:
            kind = ir.FunctionType(ir.IntType(64), [])
            known = builder.module.globals.get("llvm.readcyclecounter")
            return builder.call(known or ir.Function(builder.module, kind, "llvm.readcyclecounter"), [])

        return types.int64(), code

    counter: Callable[[], int] = cycles
    return counter


def profile(scenario: Scenario, rounds: int = ROUNDS) -> list[dict[str, Any]]:
    """Return nanoseconds per member-month of each stage, least of all rounds, in order.

    Raises
    ------
    RuntimeError
        If the stages do not give the result of ``live_chunk``.
    """
    from numba import njit

    scenario = scenario.model_copy(update={"months": WARM_MONTHS + 1, "threads": 1})
    stages = Stages()
    staged = njit(nogil=True, error_model="numpy")(stages.made_with({**vars(month), "cycles": cycle_counter()}))
    with HealthSystem(scenario, 0, begin(scenario, 0)) as model:
        for _ in range(WARM_MONTHS):
            model.step()
        usual, member_months, _ = timed(month.live_chunk, model)
        spent = np.zeros((rounds, len(stages.names)), np.int64)
        nanoseconds = 0
        for row in spent:
            found, _, took = timed(staged, model, row)
            nanoseconds += took
            if found != usual:
                raise RuntimeError("the stages do not give the result of `live_chunk`")
    each = spent.min(axis=0) * (nanoseconds / spent.sum()) / member_months
    return [{"stage": name, "ns_per_member_month": round(ns, 1)} for name, ns in zip(stages.names, each, strict=True)]


def timed(
    run: Callable[..., None], model: HealthSystem, *more: NDArray[np.int64]
) -> tuple[tuple[bytes, ...], int, int]:
    """Run a pass on a copy of the members; return the sums and members as bytes, member-months, and nanoseconds."""
    rows = np.asarray(model.members).view(WHOLE_MEMBER).copy().view(model.members.dtype)
    scratch, sums = month.make_scratch(len(model.areas), len(model.clinics))
    given = (rows.view(np.recarray), 0, len(rows), model.areas, model.clinics, model.params, np.uint64(model.seed))
    began = perf_counter_ns()
    run(*given, scratch, *more)
    took = perf_counter_ns() - began
    found = month.MonthResult(*sums)
    return (*(array.tobytes() for array in sums), rows.tobytes()), int(found.rate_months.sum()), took
